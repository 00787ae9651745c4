#!/bin/sh
# GPT-2 124M training step, socle against PyTorch's best of eager and compile, fp32 and bf16:
# tokens a second, peak memory, share of the matrix-product ceiling measured in the same run.
#
#   bench/train_step/run.sh            BATCH=4 SEQUENCE=512 STEPS=5 DTYPES="f32 bf16"
#   ONLY=peer                          PyTorch's side alone
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
BATCH=${BATCH:-4} SEQUENCE=${SEQUENCE:-512} STEPS=${STEPS:-5} DTYPES=${DTYPES:-f32 bf16}
out=$SOCLE_BENCH_DIR/train_step
mkdir -p "$out"
[ "${ONLY:-}" = peer ] || need_socle
need_torch

for dtype in $DTYPES; do
    "$PYTHON" "$here/pytorch.py" --dtype "$dtype" --batch "$BATCH" --sequence "$SEQUENCE" \
        --steps "$STEPS" --threads "$SOCLE_THREADS" >"$out/pytorch-$dtype.json" 2>"$out/pytorch-$dtype.log" || {
        cat "$out/pytorch-$dtype.log" >&2
        exit 1
    }
    echo "PyTorch $dtype ($(value "$out/pytorch-$dtype.json" best)): $(value "$out/pytorch-$dtype.json" tokens_per_second) tokens/s"
    [ "${ONLY:-}" = peer ] && continue
    "$SOCLE" bench --train-step --model gpt2 --batch "$BATCH" --sequence "$SEQUENCE" \
        --dtype "$dtype" --steps "$STEPS" --json >"$out/socle-$dtype.json"
    python3 "$here/compare.py" "$dtype" "$out/socle-$dtype.json" "$out/pytorch-$dtype.json"
done
