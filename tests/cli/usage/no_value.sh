"$SOCLE" completion bash --threads
