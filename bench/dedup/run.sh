#!/bin/sh
# MinHash dedup of a corpus with planted near-duplicates: socle against datatrove, and both against an exact join. Repeated runs of words
# in 500 MB under --max-memory 1G, and against brute force. The table at the end has what must be reached; fails where one is not.
#
#   SOCLE_SHARED   where the real texts lie (default ../shared); skipped by name without them
#   DOCUMENTS      of socle's corpus (default 200000); PEER_DOCUMENTS of the one that both sides do (default 20000): datatrove's time
#                  grows in proportion, and an hour is not needed to show it
#   SUBSTRING_MB   of the corpus whose repeated runs of words are cut (default 500)
#   REPEAT         runs of socle, of which the best counts (default 3)
#
# Seconds are wall clock, with the processor's seconds beside them: those do not count what other programs take meanwhile.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
if [ ! -r "$SOCLE_SHARED/data/20newsgroups/20news-bydate.train.jsonl.gz" ]; then
    echo "SKIP bench/dedup: SOCLE_SHARED=$SOCLE_SHARED has no data/20newsgroups/20news-bydate.train.jsonl.gz"
    exit 0
fi
need_socle
need_peers datatrove 'datatrove[processing,io]' spacy
export SOCLE
exec "$PYTHON" "$here/bench.py" "$SOCLE_SHARED" "$SOCLE_BENCH_DIR/dedup"
