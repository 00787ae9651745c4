/* train_card.c - README.md of a trained model, in the form that the Hugging Face hub reads (a YAML
 * head, then Markdown): only what the run knows. */
#include "stage/training/pretrain.h"

#include "base/file.h"
#include "socle/version.h"

#include <inttypes.h>

static void data_lines(sc_buffer *b, const sc_pretrain *p) {
    if (p->s.data_tokens) sc__buffer_printf(b, "- `%s`\n", p->s.data_tokens);
    for (int64_t i = 0; i < p->s.n_train; i++) sc__buffer_printf(b, "- `%s`\n", p->s.train[i]);
    sc__buffer_printf(b, "\n%" PRId64 " tokens in %" PRId64 " documents", p->data.train->n_tokens,
                      p->data.train->n_documents);
    if (p->data.valid)
        sc__buffer_printf(b, "; %" PRId64 " tokens held out", p->data.valid->n_tokens);
    sc__buffer_puts(b, ".\n");
}

static void result_lines(sc_buffer *b, const sc_pretrain *p) {
    sc__buffer_puts(b, "| figure | value |\n|---|---|\n");
    sc__buffer_printf(b, "| steps | %" PRId64 " |\n| tokens | %" PRId64 " |\n", p->state.step,
                      p->state.tokens);
    sc__buffer_printf(b, "| training loss of the last step, nats a token | %.4f |\n", p->last_loss);
    if (!p->data.valid) return;
    sc__buffer_printf(b, "| held-out loss, nats a token | %.4f |\n", p->result->val_loss);
    sc__buffer_printf(b, "| held-out bits a byte | %.4f |\n", p->result->val_bits_per_byte);
}

sc_status sc__pretrain_card(const sc_pretrain *p) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_arena a = SC_ARENA_INIT;
    sc__buffer_puts(
        &b,
        "---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- socle\n---\n\n");
    sc__buffer_printf(&b, "# %s\n\n", sc__path_name(p->s.output));
    sc__buffer_printf(&b,
                      "A `%s` language model of %.2f million parameters, trained from %s with "
                      "socle %s.\n\n## Data\n\n",
                      sc_model_type(p->model), (double)p->result->n_params / 1e6,
                      p->s.model_path ? p->s.model_path : "random weights", sc_version());
    data_lines(&b, p);
    sc__buffer_puts(&b, "\n## Result\n\n");
    result_lines(&b, p);
    sc__buffer_puts(&b, "\n## Recipe\n\n```yaml\n");
    sc_buffer recipe = SC_BUFFER_INIT;
    sc_status s = sc__recipe_yaml(&recipe, p->s.recipe);
    if (s >= 0) sc__buffer_puts(&b, recipe.data ? recipe.data : "");
    sc__buffer_deinit(&recipe);
    sc__buffer_puts(&b, "```\n\nWhat every byte was made from is in `lineage.json`; curves and "
                        "samples are in `report.html`.\n");
    const char *path = sc__path_join(&a, p->s.output, "README.md");
    if (s >= 0) s = path ? b.status : SC_FAIL(SC_NOMEM, "%s", p->s.output);
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    sc__arena_deinit(&a);
    return s;
}
