"$SOCLE" completion bash -q
