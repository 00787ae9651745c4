/* verb_data_inspect.c - `socle data inspect`: documents to look at. */
#include "data.h"

#include "socle/text.h"

#include <inttypes.h>

static const cli_option options[] = {
    {"sample", CLI_INT, "N", "10", "documents, drawn by a hash of their text"},
    {"seed", CLI_INT, "N", "0", "another seed, another sample"},
    {"grep", CLI_TEXT, "TEXT", NULL, "instead: the first N documents that hold this text"},
    {"where", CLI_LIST, "NAME[=VALUE]", NULL,
     "only documents with this attribute or field; also != < > <= >="},
    {"attributes", CLI_TEXT, "DIR", NULL, "of `data tag`; else attributes/ beside the documents"},
    {"text", CLI_FLAG, NULL, NULL, "with the whole texts, as JSON lines"},
    {"text-field", CLI_TEXT, "KEY", "text", "the key of a record's text"},
    {"id-field", CLI_TEXT, "KEY", "id", "the key of its name"},
    {0},
};

enum { WHERE_MAX = 32 };

static sc_status run(const cli_args *a) {
    char *text;
    sc_trace_report r;
    const bool whole = cli_flag(a, "text");
    const char *grep = cli_text(a, "grep"), *where[WHERE_MAX];
    const int n_where = cli_list_count(a, "where");
    if (n_where > WHERE_MAX) return cli_usage("--where: given more than %d times", WHERE_MAX);
    for (int i = 0; i < n_where; i++) where[i] = cli_list(a, "where", i);
    sc_trace_options o = {.inputs = cli_operands(a),
                          .n_inputs = cli_count(a),
                          .texts = &grep,
                          .n_texts = grep != NULL,
                          .where = where,
                          .n_where = n_where,
                          .attributes = cli_text(a, "attributes"),
                          .limit = cli_int(a, "sample"),
                          .seed = (uint64_t)cli_int(a, "seed"),
                          .whole = whole};
    sc_status s = data_options(&o.common, a, "inspect");
    if (s >= 0)
        s = sc_data_trace(&text, &r, &o, whole || cli_json(a) ? SC_FORM_JSON : SC_FORM_TABLE);
    if (s < 0) return s;
    data_done(a, &r.reading);
    fputs(text, stdout);
    sc_text_free(text);
    if ((grep || n_where) && !cli_quiet(a) && !cli_json(a))
        fprintf(stderr, "%" PRId64 " of %" PRId64 " documents\n", r.documents, r.reading.documents);
    return SC_OK;
}

const cli_verb cli_data_inspect = {
    .name = "inspect",
    .usage = "CORPUS...",
    .summary = "Show a sample of the documents, or those that hold a text or a tag",
    .description =
        "A sample is the same each time, and does not depend on the order of the files.\n\n"
        "A NAME of --where that has \"__\" in it is an attribute that `socle data tag` left beside "
        "the documents (length__chars, pii__email); one of its spans must have such a number, and "
        "is shown as [start, end, value] with the text around it. Any other is a field of the "
        "record or of its metadata, keys joined by dots (source, language, dropped.rule): numbers "
        "compare as numbers, all else as text. NAME alone: it is there. With several, all must "
        "hold.",
    .examples = "  socle data inspect corpus --sample 20\n"
                "  socle data inspect corpus/dropped --where dropped.rule=c4.curly_bracket --text\n"
                "  socle data inspect corpus --where language=ko --where 'length__chars>5000'\n"
                "  socle data inspect corpus --grep 'Lorem ipsum'\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
