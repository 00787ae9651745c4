#!/bin/sh
# WARC in, filtered records out: MB of pages a second of one core's time, and the memory, which must not grow with the
# corpus; piece by piece, as a pipe, and as one recipe with deduplication, report and data card. Then the same on JSONL,
# beside zstd alone. The bar: 30 MB/s of HTML a core for the pipe.
#
#   SOCLE_SHARED   where the web archives lie (default ../shared); skipped by name without them
#   REPEAT         runs of each, of which the best counts (default 3)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
web=$SOCLE_SHARED/data/web
if [ ! -r "$web/dolma/sample-0000.warc.gz" ]; then
    echo "SKIP bench/ingest: SOCLE_SHARED=$SOCLE_SHARED has no data/web/dolma/sample-0000.warc.gz"
    exit 0
fi
need_socle
export SOCLE_HOME="$SOCLE_BENCH_DIR/ingest-home"
work=$SOCLE_BENCH_DIR/ingest
mkdir -p "$work"

make_archive() { # FILE COPIES
    i=0
    : >"$1"
    while [ $i -lt "$2" ]; do
        cat "$web"/dolma/*.warc.gz "$web/resiliparse/warcfile.warc.gz" >>"$1"
        i=$((i + 1))
    done
}

# best WORK BYTES COMMAND...: the run with the least processor time
best() {
    name=$1 bytes=$2
    shift 2
    i=0
    : >"$work/times"
    while [ $i -lt "${REPEAT:-3}" ]; do
        /usr/bin/time -a -o "$work/times" -f '%U %S %M' "$@" >/dev/null
        i=$((i + 1))
    done
    awk -v name="$name" -v bytes="$bytes" '{ t = $1 + $2; if (!n++ || t < least) least = t; if ($3 > most) most = $3 }
        END { printf "%-44s %8.1f MB/s of a core, %6.1f MB of memory\n", name, bytes / 1e6 / least, most / 1e3 }' "$work/times"
}

bytes_in() { "$SOCLE" data ingest "$1" --threads 1 --json --out "$work/out.jsonl" | sed 's/.*"bytes_in":\([0-9]*\).*/\1/'; }

rules=gopher-quality,gopher-repetition,fineweb-quality,c4

# the chain, IN OUT.jsonl.zst: main text of the pages, then all the rules
cat >"$work/pipe.sh" <<EOF
"$SOCLE" data ingest "\$1" --threads 1 --quiet --out - | "$SOCLE" data filter - --rules $rules --threads 1 --quiet --out "\$2"
EOF
# IN FOLDER: the same, and MinHash
cat >"$work/recipe.yaml" <<EOF
sources: {web: IN}
filter: {rules: [$(echo $rules | sed 's/,/, /g')]}
dedup: {methods: [minhash]}
output: OUT
EOF
cat >"$work/recipe.sh" <<EOF
rm -rf "\$2"
"$SOCLE" data run "$work/recipe.yaml" --threads 1 --quiet --set "sources.web=\$1" --set "output=\$2"
EOF

make_archive "$work/small.warc.gz" 20
make_archive "$work/large.warc.gz" 80
for size in small large; do
    in=$work/$size.warc.gz
    n=$(bytes_in "$in")
    best "WARC ($size) to main text, .jsonl.zst" "$n" "$SOCLE" data ingest "$in" --threads 1 --quiet --out "$work/out.jsonl.zst"
    best "WARC ($size) to filtered .jsonl.zst, a pipe" "$n" sh "$work/pipe.sh" "$in" "$work/out.jsonl.zst"
    best "WARC ($size) to a corpus by a recipe" "$n" sh "$work/recipe.sh" "$in" "$work/corpus"
done
best "WARC (large) to the pages' source" "$n" "$SOCLE" data ingest "$in" --html source --threads 1 --quiet --out "$work/pages.jsonl.zst"
n=$(bytes_in "$work/pages.jsonl.zst")
best "JSONL.zst to JSONL.zst" "$n" "$SOCLE" data ingest "$work/pages.jsonl.zst" --threads 1 --quiet --out "$work/out.jsonl.zst"
best "zstd -d | zstd on the same file" "$n" sh -c 'zstd -dc "$1" | zstd -q -3' sh "$work/pages.jsonl.zst"
rm -rf "$work"
