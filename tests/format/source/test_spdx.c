/* test_spdx.c - licences by identifier and by address. */
#include "test.h"

#include "format/source/spdx.h"

TEST(spdx_find, "format/source/spdx/find") {
    static const char *const rows[][2] = {
        {"mit", "MIT"},
        {"CC-by-sa-4.0", "CC-BY-SA-4.0"},
        {"https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"},
        {"http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"},
    };
    char out[SC_LICENCE_MAX];
    for (int i = 0; i < SC_LEN(rows); i++) {
        CHECK(sc__spdx_find(out, rows[i][0]));
        CHECK_STR(out, rows[i][1]);
    }
    CHECK(!sc__spdx_find(out, "MIT OR Apache-2.0"));
    CHECK(!sc__spdx_find(out, "all rights reserved"));
    CHECK(!sc__spdx_find(out, ""));
}
