# A reader that leaves early is no error worth a word.
"$SOCLE" man | head -n 1 | grep -q '^.TH SOCLE 1'
