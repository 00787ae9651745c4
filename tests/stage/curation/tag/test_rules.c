/* test_rules.c - every rule of the table on both sides of its threshold. */
#include "test.h"

#include "stage/curation/tag/rules.h"

static sc_status open_rules(sc_rules **out, const char *set, const char *setting) {
    const sc_rules_options o = {
        .sets = &set, .n_sets = 1, .settings = &setting, .n_settings = setting != NULL};
    return sc__rules_open(out, &o);
}

typedef struct {
    sc_tags tags;
    sc_judge *judge;
    sc_verdict v;
} trial;

static void begin(trial *t, const sc_rules *r, const char *text) {
    sc__tags_init(&t->tags, NULL);
    sc__tags_clear(&t->tags, (sc_slice){text, strlen(text)});
    CHECK_OK(sc__judge_open(&t->judge, r, &t->tags));
}

static void say(trial *t, const char *attribute, size_t start, size_t end, double value) {
    sc__tags_add(&t->tags, sc__tags_find(&t->tags, attribute), start, end, value);
}

static void end(trial *t) {
    sc__judge_close(t->judge);
    sc__tags_deinit(&t->tags);
}

static const char *const text = "one line\nand two\n\nthree";

/* What the rule does to a value: 'k'eep, 'd'rop, 'c'ut. */
static char judged(const sc_rules *r, const sc_rule *rule, double value) {
    trial t;
    begin(&t, r, text);
    say(&t, rule->attribute, 9, 16, value);
    CHECK_OK(sc__judge_run(&t.v, t.judge));
    const char did = t.v.dropped ? 'd' : t.v.n_cuts ? 'c' : 'k';
    if (t.v.dropped) {
        CHECK_STR(sc__rules_get(r, t.v.rule)->name, rule->name);
        CHECK(t.v.value == value && t.v.threshold == rule->threshold);
        if (rule->spans == SC_RULE_EACH) CHECK(t.v.span.start == 9 && t.v.span.end == 16);
    }
    end(&t);
    return did;
}

/* All rules of its set but itself off. */
static void open_alone(sc_rules **out, const sc_rule *rule, const char *own) {
    char room[64][96];
    const char *settings[64];
    int n = 0;
    for (int i = 0; i < sc__n_rules; i++) {
        const sc_rule *other = &sc__rule_table[i];
        if (strcmp(other->set, rule->set) || other == rule) continue;
        snprintf(room[n], sizeof room[n], "%s.%s=off", other->set, other->name);
        settings[n] = room[n];
        n++;
    }
    settings[n++] = own;
    const sc_rules_options o = {
        .sets = &rule->set, .n_sets = 1, .settings = settings, .n_settings = n};
    CHECK_OK(sc__rules_open(out, &o));
    CHECK_INT(sc__rules_count(*out), 1);
}

TEST(rules_thresholds, "stage/curation/tag/rules/thresholds") {
    for (int i = 0; i < sc__n_rules; i++) {
        const sc_rule *row = &sc__rule_table[i];
        char own[96];
        sc_rules *r;
        snprintf(own, sizeof own, "%s.%s=%.17g", row->set, row->name,
                 isnan(row->threshold) ? 10 : row->threshold);
        open_alone(&r, row, own);
        const sc_rule *rule = sc__rules_get(r, 0);
        const double at = rule->threshold;
        const char does = rule->action == SC_RULE_DROP ? 'd' : 'c';
        const bool less = rule->compare == SC_RULE_LESS;
        CHECK_INT(judged(r, rule, at), 'k');
        CHECK_INT(judged(r, rule, nextafter(at, -1e9)), less ? does : 'k');
        CHECK_INT(judged(r, rule, nextafter(at, 1e9)), less ? 'k' : does);
        sc__rules_close(r);
    }
}

TEST(rules_table, "stage/curation/tag/rules/table") {
    for (int i = 0; i < sc__n_rules; i++) {
        const sc_rule *row = &sc__rule_table[i];
        sc_rules *r;
        char first[96];
        CHECK(*row->help && *row->source);
        snprintf(first, sizeof first, "%s.%s=7", row->set, row->name);
        CHECK_OK(open_rules(&r, row->set, first)); /* finds its tagger */
        sc__rules_close(r);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(row->set, sc__rule_table[k].set) ||
                  strcmp(row->name, sc__rule_table[k].name));
    }
}

TEST(rules_usage, "stage/curation/tag/rules/usage") {
    sc_rules *r;
    CHECK_STATUS(SC_USAGE, open_rules(&r, "gopher", NULL));
    CHECK_STATUS(SC_USAGE, open_rules(&r, "gopher-qualty", NULL));
    CHECK_ERROR("did you mean \"gopher-quality\"");
    CHECK_STATUS(SC_USAGE, open_rules(&r, "c4", "c4.min_sentences=many"));
    CHECK_STATUS(SC_USAGE, open_rules(&r, "c4", "c4.min_sentences=nan"));
    CHECK_STATUS(SC_USAGE, open_rules(&r, "c4", "c4.min_sentences="));
    CHECK_STATUS(SC_USAGE, open_rules(&r, "c4", "c4"));
    CHECK_STATUS(SC_USAGE, open_rules(&r, "c4", "c4.min_sentences=redact")); /* a sum has no span */
    CHECK_ERROR("can only drop");
    CHECK_STATUS(SC_USAGE, open_rules(&r, "words", "words.max_hits=off"));
    CHECK_ERROR("no rule");
    const char *twice[] = {"c4", "c4"};
    const sc_rules_options o = {.sets = twice, .n_sets = 2};
    CHECK_STATUS(SC_USAGE, sc__rules_open(&r, &o));
    int n;
    CHECK_OK(open_rules(&r, "c4", "c4.bad_words_list=x")); /* the tagger's */
    CHECK_STR(sc__rules_rest(r, &n)[0], "c4.bad_words_list=x");
    CHECK_INT(n, 1);
    CHECK_STR(sc__rules_taggers(r, &n)[0], "c4");
    CHECK_INT(n, 1);
    sc__rules_close(r);
}

/* A later rule of a set does not see what an earlier one has cut; another set does. */
TEST(rules_order, "stage/curation/tag/rules/order") {
    const char *sets[] = {"c4", "words"};
    const sc_rules_options o = {.sets = sets, .n_sets = 2};
    sc_rules *r;
    trial t;
    CHECK_OK(sc__rules_open(&r, &o));
    begin(&t, r, text);
    say(&t, "c4__sentences", 0, 8, 4);
    say(&t, "c4__sentences", 9, 16, 4);
    say(&t, "c4__curly_bracket", 9, 16, 1);
    say(&t, "c4__no_end", 9, 16, 1);
    CHECK_OK(sc__judge_run(&t.v, t.judge));
    CHECK(t.v.dropped && t.v.value == 4 && t.v.threshold == 5); /* of the first line alone */
    CHECK_STR(sc__rules_get(r, t.v.rule)->name, "min_sentences");
    say(&t, "c4__sentences", 18, 23, 1);
    CHECK_OK(sc__judge_run(&t.v, t.judge));
    CHECK(!t.v.dropped && t.v.n_cuts == 1);
    say(&t, "words__hits", 9, 16, 1); /* stands in the line that c4 cuts */
    CHECK_OK(sc__judge_run(&t.v, t.judge));
    CHECK_STR(sc__rules_get(r, t.v.rule)->set, "words");
    end(&t);
    sc__rules_close(r);
}

static void check_left(const sc_span *cuts, int64_t n, const char *whole, const char *want) {
    sc_buffer out = SC_BUFFER_INIT;
    const sc_verdict v = {.cuts = cuts, .n_cuts = n};
    sc__buffer_puts(&out, "");
    CHECK_OK(sc__verdict_apply(&out, &v, (sc_slice){whole, strlen(whole)}));
    CHECK_STR(out.data, want);
    sc__buffer_deinit(&out);
}

#define LEFT(whole, want, ...)                                                                     \
    check_left((const sc_span[]){__VA_ARGS__}, SC_LEN(((const sc_span[]){__VA_ARGS__})), whole,    \
               want)

TEST(rules_apply, "stage/curation/tag/rules/apply") {
    LEFT("one\ntwo\nthree", "one\nthree", {4, 7, NULL}); /* a line with its end */
    LEFT("one\r\ntwo\r\nthree", "one\r\nthree", {5, 8, NULL});
    LEFT("one\ntwo\nthree", "two\nthree", {0, 3, NULL});
    LEFT("one\ntwo\nthree", "one\ntwo", {8, 13, NULL});
    LEFT("one\n\ntwo", "one\ntwo", {4, 4, NULL});  /* an empty line */
    LEFT("one [1] two", "one  two", {4, 7, NULL}); /* a part */
    LEFT("one two\nx", "one\nx", {3, 7, NULL});
    LEFT("one\n  two \nx", "one\ntwo\nx", {4, 6, NULL}, {9, 10, NULL});
    LEFT("a\nb\nc\n", "b", {0, 1, NULL}, {4, 5, NULL});
    LEFT("all", "", {0, 3, NULL});
    LEFT("a\xE2\x80\xA8"
         "b\xE2\x80\xA8"
         "c",
         "a\xE2\x80\xA8"
         "c",
         {4, 5, NULL});
    check_left(NULL, 0, " kept as it is ", " kept as it is ");
}

/* Spans in any order, inside one another, twice. */
TEST(rules_spans, "stage/curation/tag/rules/spans") {
    sc_rules *r;
    trial t;
    CHECK_OK(open_rules(&r, "c4", "c4.min_sentences=off"));
    begin(&t, r, text);
    say(&t, "c4__citation", 18, 23, 1);
    say(&t, "c4__citation", 2, 6, 1);
    say(&t, "c4__citation", 5, 8, 1);
    say(&t, "c4__citation", 2, 6, 1);
    say(&t, "c4__no_end", 0, 3, 1);
    CHECK_OK(sc__judge_run(&t.v, t.judge));
    CHECK_INT(t.v.n_cuts, 2);
    CHECK(t.v.cuts[0].start == 0 && t.v.cuts[0].end == 8);
    CHECK(t.v.cuts[1].start == 18 && t.v.cuts[1].end == 23);
    end(&t);
    sc__rules_close(r);
}

static sc_status judge_once(void *arg) {
    (void)arg;
    sc_rules *r = NULL;
    sc_tags tags;
    sc_judge *j = NULL;
    sc_verdict v;
    sc_buffer out = SC_BUFFER_INIT;
    sc__tags_init(&tags, NULL);
    sc__tags_clear(&tags, (sc_slice){text, strlen(text)});
    sc_status s = open_rules(&r, "c4", NULL);
    if (s >= 0) s = sc__judge_open(&j, r, &tags);
    if (s >= 0) {
        sc__tags_add(&tags, sc__tags_find(&tags, "c4__no_end"), 0, 8, 1);
        sc__tags_add(&tags, sc__tags_find(&tags, "c4__sentences"), 9, 16, 8);
        s = tags.status;
    }
    if (s >= 0) s = sc__judge_run(&v, j);
    if (s >= 0) s = sc__verdict_apply(&out, &v, (sc_slice){text, strlen(text)});
    sc__buffer_deinit(&out);
    sc__judge_close(j);
    sc__rules_close(r);
    sc__tags_deinit(&tags);
    return s;
}

TEST(rules_oom, "stage/curation/tag/rules/oom") { CHECK(test_oom(judge_once, NULL) > 8); }
