#!/bin/sh
# How right taggers are, on labelled texts: languages of the declaration of human rights, a classifier on five data sets, personal data
# in made-up sentences.
#
#   SOCLE_SHARED     where the texts lie (default ../shared); skipped by name without them
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
if [ ! -r "$SOCLE_SHARED/data/udhr/udhr2.zip" ]; then
    echo "SKIP bench/tag: SOCLE_SHARED=$SOCLE_SHARED has no data/udhr"
    exit 0
fi
need_socle
work=$SOCLE_BENCH_DIR/tag
SOCLE_HOME=$work/home # its registry
export SOCLE_HOME
for what in language classify pii; do
    echo "== $what"
    python3 "$here/$what.py" "$SOCLE" "$SOCLE_SHARED" "$work/$what"
done
