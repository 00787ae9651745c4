# `eval --json` has the keys that scripts rely on; wrong usage is 2, a bad file 1.
cp -r "$TESTS/golden/gpt2" m
cp "$TESTS"/golden/perplexity/tokenizer*.json m
text=$TESTS/golden/perplexity/text.txt
"$SOCLE" eval m --text "$text" --json >a
for key in loss perplexity bits_per_byte tokens logits_hash; do grep -q "\"$key\": " a; done
grep -q '"loss": 11.05086' a
"$SOCLE" eval m --text "$text" --json --threads 1 | sed 's/"seconds.*//' >b
sed 's/"seconds.*//' a | cmp - b
"$SOCLE" eval m --text "$text" | grep -q '^perplexity *6299'
gzip -c "$text" >text.txt.gz
"$SOCLE" eval m --text text.txt.gz --json | sed 's/"seconds.*//' | cmp - b
check() {
    code=$1
    shift
    set +e
    "$SOCLE" eval "$@" >out 2>err
    got=$?
    set -e
    [ $got = "$code" ] && [ -s err ] || { echo "eval $*: exit code $got, want $code" >&2; exit 1; }
}
check 2 m
check 2 m --text "$text" --stride 41
check 2 m --text "$text" --context 1000
check 1 m --text absent.txt
check 1 absent --text "$text"
: >empty.txt
check 1 m --text empty.txt
