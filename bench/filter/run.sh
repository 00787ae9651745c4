#!/bin/sh
# C4, Gopher and FineWeb rules against datatrove on one core: documents/s, and whether they decide the same; and one rule
# on compressed JSONL against zstd alone.
#
#   SOCLE_SHARED     where the texts lie (default ../shared); skipped by name without them
#   DOCUMENTS        of the comparison with datatrove (default 2000; 0: all 23,000, of which it decides 180 a second)
#   REPEAT           runs of each side, of which the best counts (default 2)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
REPEAT=${REPEAT:-2}
if [ ! -r "$SOCLE_SHARED/data/20newsgroups/20news-bydate.train.jsonl.gz" ]; then
    echo "SKIP bench/filter: SOCLE_SHARED=$SOCLE_SHARED has no data/20newsgroups"
    exit 0
fi
need_socle
need_peers datatrove 'datatrove[processing,io]' spacy
work=$SOCLE_BENCH_DIR/filter
mkdir -p "$work"
SOCLE_HOME=$work/home # its registry
export SOCLE_HOME

# best COMMAND...: the least seconds of REPEAT runs
best() {
    python3 - "$REPEAT" "$@" <<'EOF'
import subprocess, sys, time
def run(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
print("%.3f" % min(run(sys.argv[2:]) for _ in range(int(sys.argv[1]))))
EOF
}
ratio() { python3 -c 'import sys; print("%.2f" % (float(sys.argv[1]) / float(sys.argv[2])))' "$1" "$2"; }

sets=gopher-quality,gopher-repetition,fineweb-quality,c4
python3 "$here/corpus.py" "$SOCLE_SHARED" "$work/some.jsonl" "${DOCUMENTS:-2000}"
n=$(wc -l <"$work/some.jsonl")
ours=$(best "$SOCLE" data filter "$work/some.jsonl" --rules $sets --words english --threads 1 --quiet --out "$work/ours")
theirs=
for _ in $(seq "$REPEAT"); do
    "$PYTHON" "$here/peer.py" run "$work/some.jsonl" "$work/theirs" >"$work/theirs.json"
    seconds=$(value "$work/theirs.json" seconds)
    theirs=$(python3 -c 'import sys; print(min(map(float, sys.argv[1:])))' "$seconds" $theirs)
done
printf '%-44s %12s %12s %8s\n' "work, one core" socle datatrove ratio
printf '%-44s %12.0f %12.0f %8s\n' "C4 + Gopher + FineWeb rules, documents/s" "$(ratio "$n" "$ours")" "$(ratio "$n" "$theirs")" "$(ratio "$theirs" "$ours")"

"$PYTHON" "$here/peer.py" decide "$work/some.jsonl" "$work/said.jsonl"
for set in gopher-quality gopher-repetition fineweb-quality c4; do
    "$SOCLE" data filter "$work/some.jsonl" --rules $set --words english --quiet --out "$work/sets/$set"
done
python3 "$here/compare.py" "$work/said.jsonl" "$work/sets"

python3 "$here/corpus.py" "$SOCLE_SHARED" "$work/all.jsonl" 0
cat "$work/all.jsonl" "$work/all.jsonl" "$work/all.jsonl" "$work/all.jsonl" | zstd -qf -o "$work/all.jsonl.zst"
mb=$(zstd -dcq "$work/all.jsonl.zst" | wc -c | awk '{ print $1 / 1e6 }')
printf '%-44s %12s %12s %8s\n' "work, .zst in and out" socle "zstd|zstd" ratio
zstd=$(best sh -c "zstd -dcq $work/all.jsonl.zst | zstd -qf -o $work/zstd.zst")
for threads in 1 2; do
    ours=$(best "$SOCLE" data filter "$work/all.jsonl.zst" --rules length --threads $threads --quiet --out "$work/length.jsonl.zst")
    printf '%-44s %12.0f %12.0f %8s\n' "one length rule, $threads thread(s), MB/s" \
        "$(ratio "$mb" "$ours")" "$(ratio "$mb" "$zstd")" "$(ratio "$zstd" "$ours")"
done
