"$SOCLE" data ingest .
