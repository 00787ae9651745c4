"$SOCLE" completion bash --json=3
