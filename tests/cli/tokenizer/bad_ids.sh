printf x >text
"$SOCLE" tokenizer train text --type bytes --out t >/dev/null
echo "1 x" | "$SOCLE" tokenizer decode t
