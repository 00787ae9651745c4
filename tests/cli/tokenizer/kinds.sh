# The kinds of sentencepiece give back the text; wordpiece what is left of it; the same ids on any number of threads.
printf 'low  lower lowest\nnew newer newest \354\230\201\n\n x' >text
for kind in unigram spm-bpe; do
    "$SOCLE" tokenizer train text --type $kind --output $kind --threads 1 >/dev/null
    "$SOCLE" tokenizer train text --type $kind --output again --threads 3 >/dev/null
    cmp $kind/tokenizer.json again/tokenizer.json
    "$SOCLE" tokenizer encode $kind text --no-special | "$SOCLE" tokenizer decode $kind | cmp text
done
"$SOCLE" tokenizer train text --type wordpiece --output wordpiece >/dev/null
"$SOCLE" tokenizer encode wordpiece text | "$SOCLE" tokenizer decode wordpiece --skip-special | grep -qx 'low lower lowest new newer newest 영 x'
"$SOCLE" tokenizer train text --type wordpiece --lowercase --special '[A]' --output lower --quiet --json | grep -q '"vocab_size":'
printf 'LOW [A]' | "$SOCLE" tokenizer decode lower <<ids | grep -q '\[A\]'
5
ids
