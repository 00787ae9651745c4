"$SOCLE" completion bash zsh
