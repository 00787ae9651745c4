# Sourced by every bench/*/run.sh: where the program, the peers' Python and the scratch folder are.
#
#   SOCLE              the program (default build/socle)
#   SOCLE_BENCH_VENVS  folder of the peers' Python environments, NAME each; those that are missing are made (default SOCLE_BENCH_DIR/venvs)
#   PIP_ARGS           words for pip when it makes one: --extra-index-url with the smaller CPU wheels of torch
#   SOCLE_BENCH_DIR    scratch folder for results (default build/bench)
#   SOCLE_THREADS      threads of both sides (default: the processors this shell may use)
set -eu
root=$(cd "$here/../.." && pwd)
SOCLE=${SOCLE:-$root/build/socle}
SOCLE_BENCH_DIR=${SOCLE_BENCH_DIR:-$root/build/bench}
SOCLE_BENCH_VENVS=${SOCLE_BENCH_VENVS:-$SOCLE_BENCH_DIR/venvs}
SOCLE_THREADS=${SOCLE_THREADS:-$(nproc)}
export SOCLE_THREADS
export PYTHONDONTWRITEBYTECODE=1 # no caches beside the scripts
mkdir -p "$SOCLE_BENCH_DIR"

# Both sides or none: a bench without the program is an error, not a skip.
need_socle() {
    if [ ! -x "$SOCLE" ]; then
        echo "bench: $SOCLE is not there; run make first, or name it with SOCLE=" >&2
        exit 1
    fi
}

# need_peers NAME PACKAGE...: sets PYTHON to an interpreter that has the packages, installing them once.
need_peers() {
    venv=$SOCLE_BENCH_VENVS/$1
    PYTHON=$venv/bin/python
    shift
    [ -x "$PYTHON" ] && return
    echo "bench: installing $* into $venv (once)" >&2
    trap 'rm -rf "$venv"; exit 130' INT TERM # half of one would be taken for whole
    python3 -m venv "$venv"
    # shellcheck disable=SC2086 # PIP_ARGS is words
    "$venv/bin/pip" install -q ${PIP_ARGS:-} "$@" || {
        rm -rf "$venv"
        exit 1
    }
    trap - INT TERM
}
need_torch() { need_peers torch torch transformers safetensors; }

# value FILE KEY: one number or string out of the JSON object on the file's last line.
value() {
    python3 -c 'import json, sys
print(json.loads(open(sys.argv[1]).read().splitlines()[-1])[sys.argv[2]])' "$1" "$2"
}
