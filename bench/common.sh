# Sourced by every bench/*/run.sh: where the program, the peers' Python and the scratch folder are.
#
#   SOCLE              the program (default build/socle)
#   SOCLE_BENCH_VENV   a Python environment with torch and transformers; made here when unset
#   PIP_ARGS           words for pip when it is made: an index with the smaller CPU wheels of torch
#   SOCLE_BENCH_DIR    scratch folder for that environment and results (default build/bench)
#   SOCLE_THREADS      threads of both sides (default: the processors this shell may use)
set -eu
root=$(cd "$here/../.." && pwd)
SOCLE=${SOCLE:-$root/build/socle}
SOCLE_BENCH_DIR=${SOCLE_BENCH_DIR:-$root/build/bench}
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

# Sets PYTHON to an interpreter that has the peers, installing them once.
need_python_peers() {
    venv=${SOCLE_BENCH_VENV:-$SOCLE_BENCH_DIR/venv}
    PYTHON=$venv/bin/python
    if [ ! -x "$PYTHON" ]; then
        if [ -n "${SOCLE_BENCH_VENV:-}" ]; then
            echo "bench: SOCLE_BENCH_VENV=$SOCLE_BENCH_VENV has no bin/python" >&2
            exit 1
        fi
        echo "bench: installing PyTorch and transformers into $venv (once)" >&2
        python3 -m venv "$venv"
        # shellcheck disable=SC2086 # words: PIP_ARGS="--index-url URL" takes the CPU wheels, a tenth of the size
        "$venv/bin/pip" install -q ${PIP_ARGS:-} torch
        "$venv/bin/pip" install -q transformers safetensors
    fi
    "$PYTHON" -c 'import torch, transformers' || {
        echo "bench: $PYTHON cannot import torch and transformers" >&2
        exit 1
    }
}

# value FILE KEY: one number or string out of the JSON object on the file's last line.
value() {
    python3 -c 'import json, sys
print(json.loads(open(sys.argv[1]).read().splitlines()[-1])[sys.argv[2]])' "$1" "$2"
}
