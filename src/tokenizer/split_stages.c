/* split_stages.c - stages that cut at patterns, at classes of characters and at every so many. */
#include "base/json.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

/* -- patterns -------------------------------------------------------------------------------- */

static sc_status by_hand(sc_split *s, int stage, const char *text, size_t n) {
    sc_piece_length *length = sc__pattern_fast(s->t->stages[stage].pattern);
    const bool last = stage + 1 == s->t->n_stages;
    for (const char *p = text, *end = text + n; p < end;) {
        const size_t len = length(&s->t->chars, p, end);
        SC_TRY(last ? s->piece(s->user, p, len) : sc__split_hand(s, stage, p, len));
        p += len;
    }
    return SC_OK;
}

static sc_status by_pattern(sc_split *s, int stage, const char *text, size_t n) {
    const sc_stage *g = &s->t->stages[stage];
    sc_matches at = SC_MATCHES_INIT(g->pattern, s->matcher, text, n);
    sc_cutter c = {.s = s, .text = text, .stage = stage, .behavior = g->behavior};
    size_t done = 0, from, to;
    sc_status found;
    while ((found = sc__matches_next(&at, &from, &to)) == SC_OK) {
        if (from > done) SC_TRY(sc__cutter_put(&c, g->invert, done, from));
        SC_TRY(sc__cutter_put(&c, !g->invert, from, to));
        done = to;
    }
    SC_TRY(found);
    if (done < n) SC_TRY(sc__cutter_put(&c, g->invert, done, n));
    return sc__cutter_finish(&c);
}

/* Patterns that are read by hand match all of a text: each match is a piece. */
static void choose_reader(sc_stage *g) {
    const bool all =
        g->behavior == SC_BEHAVIOR_ISOLATED || (g->behavior == SC_BEHAVIOR_REMOVED && g->invert);
    if (!sc__pattern_fast(g->pattern) || !all) return;
    g->run = by_hand;
    g->may_cut = true;
}

static sc_status parse_behavior(sc_behavior *out, const json_t *part, const char *name) {
    static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};
    const char *behavior;
    SC_TRY(sc__json_get_string(&behavior, part, "behavior", "Isolated", name));
    for (int i = 0; i < SC_LEN(names); i++)
        if (!strcmp(behavior, names[i])) return *out = (sc_behavior)i, SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer.behavior: \"%s\" is not known", name, behavior);
}

sc_status sc__stage_split(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    SC_TRY(sc__stage_push(&g, t, by_pattern, name));
    SC_TRY(parse_behavior(&g->behavior, part, name));
    SC_TRY(sc__json_get_bool(&g->invert, part, "invert", false, name));
    SC_TRY(sc__pattern_parse(&g->pattern, json_object_get(part, "pattern"), name,
                             "pre_tokenizer.pattern"));
    choose_reader(g);
    return SC_OK;
}

/* -- ByteLevel ------------------------------------------------------------------------------- */

static sc_status prefix_stage(sc_split *s, int stage, const char *text, size_t n) {
    if (*text == ' ' || (stage == 0 && s->continued)) return sc__split_hand(s, stage, text, n);
    sc_rewrite w = sc__split_rewrite(s, stage, text, n);
    sc_text before;
    int len;
    sc__utf8_decode(text, &len);
    sc__skip(&w, (size_t)len);
    sc__put(&w, " ", 1, 1);
    sc__copy(&w, 0, n);
    SC_TRY(sc__split_enter(s, &w, &before));
    const sc_status done = sc__split_hand(s, stage, s->now.text, s->now.n);
    s->now = before;
    return done;
}

/* The bytes in GPT-2's alphabet, for models that see characters. */
static sc_status spell_stage(sc_split *s, int stage, const char *text, size_t n) {
    sc_rewrite w = sc__split_rewrite(s, stage, text, n);
    sc_text before;
    sc__spell_bytes(&w);
    SC_TRY(sc__split_enter(s, &w, &before));
    const sc_status done = sc__split_hand(s, stage, s->now.text, s->now.n);
    s->now = before;
    return done;
}

sc_status sc__stage_byte_level(sc_tokenizer *t, const json_t *part, const char *name) {
    bool use_regex, prefix;
    sc_stage *g;
    SC_TRY(sc__json_get_bool(&use_regex, part, "use_regex", true, name));
    SC_TRY(sc__json_get_bool(&prefix, part, "add_prefix_space", true, name));
    if (prefix) {
        SC_TRY(sc__stage_push(&g, t, prefix_stage, name));
        g->prefix_space = true;
    }
    if (use_regex) {
        const sc_pattern_options o = {sc__pattern_gpt2, false, false, name,
                                      "pre_tokenizer.use_regex"};
        SC_TRY(sc__stage_push(&g, t, by_pattern, name));
        g->behavior = SC_BEHAVIOR_ISOLATED;
        SC_TRY(sc__pattern_open(&g->pattern, &o));
        choose_reader(g);
    }
    SC_TRY(sc__stage_push(&g, t, spell_stage, name));
    g->spell = true; /* taken off again where it is the last and the model sees bytes */
    return SC_OK;
}

/* -- classes --------------------------------------------------------------------------------- */

static inline uint8_t class_bits(const sc_split *s, const char *p, int *n) {
    return sc__char_class_bits(&s->t->classes, sc__utf8_decode(p, n));
}

static sc_status by_class(sc_split *s, int stage, const char *text, size_t n) {
    const sc_stage *g = &s->t->stages[stage];
    sc_cutter c = {.s = s, .text = text, .stage = stage, .behavior = g->behavior};
    size_t done = 0;
    for (size_t i = 0; i < n;) {
        int len;
        const uint32_t point = sc__utf8_decode(text + i, &len);
        const size_t to = i + (size_t)len;
        if (g->classes ? sc__char_class_bits(&s->t->classes, point) & g->classes
                       : point == g->point) {
            if (i > done) SC_TRY(sc__cutter_put(&c, false, done, i));
            SC_TRY(sc__cutter_put(&c, true, i, to));
            done = to;
        }
        i = to;
    }
    if (done < n) SC_TRY(sc__cutter_put(&c, false, done, n));
    return sc__cutter_finish(&c);
}

static sc_status push_classes(sc_stage **out, sc_tokenizer *t, uint8_t classes, const char *name) {
    SC_TRY(sc__char_classes_init(&t->classes));
    SC_TRY(sc__stage_push(out, t, by_class, name));
    (*out)->classes = classes;
    return SC_OK;
}

sc_status sc__stage_space(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    (void)part;
    SC_TRY(push_classes(&g, t, SC_SPLIT_SPACE, name));
    g->behavior = SC_BEHAVIOR_REMOVED;
    g->may_cut = true;
    return SC_OK;
}

sc_status sc__stage_punctuation(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    SC_TRY(push_classes(&g, t, SC_SPLIT_PUNCTUATION, name));
    return parse_behavior(&g->behavior, part, name);
}

sc_status sc__stage_digits(sc_tokenizer *t, const json_t *part, const char *name) {
    bool single;
    sc_stage *g;
    SC_TRY(sc__json_get_bool(&single, part, "individual_digits", false, name));
    SC_TRY(push_classes(&g, t, SC_SPLIT_NUMBER, name));
    g->behavior = single ? SC_BEHAVIOR_ISOLATED : SC_BEHAVIOR_CONTIGUOUS;
    return SC_OK;
}

sc_status sc__stage_delimiter(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    SC_TRY(sc__stage_push(&g, t, by_class, name));
    g->behavior = SC_BEHAVIOR_REMOVED;
    return sc__json_get_char(&g->point, part, "delimiter", name);
}

/* Words and runs of what is neither word nor white space. */
static sc_status words_stage(sc_split *s, int stage, const char *text, size_t n) {
    for (size_t i = 0, from; i < n;) {
        int len = 0;
        const uint8_t mask = SC_SPLIT_WORD | SC_SPLIT_SPACE;
        const uint8_t kind = class_bits(s, text + i, &len) & mask;
        from = i;
        do i += (size_t)len;
        while (i < n && (class_bits(s, text + i, &len) & mask) == kind);
        if (!(kind & SC_SPLIT_SPACE)) SC_TRY(sc__split_hand(s, stage, text + from, i - from));
    }
    return SC_OK;
}

sc_status sc__stage_whitespace(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    (void)part;
    SC_TRY(sc__char_classes_init(&t->classes));
    SC_TRY(sc__stage_push(&g, t, words_stage, name));
    g->may_cut = true;
    return SC_OK;
}

/* White space goes, each punctuation mark is a piece. */
static sc_status bert_stage(sc_split *s, int stage, const char *text, size_t n) {
    size_t from = 0;
    for (size_t i = 0; i < n;) {
        int len;
        const uint8_t bits = class_bits(s, text + i, &len);
        const size_t to = i + (size_t)len;
        if (bits & (SC_SPLIT_SPACE | SC_SPLIT_PUNCTUATION)) {
            SC_TRY(sc__split_hand(s, stage, text + from, i - from));
            if (!(bits & SC_SPLIT_SPACE)) SC_TRY(sc__split_hand(s, stage, text + i, to - i));
            from = to;
        }
        i = to;
    }
    return sc__split_hand(s, stage, text + from, n - from);
}

sc_status sc__stage_bert(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    (void)part;
    SC_TRY(sc__char_classes_init(&t->classes));
    SC_TRY(sc__stage_push(&g, t, bert_stage, name));
    g->may_cut = true;
    return SC_OK;
}

/* -- every so many characters ---------------------------------------------------------------- */

static sc_status length_stage(sc_split *s, int stage, const char *text, size_t n) {
    const int64_t length = s->t->stages[stage].length;
    for (size_t i = 0, from; i < n;) {
        from = i;
        for (int64_t k = 0; k < length && i < n; k++) {
            int len;
            sc__utf8_decode(text + i, &len);
            i += (size_t)len;
        }
        SC_TRY(sc__split_hand(s, stage, text + from, i - from));
    }
    return SC_OK;
}

sc_status sc__stage_fixed_length(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    SC_TRY(sc__stage_push(&g, t, length_stage, name));
    SC_TRY(sc__json_get_int(&g->length, part, "length", 5, name));
    if (g->length >= 1) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer.length: must be 1 or more", name);
}
