/* args.c - GNU long options: --name value, --name=value, `--` ends them, `-` is an operand. */
#include "args.h"

#include "socle/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const cli_option args_common[] = {
    {"threads", CLI_INT, "N", NULL,
     "worker threads (default: $SOCLE_THREADS, else all processors)"},
    {"quiet", CLI_FLAG, NULL, NULL, "no notes and no progress on standard error"},
    {"json", CLI_FLAG, NULL, NULL, "results, and a failure, as JSON on standard output"},
    {"help", CLI_FLAG, NULL, NULL, "this text"},
    {0},
};

static const cli_option *find_in(const cli_option *table, const char *name, size_t len) {
    for (const cli_option *o = table; o && o->name; o++)
        if (strlen(o->name) == len && !memcmp(o->name, name, len)) return o;
    return NULL;
}

static const cli_option *find_option(const cli_verb *verb, const char *name, size_t len) {
    const cli_option *o = find_in(verb->options, name, len);
    return o ? o : find_in(args_common, name, len);
}

static sc_status unknown_option(const cli_verb *verb, const char *word, size_t len) {
    const char *names[128];
    char typed[64];
    int n = 0;
    for (const cli_option *o = verb->options; o && o->name && n < 120; o++) names[n++] = o->name;
    for (const cli_option *o = args_common; o->name; o++) names[n++] = o->name;
    names[n] = NULL;
    snprintf(typed, sizeof typed, "%.*s", (int)len, word);
    const char *near = sc_text_nearest(typed, names);
    return near ? cli_usage("unknown option --%s; did you mean --%s?", typed, near)
                : cli_usage("unknown option --%s", typed);
}

static bool read_int(const char *text, int64_t *out) {
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *text && !*end && !errno && *text != ' ';
}

static bool read_size(const char *text, int64_t *out) {
    char *end;
    const double value = strtod(text, &end);
    const char *units = "KMGT", *unit = *end > ' ' ? strchr(units, *end & ~0x20) : NULL;
    double scale = 1;
    if (end == text || *text == ' ' || (*end && (!unit || end[1]))) return false;
    for (const char *u = units; unit && u <= unit; u++) scale *= 1024;
    if (!(value > 0 && value * scale < 9e15)) return false;
    *out = (int64_t)(value * scale);
    return true;
}

static bool read_real(const char *text, double *out) {
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return *text && !*end && isfinite(*out) && *text != ' ';
}

static sc_status check_value(const cli_option *o, const char *value) {
    int64_t i;
    double x;
    if (o->kind == CLI_INT && !read_int(value, &i))
        return cli_usage("--%s: \"%s\" is not a whole number", o->name, value);
    if (o->kind == CLI_SIZE && !read_size(value, &i))
        return cli_usage("--%s: \"%s\" is not a size such as 500M", o->name, value);
    if (o->kind == CLI_REAL && !read_real(value, &x))
        return cli_usage("--%s: \"%s\" is not a number", o->name, value);
    if (o == args_common && (i < 1 || i > 4096))
        return cli_usage("--threads: \"%s\" is not between 1 and 4096", value);
    return SC_OK;
}

/* One option at argv[0]; *used is how many words it took. */
static sc_status parse_option(cli_args *a, const char *const *argv, int *used) {
    const char *name = argv[0] + 2, *equals = strchr(name, '=');
    const size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const cli_option *o = find_option(a->verb, name, len);
    if (!o) return unknown_option(a->verb, name, len);
    const char *value = NULL;
    *used = 1;
    if (o->kind == CLI_FLAG && equals) return cli_usage("--%s takes no value", o->name);
    if (o->kind != CLI_FLAG) {
        value = equals ? equals + 1 : argv[1];
        if (!value) return cli_usage("--%s needs a value: --%s %s", o->name, o->name, o->value);
        *used = equals ? 1 : 2;
        sc_status s = check_value(o, value);
        if (s < 0) return s;
    }
    a->items[a->n_items++] = (args_item){o, value};
    return SC_OK;
}

static sc_status check_operands(const cli_args *a) {
    const cli_verb *v = a->verb;
    if (a->n_operands < v->min_args) return cli_usage("%s: expected %s", v->name, v->usage);
    if (v->max_args >= 0 && a->n_operands > v->max_args)
        return cli_usage("%s: unexpected \"%s\"", v->name, a->operands[v->max_args]);
    return SC_OK;
}

static sc_status check_environment(void) {
    const char *threads = getenv("SOCLE_THREADS");
    int64_t n;
    if (threads && *threads && (!read_int(threads, &n) || n < 1 || n > 4096))
        return cli_usage("SOCLE_THREADS: \"%s\" is not between 1 and 4096", threads);
    return SC_OK;
}

sc_status args_parse(cli_args *a, const cli_verb *verb, int argc, const char *const *argv) {
    bool options_ended = false;
    a->verb = verb;
    if (argc >= ARGS_MAX) return cli_usage("more than %d arguments", ARGS_MAX - 1);
    for (int i = 0, used; i < argc; i += used) {
        const char *word = argv[i];
        used = 1;
        if (options_ended || word[0] != '-' || !word[1])
            a->operands[a->n_operands++] = word;
        else if (!strcmp(word, "--"))
            options_ended = true;
        else if (!strcmp(word, "-h"))
            return SC_DONE;
        else if (word[1] != '-')
            return cli_usage("unknown option %s (options are long: --name)", word);
        else {
            sc_status s = parse_option(a, argv + i, &used);
            if (s < 0) return s;
        }
    }
    if (cli_given(a, "help")) return SC_DONE;
    sc_status s = check_environment();
    return s < 0 ? s : check_operands(a);
}

int cli_count(const cli_args *a) { return a->n_operands; }
const char *const *cli_operands(const cli_args *a) { return a->operands; }

const char *cli_arg(const cli_args *a, int i) {
    return i >= 0 && i < a->n_operands ? a->operands[i] : NULL;
}

/* A name that is in no table is an error of the verb, not of the person who typed. */
static const cli_option *known(const cli_args *a, const char *name) {
    const cli_option *o = find_option(a->verb, name, strlen(name));
    if (o) return o;
    fprintf(stderr, "socle: verb %s has no row for --%s\n", a->verb->name, name);
    abort();
}

/* The i-th value given for an option, counted from the start (or -1: the last one). */
static const args_item *find_item(const cli_args *a, const cli_option *o, int i) {
    const args_item *last = NULL;
    for (int k = 0; k < a->n_items; k++)
        if (a->items[k].option == o) {
            last = &a->items[k];
            if (i-- == 0) return last;
        }
    return i < 0 ? last : NULL;
}

bool cli_given(const cli_args *a, const char *option) {
    return find_item(a, known(a, option), -1) != NULL;
}

bool cli_has(const cli_args *a, const char *option) {
    return find_option(a->verb, option, strlen(option)) != NULL;
}

bool cli_flag(const cli_args *a, const char *option) { return cli_given(a, option); }

const char *cli_text(const cli_args *a, const char *option) {
    const cli_option *o = known(a, option);
    const args_item *item = find_item(a, o, -1);
    return item ? item->value : o->dflt;
}

int64_t cli_int(const cli_args *a, const char *option) {
    const char *text = cli_text(a, option);
    int64_t value = 0;
    return text && read_int(text, &value) ? value : 0;
}

int cli_int32(const cli_args *a, const char *option) {
    const int64_t value = cli_int(a, option);
    return value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : (int)value;
}

int64_t cli_size(const cli_args *a, const char *option) {
    const char *text = cli_text(a, option);
    int64_t value = 0;
    return text && read_size(text, &value) ? value : 0;
}

double cli_real(const cli_args *a, const char *option) {
    const char *text = cli_text(a, option);
    double value = 0;
    return text && read_real(text, &value) ? value : 0;
}

int cli_list_count(const cli_args *a, const char *option) {
    const cli_option *o = known(a, option);
    int n = 0;
    for (int k = 0; k < a->n_items; k++) n += a->items[k].option == o;
    return n;
}

const char *cli_list(const cli_args *a, const char *option, int i) {
    const args_item *item = i < 0 ? NULL : find_item(a, known(a, option), i);
    return item ? item->value : NULL;
}

int cli_threads(const cli_args *a) {
    const char *environment = getenv("SOCLE_THREADS");
    int64_t n = 0;
    if (cli_given(a, "threads")) return cli_int32(a, "threads");
    return environment && read_int(environment, &n) ? (int)n : 0;
}

bool cli_quiet(const cli_args *a) { return cli_flag(a, "quiet"); }
bool cli_json(const cli_args *a) { return cli_flag(a, "json"); }
