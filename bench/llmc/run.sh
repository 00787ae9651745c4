#!/bin/sh
# GPT-2 124M training step: socle against llm.c's CPU trainer (fp32). Prints both and the ratio.
#
#   LLMC_DIR=DIR bench/llmc/run.sh     DIR: a checkout of karpathy/llm.c; skipped by name without it
#   LLMC_CC                            gcc
#   BATCH, SEQUENCE, STEPS             4, 512, 2 (a step takes a minute or more)
#   ONLY=peer                          the peer's side alone
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"

if [ -z "${LLMC_DIR:-}" ]; then
    echo "SKIP bench/llmc: LLMC_DIR does not name a checkout of karpathy/llm.c"
    exit 0
fi
if [ ! -f "$LLMC_DIR/train_gpt2.c" ]; then
    echo "bench/llmc: $LLMC_DIR has no train_gpt2.c" >&2
    exit 1
fi
BATCH=${BATCH:-4} SEQUENCE=${SEQUENCE:-512} STEPS=${STEPS:-2}
out=$SOCLE_BENCH_DIR/llmc
mkdir -p "$out"

# llm.c's own flags (its Makefile). gcc 12 makes it faster than clang 14 does.
cc=${LLMC_CC:-gcc}
"$cc" -Ofast -march=native -fopenmp -DOMP -w -I"$LLMC_DIR" "$here/drive.c" -o "$out/drive" -lm
OMP_NUM_THREADS=$SOCLE_THREADS "$out/drive" "$BATCH" "$SEQUENCE" "$STEPS" >"$out/llmc.json"
echo "llm.c ($cc): $(value "$out/llmc.json" tokens_per_second) tokens/s"
[ "${ONLY:-}" = peer ] && exit 0

need_socle
"$SOCLE" bench --train-step --model gpt2 --batch "$BATCH" --sequence "$SEQUENCE" --dtype f32 \
    --steps 5 --json >"$out/socle.json"
python3 - "$out/socle.json" "$out/llmc.json" <<'PY'
import json, sys
ours, peer = (json.loads(open(p).read().splitlines()[-1]) for p in sys.argv[1:])
ratio = ours["tokens_per_second"] / peer["tokens_per_second"]
print(f"socle {ours['tokens_per_second']:.1f} tokens/s, llm.c {peer['tokens_per_second']:.1f} tokens/s: "
      f"{ratio:.2f} x (bar 5 x: {'reached' if ratio >= 5 else 'NOT reached'})")
PY
