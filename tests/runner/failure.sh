# A test that fails fails the run; its output is shown, and the count is the last line.
mkdir -p cli/x
echo 'echo what went wrong; exit 3' >cli/x/fails.sh
echo 'exit 0' >cli/x/passes.sh
echo 'echo not here; exit 77' >cli/x/skips.sh
echo 'echo unexpected' >cli/x/prints.sh
: >cli/x/prints.stdout
echo 'echo noise >&2' >cli/x/noise.sh
echo 'kill -SEGV $$' >cli/x/crashes.sh
if SOCLE_TESTS=$PWD "$RUNNER" cli/x >out 2>&1; then exit 1; fi
grep -q 'what went wrong' out
grep -q 'skip cli/x/skips' out
[ "$(grep -c '^FAIL cli/x/' out)" = 4 ]
[ "$(tail -n 1 out)" = "1 passed, 4 failed" ]
SOCLE_TESTS=$PWD "$RUNNER" cli/x/passes >out
[ "$(tail -n 1 out)" = "1 passed, 0 failed" ]
