/* test_machine.c - the host is described, energy names its source. */
#include "test.h"

#include "account/machine.h"
#include "base/file.h"

TEST(machine_facts, "account/machine/facts") {
    json_t *m;
    CHECK_OK(sc__machine_describe(&m));
    CHECK(json_string_length(json_object_get(m, "host")) > 0);
    CHECK(json_string_length(json_object_get(m, "os")) > 0);
    CHECK(json_string_length(json_object_get(m, "processor")) > 0);
    CHECK(json_integer_value(json_object_get(m, "processors")) > 0);
    CHECK(json_integer_value(json_object_get(m, "memory_bytes")) > 0);
    json_decref(m);
}

TEST(machine_watts, "account/machine/watts") {
    const char *row;
    CHECK_NEAR(sc__machine_core_watts("AMD EPYC 7763 64-Core Processor", &row), 280.0 / 64, 1e-12);
    CHECK_STR(row, "EPYC 7763");
    CHECK_NEAR(sc__machine_core_watts("something else", &row), 10, 0);
    CHECK_STR(row, "");
}

static void set(const char *name, const char *value) {
    CHECK_OK(sc__file_write(test_path(name), value, strlen(value)));
}

TEST(energy_rapl, "account/machine/rapl") { /* two packages, one of which wraps */
    sc_energy *e;
    json_t *v;
    CHECK_OK(sc__dir_make(test_path("intel-rapl:0")));
    CHECK_OK(sc__dir_make(test_path("intel-rapl:1")));
    set("intel-rapl:0/energy_uj", "1000000\n");
    set("intel-rapl:0/max_energy_range_uj", "9000000\n");
    set("intel-rapl:1/energy_uj", "8000000\n");
    set("intel-rapl:1/max_energy_range_uj", "9000000\n");
    CHECK_OK(sc__energy_open(&e, test_dir()));
    set("intel-rapl:0/energy_uj", "3500000\n");
    set("intel-rapl:1/energy_uj", "500000\n");
    CHECK_OK(sc__energy_close(e, &v));
    CHECK_STR(json_string_value(json_object_get(v, "source")), "rapl");
    CHECK_NEAR(json_number_value(json_object_get(v, "joules")), 2.5 + 1.5, 1e-9);
    json_decref(v);
}

TEST(energy_estimate, "account/machine/estimate") {
    sc_energy *e;
    json_t *v;
    CHECK_OK(sc__energy_open(&e, test_path("none")));
    volatile double x = 1;
    for (int i = 0; i < 30000000; i++) x = x * 1.0000001;
    CHECK_OK(sc__energy_close(e, &v));
    CHECK_STR(json_string_value(json_object_get(v, "source")), "estimate");
    CHECK(json_number_value(json_object_get(v, "joules")) > 0);
    CHECK(strstr(json_string_value(json_object_get(v, "how")), "processor seconds"));
    json_decref(v);
}
