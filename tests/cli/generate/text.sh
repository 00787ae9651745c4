# The text of `generate` is the same streamed or not, in JSON, and for any number of threads; the seed changes it.
cp -r "$TESTS/golden/gpt2" m
printf 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?()[]{}<>+*/=_%%#@&$|~\n' >letters
"$SOCLE" tokenizer train --type chars --out m letters >train.log 2>&1
say() { "$SOCLE" generate m --prompt 'the fox' --temperature 40 --max-tokens 20 --ignore-eos --quiet "$@"; }
say --seed 5 >a
say --seed 5 --no-stream | cmp - a
for n in 1 2 7; do say --seed 5 --threads $n | cmp - a; done
printf 'the fox' | "$SOCLE" generate m --prompt - --temperature 40 --max-tokens 20 --ignore-eos --quiet --seed 5 | cmp - a
say --seed 6 | cmp -s - a && exit 1
say --seed 5 --json >b
grep -q '"prompt_tokens": 7, "generated_tokens": 20, "stop_reason": "length"' b
# greedy is greedy whatever the seed
say --temperature 0 --seed 1 >c
say --temperature 0 --seed 2 | cmp - c
# a stop text ends the answer and is not printed
stop=$(cut -c 4-5 a)
say --seed 5 --stop "$stop" --json | grep -q '"stop_reason": "stop"'
[ "$(say --seed 5 --stop "$stop")" = "$(cut -c 1-3 a)" ]
# rates go to standard error, unless --quiet
"$SOCLE" generate m --prompt x --max-tokens 2 2>rates >/dev/null
grep -q 'tokens/s' rates
