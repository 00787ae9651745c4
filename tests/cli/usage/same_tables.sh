# Every verb, action and option of --help is in the manual page and in the completion, and the other way round.
options() { grep -oE '^  --[a-z][a-z0-9-]*' | tr -d ' ' | sort -u; }
in_man() { tr -d '\\' | grep -oE '^\.B --[a-z][a-z0-9-]*' | sed 's/\.B //' | sort -u; }
in_case() { grep -F "    \"$1\") words=" completion | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u; }
"$SOCLE" completion bash >completion
bash -n completion 2>/dev/null || { command -v bash >/dev/null && exit 1; }
verbs=$("$SOCLE" | sed -n 's/^  \([a-z]*\) .*/\1/p')
for verb in $verbs; do
    "$SOCLE" $verb --help >help
    "$SOCLE" man $verb >page
    actions=$(sed -n '/^Actions:/,/^$/s/^  \([a-z-]*\) .*/\1/p' help)
    if [ -z "$actions" ]; then
        options <help >a
        [ -s a ]
        in_man <page | diff a -
        in_case "$verb" | diff a -
    fi
    : >all
    for action in $actions; do
        "$SOCLE" $verb $action --help | options >a
        in_case "$verb $action" | diff a -
        cat a >>all
        grep -qx "\.SS $action" page
        grep -F "    \"$verb\") words=" completion | grep -qw -- "$action"
    done
    [ -z "$actions" ] || sort -u all | { in_man <page >m; diff - m; }
    "$SOCLE" man | tr -d '\\' | grep -qx "\.BR socle-$verb (1)"
    grep -F '    "") words=' completion | grep -qw -- "$verb"
done
