"$SOCLE" man xyzzy
