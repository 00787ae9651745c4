#!/bin/sh
# Tokens a second of prefill and of greedy decoding, a random GPT-2 of 124M's shape: socle against
# transformers' generate, alternately on one machine.
#
#   bench/generate/run.sh              PROMPT=512 TOKENS=64 RUNS=3 DTYPES="f32 bf16"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
PROMPT=${PROMPT:-512} TOKENS=${TOKENS:-64} RUNS=${RUNS:-3} DTYPES=${DTYPES:-f32 bf16}
need_socle
need_torch
for dtype in $DTYPES; do
    out=$SOCLE_BENCH_DIR/generate/$dtype
    mkdir -p "$out"
    [ -f "$out/prompt.txt" ] && [ "$(wc -c <"$out/prompt.txt")" = "$PROMPT" ] ||
        "$PYTHON" "$here/pytorch.py" "$out" --make --dtype "$dtype" --prompt "$PROMPT" >"$out/make.log" 2>&1
    "$PYTHON" "$here/pytorch.py" "$out" --dtype "$dtype" --tokens "$TOKENS" --runs "$RUNS" \
        --threads "$SOCLE_THREADS" >"$out/peer.json" 2>"$out/peer.log" || { cat "$out/peer.log" >&2; exit 1; }
    : >"$out/socle.json"
    i=0
    while [ $i -lt "$RUNS" ]; do
        "$SOCLE" generate "$out" --prompt - --max-tokens "$TOKENS" --temperature 0 --ignore-eos --json \
            <"$out/prompt.txt" >>"$out/socle.json"
        i=$((i + 1))
    done
    python3 - "$dtype" "$out/socle.json" "$out/peer.json" <<'END'
import json, sys
dtype, ours, theirs = sys.argv[1], [json.loads(l) for l in open(sys.argv[2])], json.load(open(sys.argv[3]))
for what in ("prefill", "decode"):
    best = max(o[what + "_tokens_per_second"] for o in ours)
    print(f"{what:8} {dtype:5} socle {best:9.1f}  transformers {theirs[what]:9.1f} tokens/s  ratio {best / theirs[what]:.2f}")
END
done
