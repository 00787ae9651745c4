/* help.c - the overview and --help, wrapped at 80 columns. */
#include "help.h"

#include <ctype.h>
#include <string.h>

#define VERB(name)   extern const cli_verb cli_##name;
#define QUICK(name)  extern const cli_verb cli_##name;
#define HIDDEN(name) extern const cli_verb cli_##name;
#define GROUP(name)
#include "verbs.def"
#undef VERB
#undef QUICK
#undef HIDDEN
#undef GROUP

const cli_row cli_rows[] = {
#define VERB(name)   {NULL, &cli_##name, false, false},
#define QUICK(name)  {NULL, &cli_##name, true, false},
#define HIDDEN(name) {NULL, &cli_##name, true, true},
#define GROUP(name)  {name, NULL, false, false},
#include "verbs.def"
#undef VERB
#undef QUICK
#undef HIDDEN
#undef GROUP
};
const int cli_n_rows = (int)(sizeof cli_rows / sizeof *cli_rows);

enum { WIDTH = 80, MAX_INDENT = 28, VERB_INDENT = 14 };

const cli_row *cli_find_row(const char *name) {
    for (int i = 0; i < cli_n_rows; i++)
        if (cli_rows[i].verb && !strcmp(cli_rows[i].verb->name, name)) return &cli_rows[i];
    return NULL;
}

const cli_verb *cli_find_verb(const char *name) {
    const cli_row *row = cli_find_row(name);
    return row ? row->verb : NULL;
}

const cli_verb *cli_find_action(const cli_verb *verb, const char *name) {
    for (int i = 0; verb->actions && verb->actions[i]; i++)
        if (!strcmp(verb->actions[i]->name, name)) return verb->actions[i];
    return NULL;
}

/* Prints words from column `at`, continuing at column `indent`, and ends the line. */
static void print_wrapped(FILE *out, const char *text, size_t n, int at, int indent) {
    const char *end = text + n;
    bool first = true;
    while (text < end) {
        int len = (int)strcspn(text, " \n");
        if (len > end - text) len = (int)(end - text);
        if (!first && at + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", len, text);
        at += len;
        first = false;
        text += len;
        while (text < end && (*text == ' ' || *text == '\n')) text++;
    }
    fputc('\n', out);
}

/* Paragraphs are parted by empty lines; lines that start with a space stay as they are. */
static void print_description(FILE *out, const char *text) {
    while (*text) {
        const char *end = text;
        if (*text == ' ' || *text == '\n') {
            end += strcspn(text, "\n");
            fprintf(out, "%.*s\n", (int)(end - text), text);
        } else {
            do {
                end += strcspn(end, "\n");
            } while (*end && end[1] != '\n' && end[1] != ' ' && end[1] && end++);
            print_wrapped(out, text, (size_t)(end - text), 0, 0);
        }
        text = end + (*end == '\n');
    }
}

void help_spell(char *out, size_t size, const cli_option *o) {
    snprintf(out, size, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static int widest(const cli_option *table, int width) {
    char name[128];
    for (const cli_option *o = table; o && o->name; o++) {
        help_spell(name, sizeof name, o);
        const int n = (int)strlen(name) + 4;
        if (n > width && n <= MAX_INDENT) width = n;
    }
    return width;
}

static void print_pair(FILE *out, const char *name, const char *text, int indent) {
    const int n = fprintf(out, "  %s", name);
    if (n + 2 > indent)
        fprintf(out, "\n%*s", indent, "");
    else
        fprintf(out, "%*s", indent - n, "");
    print_wrapped(out, text, strlen(text), indent, indent);
}

/* Verbs and actions: their summaries begin in capitals, however they are written. */
static void print_verb(FILE *out, const cli_verb *v, int indent) {
    char text[256];
    snprintf(text, sizeof text, "%s", v->summary);
    text[0] = (char)toupper((unsigned char)text[0]);
    print_pair(out, v->name, text, indent);
}

static void print_options(FILE *out, const cli_option *table, int indent) {
    char name[128], text[512];
    for (const cli_option *o = table; o && o->name; o++) {
        help_spell(name, sizeof name, o);
        const char *repeat = o->kind == CLI_LIST ? " (may be repeated)" : "";
        if (o->dflt && *o->dflt)
            snprintf(text, sizeof text, "%s%s (default %s)", o->help, repeat, o->dflt);
        else
            snprintf(text, sizeof text, "%s%s", o->help, repeat);
        print_pair(out, name, text, indent);
    }
}

static void print_usage(FILE *out, const cli_verb *verb, const cli_verb *v) {
    fprintf(out, "Usage: socle %s%s%s", verb->name, v == verb ? "" : " ", v == verb ? "" : v->name);
    if (v->actions)
        fputs(" ACTION [options]\n\n", out);
    else
        fprintf(out, " [options]%s%s\n\n", *v->usage ? " " : "", v->usage);
}

void help_verb(FILE *out, const cli_verb *verb, const cli_verb *action) {
    const cli_verb *v = action ? action : verb;
    print_usage(out, verb, v);
    fprintf(out, "%c%s.\n\n", toupper((unsigned char)*v->summary), v->summary + 1);
    if (v->description && *v->description) {
        print_description(out, v->description);
        fputc('\n', out);
    }
    if (v->actions) {
        int indent = VERB_INDENT;
        fputs("Actions:\n", out);
        for (int i = 0; v->actions[i]; i++) {
            const int n = (int)strlen(v->actions[i]->name) + 4;
            if (n > indent) indent = n;
        }
        for (int i = 0; v->actions[i]; i++) print_verb(out, v->actions[i], indent);
        fprintf(out, "\n`socle %s ACTION --help` tells more about one.\n", verb->name);
        return;
    }
    const int indent = widest(args_common, widest(v->options, 0));
    if (v->options && v->options->name) {
        fputs("Options:\n", out);
        print_options(out, v->options, indent);
        fputc('\n', out);
    }
    fputs("Common options:\n", out);
    print_options(out, args_common, indent);
    if (v->examples && *v->examples) fprintf(out, "\nExamples:\n%s", v->examples);
}

static bool group_is_empty(int i) {
    for (i++; i < cli_n_rows && !cli_rows[i].group; i++)
        if (!cli_rows[i].hidden) return false;
    return true;
}

void help_overview(FILE *out) {
    fputs("socle carries a language model through its whole life, on hardware that you own.\n\n"
          "Usage: socle VERB [options]\n",
          out);
    for (int i = 0; i < cli_n_rows; i++) {
        const cli_row *row = &cli_rows[i];
        if (row->group && !group_is_empty(i)) fprintf(out, "\n%s:\n", row->group);
        if (row->verb && !row->hidden) print_verb(out, row->verb, VERB_INDENT);
    }
    fputs("\n`socle VERB --help` tells more about one; `socle --version` which socle this is.\n",
          out);
}
