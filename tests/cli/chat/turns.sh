# Lines of standard input are turns; commands are not; the conversation is saved.
cp -r "$TESTS/golden/gpt2" m
cp "$TESTS"/golden/perplexity/tokenizer*.json m
printf 'hi\n/save a.json\n/nonsense\n/help\n/reset\nhi\n\n/save\n/save b.json\n/quit\nnever\n' |
    "$SOCLE" chat m --max-tokens 3 --temperature 0 >out 2>err
grep -q 'without a chat template' err
grep -q '/nonsense is no command' err
grep -q '/save needs a file' err
grep -q 'begin a new conversation' err
cmp a.json b.json
grep -q '"text": "hi' a.json
[ "$(sed -n 1p out)" = "$(sed -n 2p out)" ] && [ "$(wc -l <out)" = 2 ]
# a template in the manner of ChatML, and JSON
cat >m/tokenizer_config.json <<'END'
{"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": "{% for m in messages %}{{ m.role + ':' + m.content + '\n' }}{% endfor %}"}
END
printf 'a\nb\n/save c.json\n' | "$SOCLE" chat m --system s --max-tokens 2 --json >json 2>err
[ ! -s err ] && [ "$(wc -l <json)" = 2 ]
grep -q '"role": "system"' c.json && [ "$(grep -c '"role": "assistant"' c.json)" = 2 ]
# too long for the model: said, and the conversation goes on
printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nok\n' | "$SOCLE" chat m --max-tokens 2 --json >json 2>err
grep -q 'positions' err && [ "$(wc -l <json)" = 1 ]
set +e
"$SOCLE" chat m --temperature -1 </dev/null 2>err
[ $? = 2 ] || exit 1
echo '{"chat_template": "{% macro f() %}{% endmacro %}"}' >m/tokenizer_config.json
"$SOCLE" chat m </dev/null 2>err
[ $? = 1 ] || exit 1
grep -q macro err
