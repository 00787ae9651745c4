"$SOCLE" completion --json "a\"b\\c$(printf "\\t\\377\\303\\251")"
