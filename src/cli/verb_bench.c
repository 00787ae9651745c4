/* verb_bench.c - socle bench: how fast this machine trains, and what a recipe's memory plan takes.
 */
#include "cli.h"
#include "socle/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const cli_option options[] = {
    {"train-step", CLI_FLAG, NULL, NULL, "time training steps on random tokens"},
    {"plan", CLI_TEXT, "RECIPE", NULL,
     "bytes of a recipe's activations with and without each pass"},
    {"model", CLI_TEXT, "NAME", "gpt2",
     "gpt2, gpt2-medium, llama-110m, or the path of a config.json"},
    {"batch", CLI_INT, "N", "4", "sequences a step"},
    {"sequence", CLI_INT, "N", "512", "tokens a sequence"},
    {"dtype", CLI_TEXT, "TYPE", "f32", "of matrix products: f32 or bf16"},
    {"steps", CLI_INT, "N", "5", "steps to time, after one to warm up"},
    {"set", CLI_LIST, "KEY=VALUE", NULL, "with --plan: override a key of the recipe"},
    {0},
};

static void print_step_json(const sc_bench_step *r, const sc_bench_options *o) {
    printf("{\"model\": \"%s\", \"dtype\": \"%s\", \"batch\": %" PRId64 ", \"sequence\": %" PRId64
           ", \"n_params\": %" PRId64
           ", \"tokens_per_second\": %.3f, \"model_flops_per_token\": %.0f, "
           "\"ceiling_gflops\": %.3f, \"share_of_ceiling\": %.5f, \"peak_rss_bytes\": %" PRId64
           ", \"activation_bytes\": %zu, \"update_seconds\": %.6f, \"ops\": [",
           o->model, sc_dtype_name(o->dtype), o->batch_size, o->sequence_length, r->n_params,
           r->tokens_per_second, r->flop_per_token, r->ceiling / 1e9, r->share_of_ceiling,
           r->peak_rss, r->plan.planned, r->update_seconds);
    for (int i = 0; i < r->n_rows; i++)
        printf("%s{\"op\": \"%s\", \"kernel\": \"%s\", \"seconds\": %.6f, \"calls\": %" PRId64 "}",
               i ? ", " : "", r->rows[i].op, r->rows[i].kernel, r->rows[i].seconds,
               r->rows[i].calls);
    printf("]}\n");
}

static void print_step(const sc_bench_step *r, const sc_bench_options *o) {
    printf("%s, %.1f M parameters, %" PRId64 " x %" PRId64 " tokens, %s\n", o->model,
           (double)r->n_params / 1e6, o->batch_size, o->sequence_length, sc_dtype_name(o->dtype));
    printf("%10.1f tokens a second\n%10.1f %% of the ceiling of %.1f GFLOP/s\n%10.1f MB of memory "
           "at most, %.1f MB of it activations\n",
           r->tokens_per_second, 100 * r->share_of_ceiling, r->ceiling / 1e9,
           (double)r->peak_rss / 1e6, (double)r->plan.planned / 1e6);
    printf("\n%-16s %-12s %6s %12s\n", "operation", "kernel", "calls", "ms a step");
    for (int i = 0; i < r->n_rows; i++)
        printf("%-16s %-12s %6" PRId64 " %12.2f\n", r->rows[i].op, r->rows[i].kernel,
               r->rows[i].calls, 1e3 * r->rows[i].seconds);
    printf("%-16s %-12s %6d %12.2f\n", "norm and update", "", 1, 1e3 * r->update_seconds);
}

static sc_status train_step(const cli_args *a) {
    const char *dtype = cli_text(a, "dtype");
    const bool bf16 = !strcmp(dtype, "bf16") || !strcmp(dtype, "bfloat16");
    if (!bf16 && strcmp(dtype, "f32") && strcmp(dtype, "float32"))
        return cli_usage("--dtype must be f32 or bf16");
    const sc_bench_options o = {.model = cli_text(a, "model"),
                                .batch_size = cli_int(a, "batch"),
                                .sequence_length = cli_int(a, "sequence"),
                                .steps = cli_int(a, "steps"),
                                .dtype = bf16 ? SC_BF16 : SC_F32,
                                .threads = cli_threads(a)};
    sc_bench_step r;
    sc_status s = sc_bench_train_step(&r, &o);
    if (s >= 0 && cli_json(a))
        print_step_json(&r, &o);
    else if (s >= 0)
        print_step(&r, &o);
    return s;
}

static void print_plans(const sc_bench_plan_row *rows, bool json) {
    if (!json)
        printf("%-7s %-15s %-10s %16s %16s\n", "fusion", "shared memory", "recompute",
               "activations", "scratch");
    for (int i = 0; i < SC_BENCH_PLANS; i++) {
        const sc_bench_plan_row *r = &rows[i];
        if (json)
            printf("%s{\"fusion\": %s, \"sharing\": %s, \"recompute\": %s, \"planned\": %zu, "
                   "\"scratch\": %zu, "
                   "\"nodes\": %d, \"fused\": %d}%s\n",
                   i ? " " : "[", r->fusion ? "true" : "false", r->sharing ? "true" : "false",
                   r->recompute ? "true" : "false", r->report.planned, r->report.scratch,
                   r->report.n_nodes, r->report.n_fused, i + 1 < SC_BENCH_PLANS ? "," : "]");
        else
            printf("%-7s %-15s %-10s %13.2f MB %13.2f MB\n", r->fusion ? "on" : "off",
                   r->sharing ? "on" : "off", r->recompute ? "on" : "off",
                   (double)r->report.planned / 1e6, (double)r->report.scratch / 1e6);
    }
}

static sc_status plan(const cli_args *a) {
    const char *overrides[256];
    const int n = cli_list_count(a, "set");
    if (n > 256) return cli_usage("--set may be given 256 times");
    for (int i = 0; i < n; i++) overrides[i] = cli_list(a, "set", i);
    sc_bench_plan_row rows[SC_BENCH_PLANS];
    sc_status s = sc_bench_plan(rows, cli_text(a, "plan"), overrides, n);
    if (s >= 0) print_plans(rows, cli_json(a));
    return s;
}

static sc_status run(const cli_args *a) {
    if (cli_given(a, "plan")) return plan(a);
    if (cli_flag(a, "train-step")) return train_step(a);
    return cli_usage("say what to measure: --train-step or --plan RECIPE");
}

const cli_verb cli_bench = {
    .name = "bench",
    .usage = "",
    .summary = "measure training speed, and what a memory plan takes",
    .description = "--train-step times whole training steps (forward, backward, clipping, AdamW) "
                   "on random tokens and shows\n"
                   "where the time goes, beside the ceiling of this machine's matrix products "
                   "measured in the same run.\n"
                   "--plan prints the bytes of a recipe's activations with and without fusion, "
                   "shared memory and recomputation.",
    .examples = "  socle bench --train-step --model gpt2 --batch 4 --sequence 512 --dtype bf16\n   "
                "   GPT-2 124M\n"
                "  socle bench --plan recipe.yaml\n      what the passes save\n",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
