#!/bin/sh
# Attention forward and backward against torch's: bench/attention/run.sh [f32|bf16]
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../common.sh"
cd "$root" || exit 1
MAKEFLAGS="" make -s build/release/bench/attention/attention
need_torch
exec "$PYTHON" bench/attention/pytorch.py build/release/bench/attention/attention "$@"
