"$SOCLE" data ingest none --out out.jsonl
