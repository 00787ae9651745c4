# What nobody knows is one sentence and exit code 1.
status=0
"$SOCLE" lineage show no-such-model 2>err || status=$?
[ $status = 1 ]
[ "$(wc -l <err)" = 1 ]
grep -q 'no-such-model: nothing is known of it' err
