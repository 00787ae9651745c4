/* test_monitor.c - event files byte for byte as TensorBoard's own writer makes them, curves in
 * bounded memory, and a report that is whole and needs nothing else. */
#include "tiny.h"

#include "base/clock.h"
#include "stage/training/monitor.h"
#include "stage/training/watch/curve.h"
#include "stage/training/watch/tensorboard.h"

#include <glob.h>

/* What tensorboard 2.21's RecordWriter writes for the same events. */
TEST(events_golden, "stage/training/monitor/events_golden") {
    static const char want[] =
        "\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7f\x4b\x22\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x1a"
        "\x0d\x62\x72\x61\x69\x6e\x2e\x45\x76\x65\x6e\x74\x3a\x32\x2a\x28\x64\x6c"
        "\x31\x00\x00\x00\x00\x00\x00\x00\x9d\x83\x83\xe9\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10"
        "\xac\x02\x2a\x23\x0a\x0b\x0a\x04\x6c\x6f\x73\x73\x15\x00\x00\x20\x40\x0a\x14\x0a\x0d\x6c"
        "\x65\x61\x72\x6e\x69\x6e\x67\x5f\x72\x61\x74\x65\x15\x6f\x12\x83\x3a\xa9\x62\x26\x43"
        "\x10\x00\x00\x00\x00\x00\x00\x00\x95\xfb\xfe\x18\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10"
        "\xad\x02\x3a\x02\x08\x01\xd1\x79\x49\xd4";
    const sc_scalar s[] = {{"loss", 2.5}, {"learning_rate", 0.001}};
    sc_buffer b = SC_BUFFER_INIT;
    sc__event_version(&b, 1.5);
    sc__event_scalars(&b, 1.5, 300, s, 2);
    sc__event_restart(&b, 1.5, 301);
    CHECK_INT(b.len, sizeof want - 1);
    CHECK(!memcmp(b.data, want, b.len));
    sc__buffer_deinit(&b);
}

TEST(curve_bounded, "stage/training/monitor/curve_bounded") {
    enum { N = 100000 };
    sc_curve *c = calloc(1, sizeof *c);
    CHECK(c);
    double sum = 0, of_buckets = 0;
    int64_t n = 0;
    for (int i = 1; i <= N; i++) {
        const double y = i == 777 ? 1e6 : i % 10;
        sc__curve_push(c, i, y);
        sum += y;
        CHECK(c->n >= 1 && c->n <= SC_CURVE_BUCKETS && (i < 1000 || c->n >= 500));
    }
    double largest = 0;
    for (int i = 0; i < c->n; i++) {
        of_buckets += c->buckets[i].sum;
        n += c->buckets[i].n;
        largest = fmax(largest, c->buckets[i].max);
        CHECK(i == 0 || c->buckets[i].x > c->buckets[i - 1].x);
        CHECK(c->buckets[i].min <= sc__curve_mean(c, i) &&
              sc__curve_mean(c, i) <= c->buckets[i].max);
    }
    CHECK_NEAR(of_buckets, sum, 1e-6);
    CHECK_INT(n, N);
    CHECK_NEAR(largest, 1e6, 0); /* a spike stays in sight */
    CHECK_NEAR(c->buckets[c->n - 1].x, N, 0);
    sc__curve_push(c, N + 1, (double)NAN); /* is left out */
    CHECK_NEAR(c->buckets[c->n - 1].x, N, 0);
    free(c);
}

static sc_train_event step_event(int64_t i) {
    return (sc_train_event){.kind = SC_TRAIN_STEP,
                            .step = i,
                            .n_steps = 400,
                            .tokens = 64 * i,
                            .loss = 3.2 + 1.0 / (double)i,
                            .learning_rate = 1e-3,
                            .grad_norm = 1,
                            .tokens_per_second = 1000,
                            .mfu = 0.5,
                            .seconds = (double)i,
                            .eta = 7};
}

static sc_monitor_options options(int64_t resumed_from) {
    return (sc_monitor_options){.output = test_path("run"),
                                .recipe = "a: <script>&\n",
                                .model = "gpt2",
                                .machine = "2 threads",
                                .n_vocab = 65,
                                .resumed_from = resumed_from};
}

static sc_buffer report_text(void) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, test_path("run/report.html"), 1 << 24));
    CHECK(b.data);
    return b;
}

/* Steps first .. last with an evaluation and a sample at each hundredth. */
static void watch(int64_t resumed_from, int64_t last, sc_status ended) {
    const sc_monitor_options o = options(resumed_from);
    sc_monitor *m;
    CHECK_OK(sc__dir_make(o.output));
    CHECK_OK(sc__monitor_open(&m, &o));
    for (int64_t i = resumed_from + 1; i <= last; i++) {
        sc_train_event e = step_event(i);
        CHECK_OK(sc__monitor_event(m, &e));
        if (i % 100) continue;
        e = (sc_train_event){
            .kind = SC_TRAIN_VALID, .step = i, .val_loss = 3.25, .val_bits_per_byte = 2};
        CHECK_OK(sc__monitor_event(m, &e));
        e = (sc_train_event){
            .kind = SC_TRAIN_SAMPLE, .step = i, .n_prompt = 5, .text = "Hello <b>\x01&world"};
        CHECK_OK(sc__monitor_event(m, &e));
    }
    if (ended < 0) (void)SC_FAIL(ended, "the <disk> is full");
    CHECK_OK(sc__monitor_close(m, ended));
}

TEST(report_page, "stage/training/monitor/report_page") {
    static const char *const parts[] = {
        "<!doctype html>",
        "step 200 of 400",
        "<svg",
        "Learning rate",
        "Gradient norm",
        "tokens a second",
        "chance, 4.17",
        "a: &lt;script&gt;&amp;",
        "<span class=\"prompt\">Hello</span> &lt;b&gt;\xEF\xBF\xBD&amp;world",
        "prefers-color-scheme",
        "<span class=\"state failed\">",
        "the &lt;disk&gt; is full",
        "</html>"};
    static const char *const foreign[] = {"<script", "http://", "https://",
                                          "src=",    "nan",     "http-equiv"};
    watch(0, 200, SC_IO);
    sc_buffer b = report_text();
    for (int i = 0; i < SC_LEN(parts); i++)
        if (!strstr(b.data, parts[i])) test_fail(__FILE__, __LINE__, "no %s", parts[i]);
    for (int i = 0; i < SC_LEN(foreign); i++)
        if (strstr(b.data, foreign[i])) test_fail(__FILE__, __LINE__, "%s in it", foreign[i]);
    sc__buffer_deinit(&b);
}

TEST(report_resumed, "stage/training/monitor/report_resumed") {
    sc_buffer whole = SC_BUFFER_INIT, resumed = SC_BUFFER_INIT;
    watch(0, 400, SC_OK);
    CHECK_OK(sc__file_read(&whole, test_path("run/metrics.jsonl"), 1 << 24));
    sc_buffer page = report_text();
    watch(0, 290, SC_INTERRUPTED);
    FILE *f = fopen(test_path("run/metrics.jsonl"), "a"); /* what a kill leaves */
    CHECK(f && fputs("{\"step\":291,\"lo", f) >= 0 && !fclose(f));
    watch(250, 400, SC_OK);
    CHECK_OK(sc__file_read(&resumed, test_path("run/metrics.jsonl"), 1 << 24));
    CHECK_STR(resumed.data, whole.data);
    sc_buffer again = report_text();
    CHECK_STR(again.data, page.data);
    sc__buffer_deinit(&whole);
    sc__buffer_deinit(&resumed);
    sc__buffer_deinit(&page);
    sc__buffer_deinit(&again);
}

/* The page of a long run: bounded in size, and quick to write. */
TEST(report_long, "stage/training/monitor/report_long") {
    const sc_monitor_options o = options(0);
    sc_monitor *m;
    CHECK_OK(sc__dir_make(o.output));
    CHECK_OK(sc__monitor_open(&m, &o));
    for (int64_t i = 1; i <= 20000; i++) {
        const sc_train_event e = step_event(i);
        CHECK_OK(sc__monitor_event(m, &e));
    }
    CHECK_OK(sc__monitor_close(m, SC_OK));
    sc_buffer b = report_text();
    CHECK(b.len < 400000);
    sc__buffer_deinit(&b);
}

static sc_status open_and_close(void *arg) {
    sc_monitor *m;
    const sc_train_event e = step_event(1),
                         sample = {.kind = SC_TRAIN_SAMPLE, .step = 1, .text = "x"};
    SC_TRY(sc__monitor_open(&m, arg));
    sc_status s = sc__monitor_event(m, &e);
    if (s >= 0) s = sc__monitor_event(m, &sample);
    const sc_status closed = sc__monitor_close(m, s);
    return s < 0 ? s : closed;
}

TEST(monitor_memory, "stage/training/monitor/memory") {
    sc_monitor_options o = options(0);
    CHECK_OK(sc__dir_make(o.output));
    CHECK(test_oom(open_and_close, &o) > 20);
}
