"$SOCLE" tokenizer train nowhere.txt --output t
