# An index answers as reading does, is warned of when files changed, and is made again; documents by tag and field.
export SOCLE_HOME="$PWD/home"
mkdir -p c/documents
cat >c/documents/a.jsonl <<'END'
{"id":"one","text":"The quick\n brown fox, the quick brown dog.","metadata":{"language":"en","url":"https://e.org/1"}}
{"id":"two","text":"한국어 문서, quick brown, mail a@example.org","metadata":{"language":"ko"}}
END
printf 'quick brown\nno such text\n문서\n' >questions.txt
"$SOCLE" data trace c "quick brown" >scanned 2>summary
cat scanned summary
"$SOCLE" data index c --json | sed 's/,"seconds":[0-9.]*//'
"$SOCLE" data trace c "quick brown" >asked
cmp scanned asked
"$SOCLE" data trace c --from questions.txt
"$SOCLE" data trace c --from questions.txt --json >asked
"$SOCLE" data trace c --from questions.txt --json --no-index | cmp - asked
"$SOCLE" data index c
"$SOCLE" lineage verify c/text.index >/dev/null && echo verified
echo '{"id":"three","text":"quick brown"}' >>c/documents/a.jsonl
"$SOCLE" data trace c "quick brown" >/dev/null
"$SOCLE" data tag c --tagger length,pii --out c --quiet
"$SOCLE" data inspect c --where pii__email --where language=ko
"$SOCLE" data inspect c --where 'length__chars>20' --grep "quick brown" --json
"$SOCLE" data inspect c --where 'length>' || echo "exit $?"
"$SOCLE" data trace c || echo "exit $?"
