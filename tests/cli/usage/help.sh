# Every way to ask for help says the same, and succeeds.
"$SOCLE" completion --help >a
"$SOCLE" completion -h | cmp a
"$SOCLE" completion nonsense --help | cmp a
grep -q '^Usage: socle completion ' a
"$SOCLE" >b
"$SOCLE" --help | cmp b
grep -q '^Usage: socle VERB' b
if "$SOCLE" --help | awk 'length > 80 { exit 1 }'; then :; else exit 1; fi
