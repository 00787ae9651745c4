/* step.h - the runner of every step that makes an artifact. It opens the account, runs the step and
 * writes the entry whether the step succeeded, failed or was interrupted: a step cannot forget it,
 * because no step writes it.
 *
 *     static sc_status run(sc_account *a, void *arg) {
 *         train *t = arg;
 *         SC_TRY(sc__account_recipe(a, t->resolved));          // json_t, borrowed
 *         SC_TRY(sc__account_input(a, "data", "input.txt"));   // hashed now; its parents are found
 *         ... write runs/demo/model.safetensors and so on ...
 *         return sc__account_note(a, "data_order", order);     // json_t, borrowed
 *     }
 *     static const sc_step train_step = {"train", "training", "model", run};
 *     sc_step_where where = {.artifact = "runs/demo", .isa = "avx512"};
 *     sc_status s = sc__step_run(&train_step, &t, &where);     // hashes all of runs/demo itself
 */
#ifndef SC_ACCOUNT_STEP_H
#define SC_ACCOUNT_STEP_H

#include "base/hash.h"
#include "base/json.h"
#include "socle/data.h"

typedef struct sc_account sc_account;

typedef struct {
    const char *name;  /* "train" */
    const char *stage; /* "training" */
    const char *kind;  /* what it makes: "model", "corpus", "tokens", "tokenizer", "report" */
    sc_status (*run)(sc_account *a, void *options);
} sc_step;

typedef struct {
    const char *artifact; /* the folder or file that is made; it need not be there yet */
    const char *isa;      /* which kernels run, "avx512"; NULL: not recorded */
    int threads;          /* as sc__pool_open takes it; also used for hashing */
    bool shared;          /* other processes write there too: no folder is taken back */
} sc_step_where;

/* Runs the step and returns its status. Afterwards the entry is in ARTIFACT/lineage.json when the
 * artifact is a folder, else in ARTIFACT.lineage.json beside it, and in the registry. A step that
 * failed without touching the artifact leaves its lineage as it was, and no folder that was not
 * there. Before the step starts, an
 * existing lineage that cannot be read is refused (SC_FORMAT), so that no work is lost after. When
 * the step succeeded and its account cannot be written, that failure is returned. */
SC_MUST_USE sc_status sc__step_run(const sc_step *step, void *options, const sc_step_where *where);

/* The same of a step whose options are those of socle/data.h (NULL: the defaults). Without an
 * account (`a` is NULL in its run) where the artifact is NULL or "-": standard output has no place
 * for one. */
SC_MUST_USE sc_status sc__step_run_data(const sc_step *step, void *options, const char *artifact,
                                        const sc_data_options *o);

/* A step that another step runs is part of that one's account: it gets NULL, and what it tells is
 * passed over. */

/* For use inside a step's run. `a` may be NULL. */

/* What was read: a file, or a folder or glob whose every file is recorded (of a corpus, those of
 * its documents/). Hashed at once; the lineage beside it, if any, becomes a parent. "-", a pipe,
 * leaves no trace. `role` says what for: "data", "model", "tokenizer".
 */
SC_MUST_USE sc_status sc__account_input(sc_account *a, const char *role, const char *path);
/* What is made besides the artifact (which the runner adds by itself); hashed when the step ends.
 */
SC_MUST_USE sc_status sc__account_output(sc_account *a, const char *path);
/* The resolved recipe or options, any JSON value; copied. The last one counts. */
SC_MUST_USE sc_status sc__account_recipe(sc_account *a, const json_t *recipe);
/* More facts under "notes"; copied. Evaluation results, the data order, token counts. */
SC_MUST_USE sc_status sc__account_note(sc_account *a, const char *key, const json_t *value);
/* The entry so far, with the inputs that were told; borrowed. NULL where a is. */
const json_t *sc__account_entry(const sc_account *a);
/* SHA-256 of a file; a file unchanged since it was last hashed by this account is not read again.
 */
SC_MUST_USE sc_status sc__account_digest(sc_account *a, sc_digest *out, const char *path);

#endif
