# Trained, encoded whole and by lines, decoded to the same bytes, for every kind.
printf 'low lower lowest\nnew newer newest \354\230\201\n' >text
for kind in bpe bytes chars; do
    "$SOCLE" tokenizer train text --type $kind --out $kind >/dev/null
    "$SOCLE" tokenizer encode $kind text >ids
    [ "$(wc -l <ids)" -eq 1 ]
    "$SOCLE" tokenizer encode $kind <text | cmp ids
    "$SOCLE" tokenizer decode $kind ids | cmp text
    [ "$("$SOCLE" tokenizer encode $kind/tokenizer.json --lines text | wc -l)" -eq 2 ]
    "$SOCLE" tokenizer inspect $kind text | grep -q "^kind        $kind\$"
done
printf 'l\n\nl' | "$SOCLE" tokenizer encode bytes --lines | tr '\n' '/' | grep -qx '108//108/'
printf 'a<|endoftext|>b' | "$SOCLE" tokenizer encode bytes | grep -qx '97 256 98'
printf '<|' | "$SOCLE" tokenizer encode bytes --plain | grep -qx '60 124'
echo '97 256,98' | "$SOCLE" tokenizer decode bytes --skip-special | grep -qx ab
"$SOCLE" tokenizer inspect bpe text --json | grep -q '"kind":"bpe","vocab_size":'
