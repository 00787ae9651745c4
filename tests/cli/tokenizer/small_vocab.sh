printf x >text
"$SOCLE" tokenizer train text --type bpe --vocab-size 100 --out t
