printf x >text
"$SOCLE" tokenizer train text --type bytes --output t >/dev/null
echo "1 x" | "$SOCLE" tokenizer decode t
