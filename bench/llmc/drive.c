/* Times one training step of llm.c's CPU trainer (karpathy/llm.c, train_gpt2.c).
 *
 * Its own main() wants a 500 MB checkpoint and token files; a step's time depends on neither, so
 * this fills the same model with random weights and feeds random tokens. Built by run.sh with
 * -I$LLMC_DIR. Arguments: batch sequence steps. Prints one JSON line. */
#define TESTING /* leaves out train_gpt2.c's main() */
#include "train_gpt2.c"
#include <sys/resource.h>

static uint64_t noise_state = 1337;

static uint64_t noise(void) {
    noise_state ^= noise_state >> 12;
    noise_state ^= noise_state << 25;
    noise_state ^= noise_state >> 27;
    return noise_state * 0x2545F4914F6CDD1Dull;
}

static void build(GPT2 *model) {
    memset(model, 0, sizeof *model);
    model->config = (GPT2Config){.max_seq_len = 1024,
                                 .vocab_size = 50257,
                                 .padded_vocab_size = 50304,
                                 .num_layers = 12,
                                 .num_heads = 12,
                                 .channels = 768};
    fill_in_parameter_sizes(model->param_sizes, model->config);
    for (int i = 0; i < NUM_PARAMETER_TENSORS; i++) {
        model->num_parameters += model->param_sizes[i];
    }
    model->params_memory = malloc_and_point_parameters(&model->params, model->param_sizes);
    for (size_t i = 0; i < model->num_parameters; i++) {
        model->params_memory[i] = ((float)(noise() >> 40) / 16777216.0f - 0.5f) * 0.07f;
    }
    model->mean_loss = -1.0f;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: drive BATCH SEQUENCE STEPS\n");
        return 2;
    }
    int batch = atoi(argv[1]), sequence = atoi(argv[2]), steps = atoi(argv[3]);
    if (batch < 1 || sequence < 1 || sequence > 1024 || steps < 1) {
        fprintf(stderr, "drive: batch and steps must be positive, sequence 1 to 1024\n");
        return 2;
    }
    int tokens = batch * sequence;
    GPT2 model;
    build(&model);
    int *inputs = mallocCheck((size_t)tokens * sizeof(int));
    int *targets = mallocCheck((size_t)tokens * sizeof(int));
    double *took = mallocCheck((size_t)steps * sizeof(double));
    for (int step = -1; step < steps; step++) { /* step -1 touches the memory and is not counted */
        for (int i = 0; i < tokens; i++) {
            inputs[i] = (int)(noise() % 50257);
            targets[i] = (int)(noise() % 50257);
        }
        double start = seconds();
        gpt2_forward(&model, inputs, targets, (size_t)batch, (size_t)sequence);
        gpt2_zero_grad(&model);
        gpt2_backward(&model);
        gpt2_update(&model, 1e-4f, 0.9f, 0.999f, 1e-8f, 0.0f, step + 2);
        double spent = seconds() - start;
        fprintf(stderr, "step %d: loss %f, %.0f ms\n", step, (double)model.mean_loss, spent * 1e3);
        if (step >= 0) {
            took[step] = spent;
        }
    }
    qsort(took, (size_t)steps, sizeof *took, ascending);
    double median = (took[(steps - 1) / 2] + took[steps / 2]) / 2;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"side\": \"llm.c\", \"batch\": %d, \"sequence\": %d, \"tokens_per_second\": %.2f, "
           "\"tokens_per_second_best\": %.2f, \"loss\": %.4f, \"peak_rss_bytes\": %lld}\n",
           batch, sequence, tokens / median, tokens / took[0], (double)model.mean_loss,
           (long long)usage.ru_maxrss * 1024);
    return 0;
}
