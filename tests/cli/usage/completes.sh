# The completion script answers as bash would ask it.
command -v bash >/dev/null || { echo "needs bash"; exit 77; }
"$SOCLE" completion bash >completion
cat >ask <<'E'
. ./completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_socle
echo "${COMPREPLY[*]}"
E
[ "$(bash ask socle --v)" = --version ]
[ "$(bash ask socle --)" = "--help --version" ]
for verb in $("$SOCLE" | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    bash ask socle "$verb" | grep -qw -- "$verb" || bash ask socle "${verb%?}" | grep -qw -- "$verb"
    [ "$(bash ask socle "$verb" --hel)" = --help ]
    [ -z "$(bash ask socle "$verb" no-such-file)" ]
done
