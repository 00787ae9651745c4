/* test_cluster.c - near-duplicates against brute force over all pairs of a random corpus, with an
 * independent idea of words and sets. */
#include "job.h"

#include "base/random.h"

enum { N = 160, WORDS_MAX = 64, TEXT_MAX = WORDS_MAX * 8 };

/* A corpus of short texts, half of them edits of an earlier one. */
typedef struct {
    char text[N][TEXT_MAX];
    int words[N][WORDS_MAX], n_words[N];
    double similarity[N][N];
    int cluster[N];
} corpus;
static corpus the_corpus;

static uint64_t counter, fixed_seed;
static int below(int n) {
    const uint64_t seed = fixed_seed ? fixed_seed : test_seed();
    return (int)sc__random_below(seed, 1, counter++, (uint64_t)n);
}

static void make_words(corpus *c, int i) {
    if (i && below(2)) {
        const int of = below(i);
        memcpy(c->words[i], c->words[of], sizeof c->words[i]);
        c->n_words[i] = c->n_words[of];
        for (int edits = below(3); edits > 0; edits--)
            c->words[i][below(c->n_words[i])] = below(1000);
        if (below(4) == 0 && c->n_words[i] > 6) c->n_words[i] -= 1 + below(4);
        return;
    }
    c->n_words[i] = below(8) ? 40 + below(WORDS_MAX - 40) : 1 + below(6);
    for (int w = 0; w < c->n_words[i]; w++) c->words[i][w] = below(1000);
}

static void make_text(corpus *c, int i) {
    char *p = c->text[i];
    for (int w = 0; w < c->n_words[i]; w++) {
        const char *glue = w == 0 ? "" : below(5) ? " " : below(2) ? ", " : "\n";
        p += sprintf(p, below(9) ? "%sw%d" : "%sW%d", glue, c->words[i][w]);
    }
}

static bool same_gram(const corpus *c, int i, int a, int j, int b) {
    return !memcmp(c->words[i] + a, c->words[j] + b, 5 * sizeof(int));
}

/* How many different 5-grams of i there are, and how many of them j has too. */
static void count_grams(const corpus *c, int i, int j, int *own, int *shared) {
    *own = *shared = 0;
    for (int a = 0; a + 5 <= c->n_words[i]; a++) {
        bool is_new = true, found = false;
        for (int b = 0; b < a && is_new; b++) is_new = !same_gram(c, i, a, i, b);
        for (int b = 0; b + 5 <= c->n_words[j] && !found; b++) found = same_gram(c, i, a, j, b);
        *own += is_new;
        *shared += is_new && found;
    }
}

static double brute_similarity(const corpus *c, int i, int j) {
    if (c->n_words[i] < 5 || c->n_words[j] < 5)
        return c->n_words[i] == c->n_words[j] &&
               !memcmp(c->words[i], c->words[j], (size_t)c->n_words[i] * sizeof(int));
    int n_i, n_j, both, again;
    count_grams(c, i, j, &n_i, &both);
    count_grams(c, j, i, &n_j, &again);
    CHECK_INT(both, again);
    return (double)both / (n_i + n_j - both);
}

/* Each is the one before with one word changed: one long cluster. */
static void make_link(corpus *c, int i) {
    c->n_words[i] = 60;
    for (int w = 0; w < 60; w++) c->words[i][w] = i ? c->words[i - 1][w] : below(1000);
    if (i) c->words[i][i * 7 % 60] = below(1000);
}

static void make_corpus_of(corpus *c, void (*make)(corpus *c, int i)) {
    const char *lines[N];
    for (int i = 0; i < N; i++) {
        make(c, i);
        make_text(c, i);
        lines[i] = job_line(i, c->text[i]);
        for (int j = 0; j < i; j++)
            c->similarity[i][j] = c->similarity[j][i] = brute_similarity(c, i, j);
        c->similarity[i][i] = 1;
    }
    job_put(lines, N, 4);
}
static void make_corpus(corpus *c) { make_corpus_of(c, make_words); }

/* The smallest document that i is connected with. */
static void brute_clusters(corpus *c, double threshold) {
    bool changed = true;
    for (int i = 0; i < N; i++) c->cluster[i] = i;
    while (changed) {
        changed = false;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                if (c->similarity[i][j] >= threshold && c->cluster[j] < c->cluster[i]) {
                    c->cluster[i] = c->cluster[j];
                    changed = true;
                }
    }
}

static int id_of(const json_t *o, const char *key) {
    const char *id = json_string_value(json_object_get(o, key));
    CHECK(id);
    return atoi(id);
}

static void check_clusters(const corpus *c, const char *dir) {
    json_t *clusters = job_read(dir, "clusters"), *o, *id;
    int found[N] = {0}, in_clusters = 0;
    size_t k, i;
    json_array_foreach(clusters, k, o) {
        const json_t *ids = json_object_get(o, "ids");
        const int first = atoi(json_string_value(json_array_get(ids, 0)));
        CHECK_INT(json_integer_value(json_object_get(o, "cluster")), k + 1);
        CHECK_INT(json_integer_value(json_object_get(o, "size")), json_array_size(ids));
        CHECK(json_array_size(ids) > 1);
        json_array_foreach(ids, i, id) {
            const int n = atoi(json_string_value(id));
            CHECK(!found[n]++);
            CHECK_INT(c->cluster[n], first);
            in_clusters++;
        }
    }
    for (int n = 0; n < N; n++) {
        int size = 0;
        for (int m = 0; m < N; m++) size += c->cluster[m] == c->cluster[n];
        in_clusters -= size > 1;
    }
    CHECK_INT(in_clusters, 0);
    json_decref(clusters);
}

/* Whoever is kept, in which order, and that nobody is dropped for one less alike. */
static void check_dropped(const corpus *c, const char *dir, double threshold) {
    json_t *kept = job_read(dir, "documents"), *dropped = job_read(dir, "dropped"), *o;
    bool is_kept[N] = {false};
    int last = -1;
    size_t k;
    CHECK_INT(json_array_size(kept) + json_array_size(dropped), N);
    json_array_foreach(kept, k, o) {
        CHECK(id_of(o, "id") > last);
        is_kept[last = id_of(o, "id")] = true;
        CHECK_STR(json_string_value(json_object_get(o, "text")), c->text[last]);
    }
    json_array_foreach(dropped, k, o) {
        const json_t *why = json_object_get(json_object_get(o, "metadata"), "dropped");
        const int n = id_of(o, "id"), of = id_of(why, "duplicate_of");
        CHECK_STR(json_string_value(json_object_get(why, "step")), "dedup");
        CHECK_STR(json_string_value(json_object_get(why, "method")), "minhash");
        CHECK(is_kept[of] && !is_kept[n] && c->similarity[n][of] >= threshold);
        CHECK_NEAR(json_real_value(json_object_get(why, "similarity")), c->similarity[n][of], 1e-6);
    }
    for (int i = 0; i < N; i++) /* no two that are kept are alike */
        for (int j = 0; j < i; j++)
            CHECK(!is_kept[i] || !is_kept[j] || c->similarity[i][j] < threshold);
    json_decref(kept);
    json_decref(dropped);
}

/* With so many bands of two rows every pair above 0.5 is a candidate, but for one in 10^16. */
static const sc_dedup_options all_pairs = {.bands = 128, .rows = 2, .common.threads = 2};

static void check_threshold(corpus *c, double threshold) {
    sc_dedup_report r;
    sc_dedup_options o = all_pairs;
    o.threshold = threshold;
    const char *dir = job_run(&r, "out", &o);
    brute_clusters(c, threshold);
    check_clusters(c, dir);
    check_dropped(c, dir, threshold);
    CHECK_INT(r.kept + r.dropped, N);
    CHECK(r.clusters > 0);
}

TEST(cluster_chain, "stage/curation/dedup/cluster/a_long_chain") {
    corpus *c = &the_corpus;
    make_corpus_of(c, make_link);
    check_threshold(c, 0.8);
    CHECK_INT(c->cluster[N - 1], 0);
    sc_dedup_report r;
    sc_dedup_options o = all_pairs;
    o.common.threads = 1;
    o.keep = SC_DEDUP_LONGEST;
    const char *one = job_run(&r, "one", &o);
    o.common.threads = 3;
    const char *three = job_run(&r, "three", &o);
    CHECK(job_same(one, three, "documents") && job_same(one, three, "dropped"));
    check_dropped(c, one, 0.8);
}

TEST(cluster_brute_force, "stage/curation/dedup/cluster/brute_force") {
    corpus *c = &the_corpus;
    make_corpus(c);
    check_threshold(c, 0.8);
    check_threshold(c, 0.5);
    check_threshold(c, 1);
}

TEST(cluster_recall, "stage/curation/dedup/cluster/recall_of_the_usual_bands") {
    corpus *c = &the_corpus;
    sc_dedup_report r;
    int pairs = 0, found = 0, at[N] = {0};
    size_t k, i;
    json_t *o, *id;
    fixed_seed = 1; /* a share of few pairs: of some corpora it is below any bound */
    make_corpus(c);
    json_t *clusters = job_read(job_run(&r, "out", NULL), "clusters");
    json_array_foreach(clusters, k, o) json_array_foreach(json_object_get(o, "ids"), i, id)
        at[atoi(json_string_value(id))] = (int)k + 1;
    for (int n = 0; n < N; n++)
        for (int m = 0; m < n; m++) {
            if (c->similarity[n][m] < 0.8) continue;
            pairs++;
            found += at[n] && at[n] == at[m];
        }
    CHECK(pairs > 30);
    CHECK(found >= 0.9 * pairs);
    json_decref(clusters);
}

/* The same, so long that not every keeper is looked at: each document is alike to its neighbours
 * and to nothing further away, so that who is kept can be told from the six before it. */
TEST(cluster_long_chain, "stage/curation/dedup/cluster/a_chain_beyond_a_thousand") {
    enum { LINKS = 1500, AGO = 6 };
    corpus *c = &the_corpus;
    const char *lines[LINKS];
    bool want[LINKS];
    for (int i = 0; i < LINKS; i++) { /* the last N documents are at i % N */
        const int at = i % N, before = (i + N - 1) % N;
        c->n_words[at] = 60;
        for (int w = 0; w < 60; w++) c->words[at][w] = i ? c->words[before][w] : below(1000);
        if (i) c->words[at][i * 7 % 60] = 1000 + i;
        make_text(c, at);
        lines[i] = job_line(i, c->text[at]);
        want[i] = true;
        for (int k = 1; k <= AGO && k <= i; k++)
            want[i] &= !want[i - k] || brute_similarity(c, at, (i - k) % N) < 0.8;
    }
    job_put(lines, LINKS, 3);
    sc_dedup_report r;
    const char *dir = job_run(&r, "out", &all_pairs);
    json_t *kept = job_read(dir, "documents");
    size_t at = 0;
    for (int i = 0; i < LINKS; i++)
        if (want[i]) CHECK_INT(id_of(json_array_get(kept, at++), "id"), i);
    CHECK_INT(json_array_size(kept), at);
    CHECK_INT(r.clusters, 1);
    json_decref(kept);
}

static int words_of(const corpus *c, int i) { return (int)strlen(c->text[i]); }

/* longest: of a pair that is alike and by itself, the longer text stays. */
TEST(cluster_longest, "stage/curation/dedup/cluster/keep_longest") {
    corpus *c = &the_corpus;
    sc_dedup_report r;
    sc_dedup_options o = all_pairs;
    o.keep = SC_DEDUP_LONGEST;
    make_corpus(c);
    const char *dir = job_run(&r, "out", &o);
    check_dropped(c, dir, 0.8);
    json_t *dropped = job_read(dir, "dropped"), *row;
    size_t k;
    json_array_foreach(dropped, k, row) {
        const json_t *why = json_object_get(json_object_get(row, "metadata"), "dropped");
        CHECK(words_of(c, id_of(why, "duplicate_of")) >= words_of(c, id_of(row, "id")));
    }
    json_decref(dropped);
}

TEST(cluster_best, "stage/curation/dedup/cluster/keep_best") {
    sc_dedup_report r;
    const char *lines[] = {
        "{\"id\":\"a\",\"text\":\"one two three\",\"metadata\":{\"q\":{\"s\":0.5}}}",
        "{\"id\":\"b\",\"text\":\"one two three\"}",
        "{\"id\":\"c\",\"text\":\"one two three\",\"metadata\":{\"q\":{\"s\":2}}}",
        "{\"id\":\"d\",\"text\":\"one two three\",\"q\":{\"s\":2}}",
        "{\"id\":\"e\",\"text\":\"one two three\",\"metadata\":{\"q\":{\"s\":\"9\"}}}"};
    job_put(lines, 5, 2);
    sc_dedup_options o = {.keep = SC_DEDUP_BEST};
    const char *in = test_path("in");
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, test_path("out"), &o));
    o.score = "q.s";
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    CHECK_INT(json_array_size(kept), 1);
    CHECK_STR(json_string_value(json_object_get(json_array_get(kept, 0), "id")), "c");
    json_decref(kept);
}

/* Thousands of equal documents in one bucket, and a chain whose ends are not alike. */
TEST(cluster_large, "stage/curation/dedup/cluster/large_buckets") {
    enum { EQUAL = 3000 };
    sc_dedup_report r;
    const char *lines[EQUAL + 3];
    for (int i = 0; i < EQUAL; i++) lines[i] = job_line(i, "the same few words again and again");
    lines[EQUAL] = job_line(EQUAL, "a b c d e f g h i j k l m n o p q r s t");
    lines[EQUAL + 1] = job_line(EQUAL + 1, "a b c d e f g h i j k l m n o p q r s t u v");
    lines[EQUAL + 2] = job_line(EQUAL + 2, "a b c d e f g h i j k l m n o p q r s t u v w x");
    job_put(lines, EQUAL + 3, 1);
    sc_dedup_options o = all_pairs;
    o.threshold = 0.88; /* 16/18, 18/20; the ends 16/20 */
    const char *dir = job_run(&r, "out", &o);
    CHECK_INT(r.clusters, 2);
    CHECK_INT(r.kept, 3);
    json_t *clusters = job_read(dir, "clusters");
    CHECK_INT(json_array_size(json_object_get(json_array_get(clusters, 0), "ids")), EQUAL);
    CHECK_INT(json_array_size(json_object_get(json_array_get(clusters, 1), "ids")), 3);
    CHECK_INT(json_array_size(json_object_get(json_array_get(clusters, 1), "kept")), 2);
    json_decref(clusters);
}
