# Judged by the attributes that `tag` left, documents are kept, dropped and cut as in one pass; another threshold needs no
# tagger, and attributes of other documents are refused.
# What a compressed file holds, without a program for it: every record has an id, and no rule applies.
lines() { "$SOCLE" data filter "$1" --rules length --set length.min_chars=0 --text-field id --out - --quiet; }
mkdir docs
for i in 1 2 3 4 5 6 7 8; do
    printf '{"id":"d%d","text":"The first line of document %d ends well.\\nshort line\\nAnd this is the last of them all, with the and of.%s"}\n' \
        $i $i "$(printf ' word%.0s' $(seq 1 $((i * 9))))"
done >docs/a.jsonl
printf '{"id":"brace","text":"a text with { in it, and that is what drops it. And. More. Than. Five. Sentences."}\n' >docs/b.jsonl
sets=c4,gopher-quality
"$SOCLE" data tag docs --tagger $sets --out tagged --quiet
"$SOCLE" data filter docs --rules $sets --out once --quiet
"$SOCLE" data filter docs --rules $sets --attributes tagged/attributes --out twice --quiet
for kind in documents dropped; do
    for name in a b; do
        lines once/$kind/$name.jsonl.zst >x
        lines twice/$kind/$name.jsonl.zst >y
        cmp x y
    done
done
mild="$("$SOCLE" data filter docs --rules gopher-quality --set gopher-quality.min_words=1 --attributes tagged/attributes --out mild --json)"
harsh="$("$SOCLE" data filter docs --rules gopher-quality --attributes tagged/attributes --out harsh --json)"
[ "$(printf %s "$mild" | grep -o '"kept":[0-9]*')" != "$(printf %s "$harsh" | grep -o '"kept":[0-9]*')" ]
printf '{"id":"new","text":"a document that was never tagged"}\n' >>docs/a.jsonl
status=0
"$SOCLE" data filter docs --rules c4 --attributes tagged/attributes --out no 2>err || status=$?
[ $status = 1 ]
grep -q 'says nothing of document new' err
