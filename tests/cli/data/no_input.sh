"$SOCLE" data ingest none --output out.jsonl
