/* test_args.c - options as they are typed, against a table of every kind. */
#include "test.h"

#include <stdarg.h>

static char usage_text[512];
#include "../../src/cli/args.c"

sc_status cli_usage(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(usage_text, sizeof usage_text, fmt, ap);
    va_end(ap);
    return SC_USAGE;
}

static const cli_option options[] = {
    {"max-tokens", CLI_INT, "N", "128", "how many"},
    {"temperature", CLI_REAL, "X", "0.8", "how wild"},
    {"max-memory", CLI_SIZE, "BYTES", "2G", "how much"},
    {"prompt", CLI_TEXT, "TEXT", NULL, "how it begins"},
    {"stop", CLI_LIST, "TEXT", NULL, "where it ends"},
    {"no-special", CLI_FLAG, NULL, NULL, "without special tokens"},
    {0},
};
static const cli_verb verb = {
    .name = "generate", .usage = "MODEL [FILE]", .options = options, .min_args = 1, .max_args = 2};

/* Parses words up to NULL into `a`. */
static sc_status parse(cli_args *a, const char *const *words) {
    int n = 0;
    while (words[n]) n++;
    memset(a, 0, sizeof *a);
    unsetenv("SOCLE_THREADS");
    return args_parse(a, &verb, n, words);
}
#define WORDS(...)                                                                                 \
    (const char *[]) { __VA_ARGS__, NULL }

static cli_args args; /* a megabyte */

TEST(args_defaults, "cli/args/defaults") {
    CHECK_OK(parse(&args, WORDS("dir")));
    CHECK_INT(cli_count(&args), 1);
    CHECK_STR(cli_arg(&args, 0), "dir");
    CHECK(!cli_arg(&args, 1) && !cli_arg(&args, -1));
    CHECK_INT(cli_int(&args, "max-tokens"), 128);
    CHECK_NEAR(cli_real(&args, "temperature"), 0.8, 0);
    CHECK(!cli_text(&args, "prompt") && !cli_given(&args, "max-tokens"));
    CHECK(!cli_flag(&args, "no-special") && !cli_json(&args) && !cli_quiet(&args));
    CHECK_INT(cli_list_count(&args, "stop"), 0);
    CHECK(!cli_list(&args, "stop", 0));
    CHECK_INT(cli_threads(&args), 0);
    setenv("SOCLE_THREADS", "3", 1);
    CHECK_INT(cli_threads(&args), 3);
}

TEST(args_values, "cli/args/values") {
    CHECK_OK(parse(&args, WORDS("--max-tokens", "-7", "--temperature=1e-3", "dir", "--stop", "a",
                                "--prompt=", "--no-special", "--stop=--b", "-", "--json",
                                "--threads=2", "--max-tokens=9")));
    CHECK_INT(cli_count(&args), 2);
    CHECK_STR(cli_arg(&args, 1), "-");
    CHECK_INT(cli_int(&args, "max-tokens"), 9); /* the last one counts */
    CHECK_NEAR(cli_real(&args, "temperature"), 1e-3, 0);
    CHECK_STR(cli_text(&args, "prompt"), "");
    CHECK_INT(cli_list_count(&args, "stop"), 2);
    CHECK_STR(cli_list(&args, "stop", 0), "a");
    CHECK_STR(cli_list(&args, "stop", 1), "--b");
    CHECK(!cli_list(&args, "stop", 2) && !cli_list(&args, "stop", -1));
    CHECK(cli_flag(&args, "no-special") && cli_json(&args) && !cli_quiet(&args));
    CHECK_INT(cli_threads(&args), 2);
}

TEST(args_sizes, "cli/args/sizes") {
    CHECK_OK(parse(&args, WORDS("dir")));
    CHECK_INT(cli_size(&args, "max-memory"), (int64_t)2 << 30);
    CHECK(cli_has(&args, "max-memory") && cli_has(&args, "quiet") && !cli_has(&args, "memory"));
    CHECK_OK(parse(&args, WORDS("dir", "--max-memory=1.5k")));
    CHECK_INT(cli_size(&args, "max-memory"), 1536);
    CHECK_OK(parse(&args, WORDS("dir", "--max-memory=700")));
    CHECK_INT(cli_size(&args, "max-memory"), 700);
}

TEST(args_refused, "cli/args/refused") {
    static const struct {
        const char *words[5];
        const char *text;
    } cases[] = {
        {{"dir", "--max-tokens", "1.5"}, "--max-tokens: \"1.5\" is not a whole number"},
        {{"dir", "--max-tokens", ""}, "--max-tokens: \"\" is not a whole number"},
        {{"dir", "--max-tokens= 5"}, "--max-tokens: \" 5\" is not a whole number"},
        {{"dir", "--max-tokens=99999999999999999999"}, "is not a whole number"},
        {{"dir", "--max-memory=0"}, "--max-memory: \"0\" is not a size such as 500M"},
        {{"dir", "--max-memory=5MB"}, "--max-memory: \"5MB\" is not a size"},
        {{"dir", "--max-memory=5 "}, "--max-memory: \"5 \" is not a size"},
        {{"dir", "--max-memory="}, "--max-memory: \"\" is not a size"},
        {{"dir", "--max-memory=9999T"}, "is not a size"},
        {{"dir", "--temperature=warm"}, "--temperature: \"warm\" is not a number"},
        {{"dir", "--temperature=nan"}, "--temperature: \"nan\" is not a number"},
        {{"dir", "--temperature=1e999"}, "is not a number"},
        {{"dir", "--temprature", "1"}, "unknown option --temprature; did you mean --temperature?"},
        {{"dir", "--zzz"}, "unknown option --zzz"},
        {{"dir", "--no-special=yes"}, "--no-special takes no value"},
        {{"dir", "--special"}, "unknown option --special"},
        {{"dir", "--stop"}, "--stop needs a value: --stop TEXT"},
        {{"dir", "--threads=5000"}, "--threads: \"5000\" is not between 1 and 4096"},
        {{"dir", "-n", "5"}, "unknown option -n"},
        {{"--json"}, "generate: expected MODEL [FILE]"},
        {{"a", "b", "c"}, "generate: unexpected \"c\""},
        {{"a", "--", "b", "--json"}, "generate: unexpected \"--json\""},
    };
    for (int i = 0; i < SC_LEN(cases); i++) {
        CHECK_STATUS(SC_USAGE, parse(&args, cases[i].words));
        if (!strstr(usage_text, cases[i].text))
            test_fail(__FILE__, __LINE__, "case %d: \"%s\", want \"%s\"", i, usage_text,
                      cases[i].text);
    }
}

TEST(args_help, "cli/args/help") {
    CHECK_STATUS(SC_DONE, parse(&args, WORDS("--help")));
    CHECK_STATUS(SC_DONE, parse(&args, WORDS("a", "b", "c", "-h")));
    CHECK_OK(parse(&args, WORDS("--", "--help")));
}
