#!/bin/sh
# HTML to main text against trafilatura on one core: F1 on the article extraction benchmark, and MB/s of HTML.
#
#   SOCLE_SHARED   where the 181 pages lie (default ../shared); skipped by name without them
#   REPEAT         runs of each side, of which the best counts (default 3)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
data=${SOCLE_SHARED:-$root/../shared}/data/web/article-extraction
if [ ! -r "$data/ground-truth.json.gz" ]; then
    echo "SKIP bench/extract: $data has no ground-truth.json.gz"
    exit 0
fi
out=$SOCLE_BENCH_DIR/extract
mkdir -p "$out"
need_peers trafilatura trafilatura lxml_html_clean
# Timed alone and side by side: one runs, then the other, each on the first processor of this shell.
program=$root/build/release/bench/extract/extract
make -s -C "$root" B=build/release build/release/bench/extract/extract >/dev/null
one=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
taskset -c "$one" "$program" "$data/html" "$out/socle.jsonl" "${REPEAT:-3}" >"$out/socle.json"
taskset -c "$one" "$PYTHON" "$here/trafilatura_side.py" "$data/html" "$out/trafilatura.jsonl" "${REPEAT:-3}" \
    >"$out/trafilatura.json" 2>"$out/trafilatura.log"
python3 "$here/score.py" "$data/ground-truth.json.gz" socle="$out/socle.jsonl" trafilatura="$out/trafilatura.jsonl"
ours=$(value "$out/socle.json" mb_per_s)
python3 - "$ours" "$(value "$out/trafilatura.json" mb_per_s)" "$(value "$out/trafilatura.json" facts_mb_per_s)" \
    "$(value "$out/trafilatura.json" version)" <<'PY'
import sys
ours, text, facts = (float(x) for x in sys.argv[1:4])
print(f"socle, text and facts: {ours:.1f} MB/s")
for what, theirs in (("text alone", text), ("text and facts", facts)):
    reached = "reached" if ours >= 20 * theirs else "NOT reached"
    print(f"trafilatura {sys.argv[4]}, {what}: {theirs:.2f} MB/s, ratio {ours / theirs:.1f} (bar 20: {reached})")
PY
