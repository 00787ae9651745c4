#!/bin/sh
# Every kind against Hugging Face tokenizers on one thread: MB/s of training and encoding, merges and ids compared.
#
#   SOCLE_SHARED   where the texts of the 20 MB corpus lie (default ../shared); skipped by name without them
#   REPEAT         runs of each side, of which the best counts (default 3)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
export SOCLE SOCLE_SHARED
if [ ! -r "$SOCLE_SHARED/data/korean/nsmc-reviews.lm.txt.gz" ]; then
    echo "SKIP bench/tokenizer: SOCLE_SHARED=$SOCLE_SHARED has no data/korean/nsmc-reviews.lm.txt.gz"
    exit 0
fi
need_socle
need_torch
exec "$PYTHON" "$here/bench.py"
