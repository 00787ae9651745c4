/* data.h - what the actions of `socle data` share: their rows of options, the progress line, what
 * was passed over. */
#ifndef SC_CLI_DATA_H
#define SC_CLI_DATA_H

#include "cli.h"

#include "socle/corpus.h"

#define ACTION(x) extern const cli_verb cli_data_##x;
#include "data_actions.def"
#undef ACTION

/* Rows of a table of options, for actions over records; each takes those that mean something to it,
 * and data_options reads what is there. */
#define DATA_OUT                                                                                   \
    {                                                                                              \
        "out", CLI_TEXT, "DIR|FILE|-", NULL,                                                       \
            "where the result goes: a folder, a .jsonl(.gz, .zst) file, or standard output"        \
    }
#define DATA_OUT_DIR                                                                               \
    { "out", CLI_TEXT, "DIR", NULL, "the folder that is made" }
#define DATA_LIMITS                                                                                \
    {"max-memory", CLI_SIZE, "BYTES", "2G", "about this much, with K, M or G"}, {                  \
        "strict", CLI_FLAG, NULL, NULL, "what cannot be read is an error"                          \
    }
#define DATA_TEXT    {"text-field", CLI_TEXT, "KEY", "text", "the key of a record's text"}, DATA_LIMITS
#define DATA_RECORDS {"id-field", CLI_TEXT, "KEY", "id", "the key of a record's name"}, DATA_TEXT
#define DATA_SHARD                                                                                 \
    {                                                                                              \
        "shard", CLI_TEXT, "I/N|auto", NULL,                                                       \
            "work on every Nth input file, from the Ith (of 0..N-1); auto: as Slurm or MPI says"   \
    }

/* Rows more, for the actions that make records of files. */
#define INGEST_OPTIONS                                                                             \
    {"min-characters", CLI_INT, "N", "1", "leave out documents that are shorter when cleaned"},    \
        {"drop-duplicates", CLI_FLAG, NULL, NULL,                                                  \
         "leave out texts that came before, by their hash"},                                       \
        {"source", CLI_TEXT, "NAME", NULL, "the records' source; else the path of their file"},    \
        {"licence", CLI_TEXT, "SPDX", NULL, "of documents that do not say theirs: CC-BY-SA-4.0"},  \
    {                                                                                              \
        "file-size", CLI_SIZE, "BYTES", "1G", "of JSON in each file of a folder, with K, M or G"   \
    }

/* Reads, converts, reports: `socle data ingest` and `extract`; INGEST_OPTIONS are read here. */
sc_status data_ingest(const cli_args *a, const char *step, sc_ingest_options o);

/* Those of the rows above that the verb has, and the progress line of `step` where a person
 * watches. SC_USAGE names what is wrong. */
sc_status data_options(sc_data_options *o, const cli_args *a, const char *step);
/* Another step begins on the progress line; it is cleared for a line of text. */
void data_step(const char *step);
void data_clear_line(void);
/* --out, which must be given. */
sc_status data_out(const char **out, const cli_args *a);
/* Ends the progress line; warns of what was passed over. */
void data_done(const cli_args *a, const sc_data_reading *r);
/* "{"files":1,"documents":...": the reading as members of a JSON object, to go on with. */
void data_json_begin(const sc_data_reading *r);
/* "a,b,c" in parts. SC_USAGE: an empty one, or too many. */
enum { DATA_NAMES_MAX = 64 };
typedef struct {
    const char *names[DATA_NAMES_MAX];
    int n;
    char room[4096];
} data_name_list;
sc_status data_names(data_name_list *out, const char *text);
/* --rules and --set. SC_USAGE: too many. */
typedef struct {
    data_name_list rules; /* n 0: not given */
    const char *settings[DATA_NAMES_MAX];
    int n_settings;
} data_judging;
sc_status data_judging_read(data_judging *out, const cli_args *a);
/* Documents left after each rule that took any away; what each rule did, as members of a JSON
 * object, to go on with. */
void data_rules_table(const sc_filter_report *r);
void data_rules_json(const sc_filter_report *r);

#endif
