SOCLE_THREADS=0 "$SOCLE" completion bash
