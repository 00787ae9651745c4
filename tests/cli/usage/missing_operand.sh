"$SOCLE" completion
