/* test_render.c - columns and sizes as people read them. */
#include "test.h"

#include "account/render.h"

TEST(render_table, "account/render/table") {
    sc_buffer b = SC_BUFFER_INIT;
    sc__render_table(&b, "a\tbb\tc\nlong \xC3\xBC\t\td\nno\tthe last one is long\n");
    CHECK_STR(b.data, "a       bb  c\nlong \xC3\xBC      d\nno      the last one is long\n");
    sc__buffer_deinit(&b);
}

static const struct {
    double value;
    const char *bytes, *seconds;
} cases[] = {
    {0, "0 B", "0.0 s"},
    {512, "512 B", "8 min 32 s"},
    {1500, "1.5 kB", "25 min 0 s"},
    {123456, "123 kB", "34 h 17 min"},
    {5e9, "5.0 GB", "1388888 h 53 min"},
};

TEST(render_numbers, "account/render/numbers") {
    sc_buffer b = SC_BUFFER_INIT;
    for (int i = 0; i < SC_LEN(cases); i++) {
        sc__buffer_clear(&b);
        sc__render_bytes(&b, cases[i].value);
        CHECK_STR(b.data, cases[i].bytes);
        sc__buffer_clear(&b);
        sc__render_seconds(&b, cases[i].value);
        CHECK_STR(b.data, cases[i].seconds);
    }
    sc__buffer_clear(&b);
    json_t *j = json_real(1300);
    sc__render_joules(&b, j, "estimate");
    CHECK_STR(b.data, "1.3 kJ (estimate)");
    sc__buffer_clear(&b);
    sc__render_joules(&b, NULL, NULL);
    CHECK_STR(b.data, "-");
    sc__buffer_clear(&b);
    sc__render_cell(&b, "a\tb\nc\x1B[2J");
    CHECK_STR(b.data, "a b c [2J");
    json_decref(j);
    sc__buffer_deinit(&b);
}
