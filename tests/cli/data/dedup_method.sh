"$SOCLE" data dedup . --out out --method minimash
