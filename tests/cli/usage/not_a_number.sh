"$SOCLE" completion bash --threads=two
