# A whole run: one JSON object on standard output; stopped by a signal it exits with 130 and goes on.
i=0
while [ $i -lt 400 ]; do echo "line $i of a text about socles and models"; i=$((i + 1)); done >text.txt
cat >r.yaml <<'Y'
model: {model_type: gpt2, n_layer: 1, n_head: 2, n_embd: 16, n_positions: 16}
tokenizer: {type: chars}
data: {train: text.txt, valid_fraction: 0.1}
train: {steps: 8, batch_size: 4, sample_tokens: 4}
output: a"b
Y
"$SOCLE" train r.yaml --json >out 2>err
[ "$(wc -l <out)" = 1 ]
grep -q '^{"output": "a\\"b", "report": "a\\"b/report.html", "steps": 8, ' out
grep -q '"val_loss": [0-9.]*, "val_bits_per_byte": [0-9.]*, "seconds": [0-9.]*}$' out
grep -q '^step 1/8  loss ' err
"$SOCLE" train r.yaml --quiet --set output=q >out 2>err
[ ! -s err ]
"$SOCLE" train r.yaml --quiet --set output=s --set train.steps=100000000 >out 2>err &
child=$!
i=0
until [ -s s/metrics.jsonl ] || [ $i -gt 300 ]; do sleep 0.1; i=$((i + 1)); done
kill -INT $child || kill -TERM $child
code=0
wait $child || code=$?
[ $code = 130 ]
grep -q -- '--resume goes on' err
ls s/checkpoints/step-*/state.json >/dev/null
"$SOCLE" train r.yaml --set output=d --dry-run 2>err | grep -q '^parameters   '
[ ! -e d ]
if "$SOCLE" train r.yaml --set train.stepz=1 2>err; then exit 1; else [ $? = 2 ]; fi
grep -q 'did you mean steps' err
