/* inspect.h - what is in a model directory or a file, without running it.
 *
 *     char *text;
 *     if (sc_inspect(&text, "runs/demo", SC_FORM_TABLE) >= 0) fputs(text, stdout);
 *     sc_text_free(text);
 */
#ifndef SOCLE_INSPECT_H
#define SOCLE_INSPECT_H

#include "socle/status.h"
#include "socle/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Describes a model directory (configuration, tensors, parameters, tokenizer, how it was made), a
 * corpus, a folder, or a file: safetensors, GGUF, a tokenizer.json or another vocabulary that
 * sc_tokenizer_load reads, a token shard, an index of texts, an n-gram model, a classifier, Parquet
 * (schema, columns, row groups, first rows), a web archive (its records by type), JSON, or text
 * (plain or JSONL, also packed), told apart by their contents, then by their names. *out is to be
 * freed with sc_text_free, NULL on failure. SC_IO: not there; SC_FORMAT: malformed, or nothing of
 * these. Any thread. */
SC_API SC_MUST_USE sc_status sc_inspect(char **out, const char *path, sc_text_form form);

#ifdef __cplusplus
}
#endif
#endif
