# `--` ends the options: what follows is an operand, and `-` is one anyway.
"$SOCLE" completion --threads 2 -- bash >a
"$SOCLE" completion bash >b
cmp a b
if "$SOCLE" completion -- --json 2>err; then exit 1; fi
grep -q 'no completion for "--json"' err
if "$SOCLE" completion - 2>err; then exit 1; fi
grep -q 'no completion for "-"' err
