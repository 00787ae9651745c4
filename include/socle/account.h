/* account.h - where artifacts come from: lineage.json beside each of them, and one registry of all.
 *
 *     char *text;
 *     if (sc_lineage_descendants(&text, "data/crawl.jsonl", SC_FORM_TABLE) >= 0)
 *         fputs(text, stdout);               // every model that inherits this file
 *     sc_text_free(text);
 *     if (sc_lineage_verify(&text, "runs/demo", SC_FORM_JSON) == SC_MISMATCH)
 *         fputs(text, stdout);               // which bytes are not what they were
 *     sc_text_free(text);
 *
 * WHAT below is the path of an artifact (a folder or file that socle made), of a file in one, of a
 * lineage.json, of an input, or the first 8 or more digits of an entry's, an artifact's or a file's
 * SHA-256. The registry is $SOCLE_HOME/registry.db, else ~/.local/share/socle/registry.db.
 * docs/account.md describes the files.
 *
 * Results are texts for people or JSON for programs, in *out, to be freed with sc_text_free; NULL
 * on failure unless said otherwise. Any thread may call these. */
#ifndef SOCLE_ACCOUNT_H
#define SOCLE_ACCOUNT_H

#include "socle/status.h"
#include "socle/text.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a lineage records: every command that made or changed the artifact, oldest first. As JSON
 * the lineage itself. SC_IO: none is known; SC_FORMAT: it is malformed. */
SC_API SC_MUST_USE sc_status sc_lineage_show(char **out, const char *what, sc_text_form form);

/* All that an artifact was made from, as far back as is known, as a tree; as JSON a list of
 * objects with "depth" and "via" (the entry that led there), nearest first. */
SC_API SC_MUST_USE sc_status sc_lineage_ancestors(char **out, const char *what, sc_text_form form);
/* All that was made from it: "which models inherit this data?" The same form. */
SC_API SC_MUST_USE sc_status sc_lineage_descendants(char **out, const char *what,
                                                    sc_text_form form);

/* Hashes again what a lineage records: the chain of entries, the outputs, the inputs that are still
 * there. SC_MISMATCH when anything differs; *out then names each difference. */
SC_API SC_MUST_USE sc_status sc_lineage_verify(char **out, const char *what, sc_text_form form);

/* The artifacts that the registry knows, newest first; kind is "model", "corpus", "tokenizer" ...
 * or NULL for all. */
SC_API SC_MUST_USE sc_status sc_registry_list(char **out, const char *kind, sc_text_form form);
/* Takes every lineage found below `dir` into the registry. Those that are malformed are passed over
 * with a warning. Either count may be NULL. */
SC_API SC_MUST_USE sc_status sc_registry_rebuild(const char *dir, int64_t *n_lineages,
                                                 int64_t *n_entries);

#ifdef __cplusplus
}
#endif
#endif
