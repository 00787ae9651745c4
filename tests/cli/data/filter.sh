# Rules keep, cut and drop; what was dropped says why; a pipe and two threads give the same.
# What a compressed file holds, without a program for it: every record has an id, and no rule applies.
lines() { "$SOCLE" data filter "$1" --rules length --set length.min_chars=0 --text-field id --out - --quiet; }
export SOCLE_HOME="$PWD/home"
mkdir c
printf '{"id":"short","text":"한국어"}\n{"id":"cut","text":"It is a line. So it is kept.\\nmenu\\nAnother line stands here. It ends. And well.[1]"}\n{"id":"few","text":"It is a line that ends.\\n{ x"}\n' >c/x.jsonl
"$SOCLE" data filter c --rules length,c4 --set length.min_chars=10 --out o --quiet
lines o/documents/x.jsonl.zst
lines o/dropped/x.jsonl.zst
"$SOCLE" lineage verify o >/dev/null && echo verified
"$SOCLE" data filter c --rules length,c4 --set length.min_chars=10 --out two --threads 2 --json | sed 's/"seconds":[0-9.]*,//; s/"rules.*//'
cmp o/documents/x.jsonl.zst two/documents/x.jsonl.zst
"$SOCLE" data filter - --rules length,c4 --set length.min_chars=10 --out - <c/x.jsonl >piped
lines o/documents/x.jsonl.zst | cmp - piped
"$SOCLE" data filter c --rules lenght --out o 2>&1 || echo "exit $?"
"$SOCLE" data filter c --rules length --words english-ish --out o 2>&1 || echo "exit $?"
"$SOCLE" data filter --list >list; grep -c "source:" list >count; [ "$(cat count)" -gt 40 ]
