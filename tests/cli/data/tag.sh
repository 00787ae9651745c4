# Attributes lie beside the documents, in files of the same name; in a pipe they are lines.
# What a compressed file holds, without a program for it: every record has an id, and no rule applies.
lines() { "$SOCLE" data filter "$1" --rules length --set length.min_chars=0 --text-field id --out - --quiet; }
export SOCLE_HOME="$PWD/home"
mkdir -p c/documents
printf '{"id":"a","text":"One two.\\nThree"}\n{"id":"b","text":"한국어 글"}\nnot json\n' >c/documents/x.jsonl
"$SOCLE" data tag c/documents --tagger length --out c --json 2>/dev/null | sed 's/,"seconds.*//'
lines c/attributes/length/x.jsonl.zst
"$SOCLE" lineage verify c/attributes >/dev/null && echo verified
"$SOCLE" data tag - --tagger length --words whitespace --out - <c/documents/x.jsonl 2>warning | head -1
cat warning
"$SOCLE" data tag c/documents --tagger length --out c --strict 2>&1 | sed 's/.*: line/line/'
