# Invalid UTF-8 is read as U+FFFD and said so; --strict refuses it.
printf x >text
"$SOCLE" tokenizer train text --type bytes --out t >/dev/null
printf 'a\377b' >bad
"$SOCLE" tokenizer encode t bad
! "$SOCLE" tokenizer encode t bad --strict
