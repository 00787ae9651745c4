/* replay.c - runs a fuzz target over files once each: the coverage of a corpus without a fuzzer. */
#include "base/file.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        sc_buffer b = SC_BUFFER_INIT;
        if (sc__file_read(&b, argv[i], (size_t)1 << 30) < 0)
            return fprintf(stderr, "%s\n", sc_error_text()), 1;
        LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.len);
        sc__buffer_deinit(&b);
    }
    return 0;
}
