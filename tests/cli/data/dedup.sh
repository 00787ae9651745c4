# Near-duplicates out of a pipe, a corpus in shards, and what is left is the same.
export SOCLE_HOME="$PWD/home"
mkdir in
for i in 1 2 3 4 5 6; do
    printf '{"id":"a%s","text":"a line that is said in every document of this corpus\\nand one of document %s alone"}\n' $i $((i / 2)) >>in/a.jsonl
done
sed 's/"a/"b/' in/a.jsonl >in/b.jsonl
"$SOCLE" data dedup in --out out | sed 's/ in [0-9.]* s//'
"$SOCLE" data dedup - --out - --method exact <in/a.jsonl | wc -l
for i in 0 1; do "$SOCLE" data dedup in --out shards --shard $i/2; done
"$SOCLE" data dedup in --out shards --merge --json >report.json
grep -o '"kept":[0-9]*,"dropped":[0-9]*,"clusters":[0-9]*' report.json
for kind in documents dropped clusters; do diff -r out/$kind shards/$kind; done
"$SOCLE" lineage verify out >/dev/null
"$SOCLE" data dedup in --method line --out lines | sed 's/ in [0-9.]* s//'
"$SOCLE" data dedup in --dry-run --json | grep -o '"files":2,"documents":12,'
"$SOCLE" data dedup in --method substring --min-length 8 --out runs | sed 's/ in [0-9.]* s//'
