# mix decides by the attributes that tag left: another threshold is another mixing; without attributes it says who makes them.
for i in 1 2 3 4 5 6 7 8; do
    printf '{"id":"d%d","text":"%s"}\n' $i "$(printf 'word%.0s ' $(seq 1 $((i * 10))))"
done >a.jsonl
"$SOCLE" data ingest a.jsonl --out web --quiet
status=0
"$SOCLE" data mix web --rules length --out no --quiet 2>err || status=$?
[ $status = 1 ]
grep -q 'socle data tag web' err
"$SOCLE" data tag web --tagger length --out web --quiet
"$SOCLE" data mix web=2x --rules length --set length.min_chars=125 --out harsh
"$SOCLE" data mix web --rules length --set length.min_chars=75 --out mild --json
[ -s mild/dropped/01-web-00000.jsonl.zst ]
"$SOCLE" data mix web=often --out no 2>err || status=$?
[ $status = 2 ]
