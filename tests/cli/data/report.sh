# A corpus that is described anew is still what its account says, and says who made it.
printf '{"id":"1","text":"one"}\n{"id":"2","text":"two"}\n' >in.jsonl
"$SOCLE" data ingest in.jsonl --out corpus --quiet
"$SOCLE" data report corpus --quiet
"$SOCLE" data report corpus
"$SOCLE" lineage verify corpus | sed 's/.*: verified/verified/'
grep -o '"socle data [a-z]*"' corpus/croissant.json
