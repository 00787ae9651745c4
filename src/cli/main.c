/* main.c - finds the verb, runs it, reports. Exit codes: 0 done, 1 failed, 2 wrong usage, 130
 * interrupted. */
#define _POSIX_C_SOURCE 200809L
#include "help.h"

#include "socle/log.h"
#include "socle/text.h"
#include "socle/graph.h"
#include "socle/version.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 130 };

volatile int cli_interrupted;
static volatile bool at_once;
static char own_text[512]; /* of a failure that the program found itself */

static sc_status keep_text(sc_status s, const char *fmt, va_list ap) {
    vsnprintf(own_text, sizeof own_text, fmt, ap);
    return s;
}

sc_status cli_usage(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const sc_status s = keep_text(SC_USAGE, fmt, ap);
    va_end(ap);
    return s;
}

sc_status cli_fail(sc_status s, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    keep_text(s, fmt, ap);
    va_end(ap);
    return s;
}

static void on_signal(int signal) {
    (void)signal;
    if (cli_interrupted || at_once) _exit(EXIT_INTERRUPTED);
    cli_interrupted = 1;
}

/* Without SA_RESTART, so that a wait for input ends too. */
static void catch_signals(void) {
    struct sigaction stop = {.sa_handler = on_signal}, quiet = {.sa_handler = SIG_DFL};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&quiet.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &quiet, NULL); /* `socle ... | head` ends without a word */
}

static void print_log(void *quiet, sc_log_level level, const char *line) {
    if (level == SC_LOG_WARNING)
        fprintf(stderr, "socle: warning: %s\n", line);
    else if (!*(const bool *)quiet)
        fprintf(stderr, "socle: %s\n", line);
}

/* Bytes of the valid UTF-8 sequence at p, 0 when there is none. */
static int utf8_length(const unsigned char *p) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const int n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;
    uint32_t code = n > 1 ? *p & (0x7Fu >> n) : *p;
    for (int i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    return n > 1 && (code < least[n] || code > 0x10FFFF || (code >> 11) == 0x1B) ? 0 : n;
}

void cli_json_string(FILE *out, const char *text) {
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const int n = utf8_length(p);
        if (n == 0)
            fputs("\\ufffd", out);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            fprintf(out, "%s%.*s", *p == '"' || *p == '\\' ? "\\" : "", n, (const char *)p);
        p += n ? n : 1;
    }
    fputc('"', out);
}

static void print_failure(sc_status s, bool json) {
    const char *text = *own_text ? own_text : sc_error_text();
    if (!*text) text = sc_status_text(s);
    fprintf(stderr, "socle: %s\n", text);
    if (!json) return;
    fputs("{\"error\": ", stdout);
    cli_json_string(stdout, text);
    printf(", \"status\": \"%s\"}\n", sc_status_name(s));
}

/* What was printed must have arrived. */
static int flush_output(int code) {
    if (!fflush(stdout) && !ferror(stdout)) return code;
    if (errno != EPIPE) fprintf(stderr, "socle: standard output: %s\n", strerror(errno));
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

static sc_status unknown(const char *what, const char *word, const char *const *names) {
    const char *near = sc_text_nearest(word, names);
    return near ? cli_usage("unknown %s \"%s\"; did you mean %s?", what, word, near)
                : cli_usage("unknown %s \"%s\"", what, word);
}

static sc_status unknown_verb(const char *word) {
    const char *names[256];
    int n = 0;
    for (int i = 0; i < cli_n_rows && n < 255; i++)
        if (cli_rows[i].verb && !cli_rows[i].hidden) names[n++] = cli_rows[i].verb->name;
    names[n] = NULL;
    return word[0] == '-' ? cli_usage("unknown option %s", word) : unknown("verb", word, names);
}

static sc_status unknown_action(const cli_verb *verb, const char *word) {
    const char *names[64];
    char list[256] = "";
    int n = 0;
    for (; n < 63 && verb->actions[n]; n++) {
        names[n] = verb->actions[n]->name;
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", names[n]);
    }
    names[n] = NULL;
    return word ? unknown("action", word, names)
                : cli_usage("%s needs an action: %s", verb->name, list);
}

static bool is_help(const char *word) { return !strcmp(word, "--help") || !strcmp(word, "-h"); }

static sc_status run_verb(const cli_verb *verb, int argc, const char *const *argv, bool *json) {
    static cli_args args;
    static bool quiet;
    const cli_verb *v = verb;
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) *json |= !strcmp(argv[i], "--json");
    if (verb->actions) {
        if (argc && is_help(argv[0])) return help_verb(stdout, verb, NULL), SC_OK;
        v = argc ? cli_find_action(verb, argv[0]) : NULL;
        if (!v) return unknown_action(verb, argc ? argv[0] : NULL);
        argc--;
        argv++;
    }
    const sc_status s = args_parse(&args, v, argc, argv);
    if (s == SC_DONE) return help_verb(stdout, verb, v), SC_OK;
    if (s < 0) return s;
    quiet = cli_quiet(&args);
    at_once = cli_find_row(verb->name)->at_once;
    sc_log_set(print_log, &quiet);
    return v->run(&args);
}

/* The kernels that this processor runs are part of what a version is. */
static sc_status print_version(void) {
    sc_machine *m;
    sc_status s = sc_machine_open(&m, NULL, 1);
    if (s < 0) return s;
    printf("socle %s (kernels: %s)\n", sc_version(), sc_machine_isa(m));
    sc_machine_close(m);
    return SC_OK;
}

static sc_status run(int argc, const char *const *argv, bool *json) {
    if (argc < 2 || is_help(argv[1])) return help_overview(stdout), SC_OK;
    if (!strcmp(argv[1], "--version")) return print_version();
    const cli_verb *verb = cli_find_verb(argv[1]);
    return verb ? run_verb(verb, argc - 2, argv + 2, json) : unknown_verb(argv[1]);
}

int main(int argc, char **argv) {
    bool json = false;
    catch_signals();
    const sc_status s = run(argc, (const char *const *)argv, &json);
    if (s >= 0) return flush_output(EXIT_DONE);
    fflush(stdout);
    print_failure(s, json);
    if (s == SC_USAGE && argc > 1 && cli_find_verb(argv[1]))
        fprintf(stderr, "try: socle %s --help\n", argv[1]);
    if (s == SC_INTERRUPTED || (cli_interrupted && s == SC_IO))
        return flush_output(EXIT_INTERRUPTED);
    return flush_output(s == SC_USAGE ? EXIT_USAGE : EXIT_FAILED);
}
