/* speak.c - options of sampling, printing as text comes, rates. */
#include "speak.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_STOPS = 64 };

sc_status speak_options(sc_answer_options *o, const cli_args *a) {
    static const char *stops[MAX_STOPS];
    const int n = cli_list_count(a, "stop");
    if (n > MAX_STOPS) return cli_usage("--stop: more than %d", MAX_STOPS);
    for (int i = 0; i < n; i++) {
        stops[i] = cli_list(a, "stop", i);
        if (!stops[i][0]) return cli_usage("--stop: is empty");
    }
    *o = (sc_answer_options){.max_tokens = cli_int(a, "max-tokens"),
                             .sampling = {.temperature = cli_real(a, "temperature"),
                                          .top_k = cli_int(a, "top-k"),
                                          .top_p = cli_real(a, "top-p"),
                                          .min_p = cli_real(a, "min-p"),
                                          .repetition_penalty = cli_real(a, "repetition-penalty"),
                                          .seed = (uint64_t)cli_int(a, "seed")},
                             .stops = stops,
                             .n_stops = n};
    if (o->max_tokens < 0) return cli_usage("--max-tokens: is negative");
    return sc_sampling_check(&o->sampling);
}

sc_status speak_print(void *user, const char *text, size_t n) {
    (void)user;
    if (fwrite(text, 1, n, stdout) == n && !fflush(stdout)) return SC_OK;
    return cli_fail(SC_IO, "standard output: %s", strerror(errno));
}

static double rate(int64_t n, double seconds) { return seconds > 0 ? (double)n / seconds : 0; }

double speak_prefill_rate(const sc_answer *r) {
    return rate(r->n_prompt - r->n_reused, r->prompt_seconds);
}

double speak_decode_rate(const sc_answer *r) { return rate(r->n_ids, r->answer_seconds); }

void speak_json(const sc_answer *r) {
    fputs("{\"text\": ", stdout);
    cli_json_string(stdout, r->text);
    fputs(", \"tokens\": [", stdout);
    for (int64_t i = 0; i < r->n_ids; i++) printf("%s%" PRId32, i ? ", " : "", r->ids[i]);
    printf("], \"prompt_tokens\": %" PRId64 ", \"generated_tokens\": %" PRId64
           ", \"stop_reason\": \"%s\", \"prefill_tokens_per_second\": %.1f, "
           "\"decode_tokens_per_second\": %.1f}\n",
           r->n_prompt, r->n_ids, sc_ended_name(r->ended), speak_prefill_rate(r),
           speak_decode_rate(r));
}

void speak_report(const sc_answer *r) {
    fprintf(stderr,
            "socle: prompt %" PRId64 " tokens at %.1f tokens/s, answer %" PRId64
            " tokens at %.1f tokens/s, ended by %s\n",
            r->n_prompt, speak_prefill_rate(r), r->n_ids, speak_decode_rate(r),
            sc_ended_name(r->ended));
}
