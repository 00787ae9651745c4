#!/bin/sh
# Our matrix products against oneDNN's on whole matrices: bench/matmul/run.sh [THREADS [0: f32 only, 1: bf16 only]]
set -eu
cd "$(dirname "$0")/../.."
make -s build/release/libsocle.a
mkdir -p build/bench
${CC:-gcc} -std=c17 -O2 -fopenmp -Iinclude -Isrc bench/matmul/matmul.c build/release/libsocle.a -o build/bench/matmul -ldnnl -lm -lpthread
exec build/bench/matmul "$@"
