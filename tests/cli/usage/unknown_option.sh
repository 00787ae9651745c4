"$SOCLE" completion bash --thraeds 2
