# examples/embed.c trains and speaks through the public header.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    echo "line $i of a text that is long enough to learn a few characters from"
done >text.txt
cat >recipe.yaml <<'YAML'
model: {model_type: gpt2, n_layer: 1, n_head: 2, n_embd: 16, n_positions: 16}
tokenizer: {type: chars}
data: {train: text.txt}
train: {steps: 5, batch_size: 2}
output: run
YAML
"${SOCLE%/*}/embed" recipe.yaml "line" >out
tail -n 1 out | grep -qE '^\([0-9]+ tokens\)$'
[ -s run/model.safetensors ]
