# The kinds of sentencepiece give back the text; wordpiece what is left of it; the same ids on any number of threads.
printf 'low  lower lowest\nnew newer newest \354\230\201\n\n x' >text
for kind in unigram spm-bpe; do
    "$SOCLE" tokenizer train text --type $kind --out $kind --threads 1 >/dev/null
    "$SOCLE" tokenizer train text --type $kind --out again --threads 3 >/dev/null
    cmp $kind/tokenizer.json again/tokenizer.json
    "$SOCLE" tokenizer encode $kind text --no-special | "$SOCLE" tokenizer decode $kind | cmp text
done
"$SOCLE" tokenizer train text --type wordpiece --out wordpiece >/dev/null
"$SOCLE" tokenizer encode wordpiece text | "$SOCLE" tokenizer decode wordpiece --skip-special | grep -qx 'low lower lowest new newer newest 영 x'
"$SOCLE" tokenizer train text --type wordpiece --lowercase --special '[A]' --out lower --quiet --json | grep -q '"vocab_size":'
echo 5 | "$SOCLE" tokenizer decode lower | grep -qx '\[A\]'

# Segmentations: the first of the best is the usual one; a seed gives the same ones again.
printf 'low lower\nnewest\n' >lines
"$SOCLE" tokenizer encode unigram --lines lines >best
"$SOCLE" tokenizer encode unigram --lines lines --nbest 1 | cut -d' ' -f2- | cmp best
[ "$("$SOCLE" tokenizer encode unigram --lines lines --nbest 3 | wc -l)" -eq 6 ]
"$SOCLE" tokenizer encode unigram --lines lines --sample 50 | cmp best
"$SOCLE" tokenizer encode unigram text --sample 0.1 --seed 3 >drawn
"$SOCLE" tokenizer encode unigram text --sample 0.1 --seed 3 | cmp drawn
! "$SOCLE" tokenizer encode unigram text --sample 0.1 --seed 4 | cmp -s drawn
"$SOCLE" tokenizer decode unigram drawn | cmp text
! "$SOCLE" tokenizer encode spm-bpe text --sample 0.1 2>error
grep -q 'only Unigram models' error
