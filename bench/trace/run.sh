#!/bin/sh
# Which documents hold this sentence? By the index of `socle data index`, by reading all documents, and by `zstd | grep -F`;
# and what the index takes to be made, in time and on the disk. Both ways of socle must give the same rows.
#
#   SOCLE_SHARED   where the texts lie (default ../shared); skipped by name without them
#   COPIES         of them in the corpus, 93 MB each (default 2)
#   QUESTIONS      sentences that are asked for at once (default 1000)
#   REPEAT         runs of each, of which the best counts (default 3)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
if [ ! -r "$SOCLE_SHARED/data/20newsgroups/20news-bydate.train.jsonl.gz" ]; then
    echo "SKIP bench/trace: SOCLE_SHARED=$SOCLE_SHARED has no data/20newsgroups"
    exit 0
fi
need_socle
work=$SOCLE_BENCH_DIR/trace
mkdir -p "$work/corpus/documents"
SOCLE_HOME=$work/home # its registry
export SOCLE_HOME
if [ ! -d "$work/once" ]; then
    "$SOCLE" data ingest "$SOCLE_SHARED/data" --out "$work/once.tmp" --quiet 2>"$work/passed-over.txt"
    mv "$work/once.tmp" "$work/once"
fi
rm -f "$work"/corpus/documents/*
i=0
while [ $i -lt "${COPIES:-2}" ]; do
    for f in "$work"/once/documents/*.jsonl.zst; do ln "$f" "$work/corpus/documents/$i-${f##*/}"; done
    i=$((i + 1))
done
exec python3 "$here/bench.py" "$SOCLE" "$work/corpus" "${QUESTIONS:-1000}" "${REPEAT:-3}"
