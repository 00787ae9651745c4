# Wrong usage is 2, a bad model 1, each with one sentence that names the matter.
cp -r "$TESTS/golden/gpt2" m
echo 'abcdefghijklmnopqrstuvwxyz ' >letters
"$SOCLE" tokenizer train --type chars --out m letters >train.log 2>&1
check() { # code, what the text names, arguments
    code=$1 name=$2
    shift 2
    set +e
    "$SOCLE" generate "$@" >out 2>err
    got=$?
    set -e
    [ $got = "$code" ] || { echo "generate $*: exit code $got, want $code" >&2; exit 1; }
    grep -q -- "$name" err || { echo "generate $*: the text does not name $name" >&2; cat err >&2; exit 1; }
    [ ! -s out ]
}
check 2 prompt m
check 2 temperature m --prompt a --temperature -1
check 2 temperature m --prompt a --temperature nan
check 2 top-p m --prompt a --top-p 0
check 2 min-p m --prompt a --min-p 2
check 2 top-k m --prompt a --top-k -3
check 2 repetition-penalty m --prompt a --repetition-penalty 0
check 2 max-tokens m --prompt a --max-tokens -1
check 2 stop m --prompt a --stop ''
check 1 absent absent --prompt a
check 2 '41 tokens' m --prompt aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
cp -r "$TESTS/golden/gpt2" n
check 1 tokenizer.json n --prompt a
head -c 900 m/model.safetensors >n/model.safetensors
check 1 model.safetensors n --prompt a
