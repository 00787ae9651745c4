/* verb_chat.c - socle chat: a conversation in the terminal. Lines are edited by libedit; where
 * standard input is no terminal, each line of it is a turn. */
#define _POSIX_C_SOURCE 200809L
#include "speak.h"

#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINE = 1 << 20, MAX_PATH = 1024, HISTORY = 1000 };

static const cli_option options[] = {
    {"system", CLI_TEXT, "TEXT", NULL, "what the model is told before the conversation"},
    {"plain", CLI_FLAG, NULL, NULL, "continue the text so far, without the chat template"},
    SPEAK_OPTIONS("512"),
    {0},
};

/* ---- Ctrl-C stops the answer, not the program ------------------------------------------------ */

static volatile int stop_answer;

static void on_interrupt(int signal) {
    (void)signal;
    stop_answer = 1;
}

static void catch_interrupts(void) {
    struct sigaction act = {.sa_handler = on_interrupt};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL); /* without SA_RESTART: a wait for a line ends too */
}

/* ---- lines ----------------------------------------------------------------------------------- */

typedef struct {
    EditLine *edit; /* NULL: no terminal */
    History *history;
    char path[MAX_PATH]; /* of the history, "" for none */
} terminal;

static char *prompt(EditLine *e) {
    static char text[] = "> ";
    (void)e;
    return text;
}

/* $SOCLE_HOME/chat_history, else ~/.local/share/socle/chat_history; its folder is made. */
static void find_history(char path[MAX_PATH]) {
    const char *own = getenv("SOCLE_HOME"), *home = getenv("HOME");
    const bool has_own = own && *own;
    path[0] = 0;
    if (!has_own && !(home && *home)) return;
    snprintf(path, MAX_PATH, "%s%s/chat_history", has_own ? own : home,
             has_own ? "" : "/.local/share/socle");
    for (char *p = path + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        mkdir(path, 0777); /* what is there already is fine, what cannot be made shows on saving */
        *p = '/';
    }
}

static void open_terminal(terminal *t) {
    HistEvent event;
    *t = (terminal){0};
    if (!isatty(STDIN_FILENO)) return;
    t->edit = el_init("socle", stdin, stdout, stderr);
    t->history = history_init();
    if (!t->edit || !t->history) return;
    find_history(t->path);
    history(t->history, &event, H_SETSIZE, HISTORY);
    history(t->history, &event, H_SETUNIQUE, 1);
    if (t->path[0]) history(t->history, &event, H_LOAD, t->path);
    el_set(t->edit, EL_PROMPT, prompt);
    el_set(t->edit, EL_EDITOR, "emacs");
    el_set(t->edit, EL_HIST, history, t->history);
    el_source(t->edit, NULL);
}

static void close_terminal(terminal *t) {
    HistEvent event;
    if (t->history && t->path[0] && history(t->history, &event, H_SAVE, t->path) < 0)
        fprintf(stderr, "socle: %s: the history is not saved\n", t->path);
    if (t->edit) el_end(t->edit);
    if (t->history) history_end(t->history);
}

static const char *read_plain(void) {
    static char line[MAX_LINE];
    return fgets(line, sizeof line, stdin);
}

/* The next line without its end, NULL at the end of input; the terminal's until the next. */
static const char *read_line(terminal *t, size_t *n) {
    HistEvent event;
    int count = 0;
    const char *line = t->edit ? el_gets(t->edit, &count) : read_plain();
    while (!line && stop_answer && !cli_interrupted) { /* Ctrl-C drops what is typed */
        stop_answer = 0;
        if (t->edit) fputs("\n(/quit or Ctrl-D leaves)\n", stderr);
        clearerr(stdin);
        if (t->edit) el_reset(t->edit);
        line = t->edit ? el_gets(t->edit, &count) : read_plain();
    }
    if (!line) return NULL;
    *n = strcspn(line, "\n");
    if (t->history && *n) history(t->history, &event, H_ENTER, line);
    return line;
}

/* ---- commands -------------------------------------------------------------------------------- */

static void help(void) {
    fputs("/help        this list\n/reset       begin a new conversation\n"
          "/save FILE   write the conversation as JSON\n/quit        leave (or Ctrl-D)\n"
          "Ctrl-C stops an answer. Anything else is said to the model.\n",
          stderr);
}

static void save(const sc_chat *chat, const char *path) {
    if (!*path)
        fputs("socle: /save needs a file\n", stderr);
    else if (sc_chat_save(chat, path) < 0)
        fprintf(stderr, "socle: %s\n", sc_error_text());
    else
        fprintf(stderr, "saved %s\n", path);
}

/* DONE: leave. */
static sc_status command(sc_chat *chat, const char *line) {
    if (!strcmp(line, "/quit")) return SC_DONE;
    if (!strcmp(line, "/help"))
        help();
    else if (!strcmp(line, "/reset"))
        sc_chat_reset(chat);
    else if (!strncmp(line, "/save", 5) && (line[5] == ' ' || !line[5]))
        save(chat, line + 5 + strspn(line + 5, " "));
    else
        fprintf(stderr, "socle: %s is no command; there are /help /reset /save /quit\n", line);
    return SC_OK;
}

/* ---- turns ----------------------------------------------------------------------------------- */

/* SIGTERM ends the program, also in the midst of an answer. */
static sc_status print_turn(void *user, const char *text, size_t n) {
    return cli_interrupted ? cli_fail(SC_INTERRUPTED, "interrupted") : speak_print(user, text, n);
}

static sc_status say(const cli_args *a, sc_chat *chat, const char *line, size_t n,
                     const sc_answer_options *o) {
    sc_answer r;
    stop_answer = 0;
    const sc_status s = sc_chat_run(chat, &r, line, n, o);
    const bool stopped = stop_answer;
    stop_answer = 0;
    if (s == SC_INTERRUPTED && !cli_interrupted) return fputs("\n", stderr), SC_OK;
    if (s < 0 && s != SC_USAGE && s != SC_FORMAT) return s;
    if (s < 0) { /* of this turn: the conversation goes on */
        fprintf(stderr, "socle: %s\n", sc_error_text());
        return SC_OK;
    }
    if (cli_json(a)) return speak_json(&r), fflush(stdout), SC_OK;
    if (!r.n_text || r.text[r.n_text - 1] != '\n' || stopped) putchar('\n');
    fflush(stdout);
    if (r.ended == SC_ENDED_CONTEXT)
        fputs("socle: the model has no more positions; /reset begins anew\n", stderr);
    return SC_OK;
}

static sc_status converse(const cli_args *a, sc_chat *chat, terminal *t) {
    static char text[MAX_LINE];
    sc_answer_options o;
    size_t n;
    const char *line;
    sc_status s = speak_options(&o, a);
    if (s < 0) return s;
    if (!cli_json(a)) o.sink = print_turn;
    while (s == SC_OK && (line = read_line(t, &n))) {
        if (n >= sizeof text) n = sizeof text - 1;
        memcpy(text, line, n);
        text[n] = 0;
        if (!n) continue;
        if (text[0] == '/')
            s = command(chat, text);
        else
            s = say(a, chat, text, n, &o);
        o.sampling.seed += text[0] != '/'; /* each turn has its own numbers */
    }
    if (s >= 0 && cli_interrupted) return cli_fail(SC_INTERRUPTED, "interrupted");
    return s < 0 ? s : SC_OK;
}

static sc_status open_and_converse(const cli_args *a, sc_session *session) {
    const sc_chat_options o = {.system = cli_text(a, "system"), .plain = cli_flag(a, "plain")};
    terminal t;
    sc_chat *chat;
    sc_status s = sc_chat_open(&chat, session, &o);
    if (s < 0) return s;
    if (!cli_quiet(a) && !sc_chat_has_template(chat))
        fputs("socle: without a chat template: what you type is continued as text\n", stderr);
    catch_interrupts();
    open_terminal(&t);
    if (t.edit && !cli_quiet(a)) fputs("/help lists the commands\n", stderr);
    s = converse(a, chat, &t);
    close_terminal(&t);
    sc_chat_close(chat);
    return s;
}

static sc_status run(const cli_args *a) {
    sc_answer_options check;
    sc_session *s;
    sc_status status = speak_options(&check, a); /* before a large model is read */
    if (status < 0) return status;
    const sc_session_options o = {.n_threads = cli_threads(a), .stop = &stop_answer};
    status = sc_session_open(&s, cli_arg(a, 0), &o);
    if (status < 0) return status;
    status = open_and_converse(a, s);
    sc_session_close(s);
    return status;
}

const cli_verb cli_chat = {
    .name = "chat",
    .usage = "MODEL",
    .summary = "Talk with a model in the terminal",
    .description =
        "Each line is a turn. Where the tokenizer has a chat template, turns are messages; else "
        "what is typed is appended to the text so far and continued. The conversation stays in the "
        "model's cache from turn to turn. Ctrl-C stops an answer; Ctrl-D or /quit leaves; /help "
        "lists the commands. Lines can be edited, and earlier ones found again: they are kept in "
        "chat_history in $SOCLE_HOME (default ~/.local/share/socle).\n"
        "Where standard input is no terminal, each line of it is a turn; with --json each answer "
        "is "
        "one line of JSON.",
    .examples = "  socle chat runs/demo\n"
                "  socle chat models/assistant --system 'Answer in one sentence.'\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
