#!/bin/sh
# nanoGPT's CPU Shakespeare recipe: socle train against the same loop in PyTorch: seconds,
# validation loss, and the validation loss that transformers finds in the directory socle saved.
#
#   bench/shakespeare/run.sh           STEPS=2000
#   SHAKESPEARE_TEXT=FILE              tiny Shakespeare (also .gz); otherwise that of SOCLE_SHARED;
#                                      skipped by name without either
#   ONLY=peer                          PyTorch's side alone
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
text=${SHAKESPEARE_TEXT:-${SOCLE_SHARED:-$root/../shared}/data/lm-english/tinyshakespeare.txt.gz}
if [ ! -f "$text" ]; then
    echo "SKIP bench/shakespeare: $text is not here (name one with SHAKESPEARE_TEXT)"
    exit 0
fi
STEPS=${STEPS:-2000}
out=$SOCLE_BENCH_DIR/shakespeare
mkdir -p "$out"
[ "${ONLY:-}" = peer ] || need_socle
need_torch
case $text in
*.gz) gzip -dc "$text" >"$out/input.txt" ;;
*) cp "$text" "$out/input.txt" ;;
esac

"$PYTHON" "$here/pytorch.py" "$out/input.txt" --steps "$STEPS" --threads "$SOCLE_THREADS" \
    >"$out/pytorch.json" 2>"$out/pytorch.log" || {
    cat "$out/pytorch.log" >&2
    exit 1
}
echo "PyTorch ($(value "$out/pytorch.json" best)): $(value "$out/pytorch.json" seconds) s, validation loss $(value "$out/pytorch.json" val_loss)"
[ "${ONLY:-}" = peer ] && exit 0

cat >"$out/recipe.yaml" <<YAML
model: {model_type: gpt2, n_layer: 4, n_head: 4, n_embd: 128, n_positions: 64}
tokenizer: {type: chars}
data: {train: $out/input.txt, valid_fraction: 0.1}
train:
  steps: $STEPS
  batch_size: 12
  sequence_length: 64
  learning_rate: 1.0e-3
  min_learning_rate: 1.0e-4
  warmup_steps: 100
  schedule: cosine
  weight_decay: 0.1
  beta1: 0.9
  beta2: 0.99
  grad_clip: 1.0
  dtype: f32
  eval_interval: 250
  eval_batches: 20
  checkpoint_interval: 500
  seed: 1337
output: $out/run
YAML
rm -rf "$out/run"
start=$(date +%s.%N)
"$SOCLE" train "$out/recipe.yaml" --threads "$SOCLE_THREADS" >"$out/socle.log" 2>&1 || {
    cat "$out/socle.log" >&2
    exit 1
}
end=$(date +%s.%N)
"$PYTHON" "$here/score.py" "$out/run" "$out/input.txt" --last-fraction 0.1 --length 64 >"$out/score.json"
python3 - "$start" "$end" "$out" <<'PY'
import json, os, sys
start, end, out = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
peer, score = (json.loads(open(os.path.join(out, n)).read().splitlines()[-1])
               for n in ("pytorch.json", "score.json"))
lines = [json.loads(l) for l in open(os.path.join(out, "run", "metrics.jsonl"))]
own = [l["val_loss"] for l in lines if "val_loss" in l][-1]
seconds = end - start
said = lambda good: "reached" if good else "NOT reached"
print(f"socle {seconds:.1f} s, PyTorch {peer['seconds']:.1f} s ({peer['best']}): "
      f"{seconds / peer['seconds']:.2f} of its time (bar 1/3: {said(seconds * 3 <= peer['seconds'])})")
for run in peer["runs"]:
    print(f"  PyTorch {run['mode']}: {run['seconds']:.1f} s, of which compiling "
          f"{run['compile_seconds']:.1f} s; validation loss {run['val_loss']:.4f}")
print(f"validation loss: socle's own estimate {own:.4f}, transformers over all {score['windows']} "
      f"windows {score['loss']:.4f} (bar 1.88: {said(max(own, score['loss']) <= 1.88)})")
PY
