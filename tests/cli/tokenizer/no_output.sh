"$SOCLE" tokenizer train text
