/* inspect_part.h - the kinds of files that sc_inspect describes, each as members of a JSON object,
 * "kind" first. All may fail with SC_FORMAT, naming file and place. */
#ifndef SC_STAGE_DEPLOYMENT_INSPECT_PART_H
#define SC_STAGE_DEPLOYMENT_INSPECT_PART_H

#include "base/json.h"

SC_MUST_USE sc_status sc__inspect_parquet(json_t *o, const char *path);
SC_MUST_USE sc_status sc__inspect_gguf(json_t *o, const char *path);
SC_MUST_USE sc_status sc__inspect_text_index(json_t *o, const char *path);
SC_MUST_USE sc_status sc__inspect_web_archive(json_t *o, const char *path);
SC_MUST_USE sc_status sc__inspect_ngram(json_t *o, const char *path);
/* Of any kind that sc_tokenizer_load reads. */
SC_MUST_USE sc_status sc__inspect_vocabulary(json_t *o, const char *path);

/* Such an object, for people. */
void sc__inspect_print(sc_buffer *out, const json_t *o);

/* ---- what they share ------------------------------------------------------------------------- */

/* Adds a member, adopting it. */
SC_MUST_USE sc_status sc__inspect_put(json_t *o, const char *key, json_t *value);
/* Adds all members of `facts`, which is released. */
SC_MUST_USE sc_status sc__inspect_add(json_t *o, json_t *facts);
/* Any bytes as a JSON string, cut short between characters where there are more than `most`. NULL
 * without memory. */
enum { SC_INSPECT_SHORT = 200 };
json_t *sc__inspect_text(const char *bytes, size_t n, size_t most);

#endif
