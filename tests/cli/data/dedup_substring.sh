"$SOCLE" data dedup . --out out --method substring --shard 0/2
