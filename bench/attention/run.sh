#!/bin/sh
# Attention forward and backward against torch's: bench/attention/run.sh [f32|bf16]
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../common.sh"
cd "$root" || exit 1
make -s build/release/libsocle.a
libs=$(pkg-config --libs jansson zlib libzstd libcrypto)
# shellcheck disable=SC2086
${CC:-gcc} -std=gnu17 -O2 -Iinclude -Isrc bench/attention/attention.c build/release/libsocle.a -o "$SOCLE_BENCH_DIR/attention" \
    -Wl,--as-needed $libs -ldnnl -lm -lpthread
need_python_peers
exec "$PYTHON" bench/attention/pytorch.py "$SOCLE_BENCH_DIR/attention" "$@"
