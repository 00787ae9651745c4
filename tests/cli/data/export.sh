# A corpus as Parquet and back: the same records, whatever else they had, on any number of threads.
export SOCLE_HOME="$PWD/home"
mkdir c
printf '{"id":"a","text":"한국어","source":"s","metadata":{"url":"u"},"score":1.5}\n{"text":"no id","created":null}\n' >c/x.jsonl
"$SOCLE" data export c --out c.parquet --json | sed 's/"seconds":[0-9.]*//'
"$SOCLE" data export c --out two.parquet --threads 2 --quiet
cmp c.parquet two.parquet
"$SOCLE" lineage verify c.parquet >/dev/null && echo verified
"$SOCLE" inspect c.parquet | sed -n '/^schema/,/^}/p;/^first_rows/,$p'
"$SOCLE" data ingest c.parquet --out back.jsonl --quiet
grep -c 한국어 back.jsonl
"$SOCLE" data export c --out c.jsonl 2>&1 || echo "exit $?"
