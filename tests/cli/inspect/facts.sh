# A model for people and for programs; several things one after the other.
"$SOCLE" inspect "$TESTS/golden/gpt2" >a
grep -q '^parameters  *29856$' a
grep -q 'transformer.h.0.attn.c_attn.weight  *F32' a
"$SOCLE" inspect --json "$TESTS/golden/gpt2" | grep -q '"parameters": 29856'
echo hello >t.txt
"$SOCLE" inspect t.txt t.txt >b
[ "$(grep -c '^documents' b)" = 2 ]
