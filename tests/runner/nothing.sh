# Running nothing is a failure.
if "$RUNNER" no/such/test >out; then exit 1; fi
[ "$(tail -n 1 out)" = "0 passed, 0 failed" ]
