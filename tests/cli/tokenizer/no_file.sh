"$SOCLE" tokenizer train nowhere.txt --out t
