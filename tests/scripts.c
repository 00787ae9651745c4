/* scripts.c - a test that is a shell script: tests/cli/VERB/NAME.sh (and include/, runner/), run by
 * `sh -eu` in a folder of its own with $SOCLE the program, $RUNNER this runner, $TESTS the tests/
 * folder and $CC the compiler. It passes when it exits with the number in NAME.exit (0 without that
 * file) and prints what NAME.stdout holds (anything without) and, on standard error, what
 * NAME.stderr holds (nothing without). 77 skips. */
#include "test.h"

#include "base/file.h"
#include "scripts.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_OUTPUT = 1 << 20, EXIT_SKIP = 77 };

static void register_folder(const char *folder) {
    sc_arena arena = SC_ARENA_INIT;
    sc_paths found;
    const char *root = test_data(folder);
    const sc_status s = sc__paths_find(&found, &arena, root);
    for (int64_t i = 0; s == SC_OK && i < found.n; i++) {
        const char *path = found.paths[i];
        const size_t len = strlen(path), skip = strlen(root) - strlen(folder);
        if (strcmp(path + len - 3, ".sh") != 0) continue;
        test *t = calloc(1, sizeof *t); /* not ours to count: it lives as long as the process */
        if (!t) abort();
        t->name = strndup(path + skip, len - skip - 3);
        t->file = strdup(path);
        t->is_script = true;
        test_register(t);
    }
    sc__arena_deinit(&arena);
}

void scripts_register(void) {
    register_folder("cli");
    register_folder("include");
    register_folder("runner");
}

static void absolute(const char *variable, const char *path) {
    char *full = realpath(path, NULL);
    if (!full) test_fail(__FILE__, __LINE__, "%s: no such file", path);
    setenv(variable, full, 1);
    free(full);
}

/* The program lies beside this runner. */
static void set_environment(const char *script) {
    char exe[512];
    const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 8);
    if (n < 0) test_fail(__FILE__, __LINE__, "no /proc/self/exe");
    exe[n] = 0;
    setenv("RUNNER", exe, 1);
    strcpy(strrchr(exe, '/') + 1, "socle");
    absolute("SOCLE", exe);
    absolute("SCRIPT", script);
    absolute("TESTS", test_data(""));
    setenv("CC", "cc", 0);
    setenv("HOME", test_dir(), 1);
    setenv("SOCLE_HOME", test_path("home"), 1);
    unsetenv("SOCLE_THREADS");
}

static int run_shell(void) {
    const pid_t pid = fork();
    if (pid == 0) {
        const int out = open(test_path(".stdout"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int err = open(test_path(".stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int in = open("/dev/null", O_RDONLY);
        if (chdir(test_dir()) || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
            _exit(126);
        execl("/bin/sh", "sh", "-eu", getenv("SCRIPT"), (char *)NULL);
        _exit(126);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0) test_fail(__FILE__, __LINE__, "cannot run sh");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* NAME.ending beside the script; false when there is none. */
static bool read_beside(sc_buffer *out, const char *ending) {
    char path[512];
    const char *script = getenv("SCRIPT");
    snprintf(path, sizeof path, "%.*s%s", (int)strlen(script) - 2, script, ending);
    if (!sc__path_exists(path)) return false;
    CHECK_OK(sc__file_read(out, path, MAX_OUTPUT));
    return true;
}

static void check_stream(const char *ending, const char *got, bool must) {
    sc_buffer want = SC_BUFFER_INIT;
    const bool given = read_beside(&want, ending);
    const char *text = want.data ? want.data : "";
    if ((given || must) && strcmp(got, text) != 0)
        test_fail(getenv("SCRIPT"), 0, "%s is\n%s---- want\n%s----", ending, got, text);
    sc__buffer_deinit(&want);
}

void script_run(const char *path) {
    sc_buffer out = SC_BUFFER_INIT, err = SC_BUFFER_INIT, code = SC_BUFFER_INIT;
    set_environment(path);
    const int got = run_shell();
    CHECK_OK(sc__file_read(&out, test_path(".stdout"), MAX_OUTPUT));
    CHECK_OK(sc__file_read(&err, test_path(".stderr"), MAX_OUTPUT));
    const char *out_text = out.data ? out.data : "", *err_text = err.data ? err.data : "";
    if (got == EXIT_SKIP) test_skip("%s", out_text);
    const int want = read_beside(&code, "exit") ? atoi(code.data) : 0;
    if (got != want)
        test_fail(path, 0, "exit code %d, want %d\n%s%s", got, want, out_text, err_text);
    check_stream("stdout", out_text, false);
    check_stream("stderr", err_text, true);
    sc__buffer_deinit(&out);
    sc__buffer_deinit(&err);
    sc__buffer_deinit(&code);
}
