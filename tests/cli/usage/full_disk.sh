# Output that could not be written is a failure.
[ -w /dev/full ] || { echo "needs /dev/full"; exit 77; }
if "$SOCLE" man >/dev/full 2>err; then exit 1; fi
grep -q 'socle: standard output: No space left on device' err
