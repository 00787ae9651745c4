#!/bin/sh
# Our matrix products against oneDNN's on whole matrices: bench/matmul/run.sh [THREADS [0: f32 only, 1: bf16 only]]
set -eu
cd "$(dirname "$0")/../.."
MAKEFLAGS="" make -s build/release/bench/matmul/matmul
exec build/release/bench/matmul/matmul "$@"
