"$SOCLE" completionn bash
