# A signal ends a verb that waits for more input with 130.
mkfifo input
ended() { # SIGNAL COMMAND...: starts it, reading a pipe that stays open; prints its exit code
    signal=$1
    shift
    "$@" <input >out 2>err &
    pid=$!
    exec 3>input
    echo some text >&3
    sleep 0.3
    kill -"$signal" $pid
    sleep 0.2
    exec 3>&-
    code=0
    wait $pid || code=$?
    echo $code
}
[ "$(ended TERM "$SOCLE" tokenizer encode "$TESTS/golden/tokenizer/gpt2.json")" = 130 ]
[ "$(ended INT "$SOCLE" tokenizer encode "$TESTS/golden/tokenizer/gpt2.json")" = 130 ]
