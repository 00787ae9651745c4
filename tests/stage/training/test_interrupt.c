/* test_interrupt.c - a run that is stopped, killed or runs out of disk loses nothing: what it goes
 * on to is, bit for bit, what a run that never stopped comes to. */
#include "tiny.h"

#include "base/json.h"
#include "base/random.h"
#include "format/safetensors.h"

#include <dirent.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static sc_digest never_stopped(void) {
    tiny t = {.set = {tiny_output("whole")}};
    CHECK_OK(tiny_train(&t));
    return tiny_weights("whole");
}

TEST(interrupt_resume, "stage/training/interrupt/resume") {
    static const int threads[] = {1, 2, 7};
    const sc_digest want = never_stopped();
    sc_buffer metrics = SC_BUFFER_INIT;
    int step = 0;
    for (int i = 0; i < 3; i++) { /* after 1, 5 (an evaluation is due) and 11 */
        step += i ? 6 - i : 1;
        tiny t = {.stop_at = step, .threads = threads[(i + 1) % 3], .resume = i > 0};
        CHECK_STATUS(SC_INTERRUPTED, tiny_train(&t));
        CHECK_ERROR("--resume");
        tiny_output("run");
    }
    tiny t = {.resume = true, .threads = 7};
    CHECK_OK(tiny_train(&t));
    CHECK(strstr(t.notes, "resuming from step 10"));
    CHECK_STR(tiny_weights("run").hex, want.hex);
    CHECK_OK(sc__file_read(&metrics, test_path("run/metrics.jsonl"), 1 << 20));
    int lines = 0;
    for (const char *p = metrics.data; (p = strchr(p, '\n')); p++) lines++;
    CHECK_INT(lines, TINY_STEPS + 3);
    sc__buffer_deinit(&metrics);
    tiny again = {.resume = true};
    CHECK_OK(tiny_train(&again)); /* nothing is left to do, and nothing is lost by it */
    CHECK_STR(tiny_weights("run").hex, want.hex);
}

TEST(interrupt_afresh, "stage/training/interrupt/afresh") {
    tiny t = {.resume = true};
    CHECK_OK(tiny_train(&t));
    CHECK(strstr(t.notes, "starting afresh"));
}

TEST(interrupt_other_recipe, "stage/training/interrupt/other_recipe") {
    tiny t = {.stop_at = 3};
    CHECK_STATUS(SC_INTERRUPTED, tiny_train(&t));
    tiny other = {.resume = true, .set = {"train.seed=5"}};
    CHECK_STATUS(SC_FORMAT, tiny_train(&other));
    CHECK_ERROR("state.json");
}

/* ---- kill -9 --------------------------------------------------------------------------------- */

static void die(int signal) {
    (void)signal;
    kill(getpid(), SIGKILL);
}

static int64_t delay; /* microseconds after the first event of this process */

static void arm(const sc_train_event *e) {
    static bool armed;
    if (armed || e->kind != SC_TRAIN_STEP) return;
    armed = true;
    const struct itimerval when = {.it_value = {.tv_usec = delay}};
    signal(SIGALRM, die);
    setitimer(ITIMER_REAL, &when, NULL);
}

/* A process that trains, with a checkpoint after every step, and is killed at a random moment. */
static bool train_and_die(void) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (!child) {
        tiny t = {.resume = true, .set = {"train.checkpoint_interval=1"}, .also = arm};
        _exit(tiny_train(&t) < 0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void check_checkpoint(const char *dir) {
    char path[700];
    static const char *const files[] = {"model.safetensors", "optimizer.safetensors"};
    for (int i = 0; i < 2; i++) {
        sc_safetensors *f;
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        CHECK_OK(sc__safetensors_open(&f, path));
        sc__safetensors_close(f);
    }
    json_t *state;
    snprintf(path, sizeof path, "%s/state.json", dir);
    CHECK_OK(sc__json_load(&state, path));
    json_decref(state);
}

static int check_checkpoints(const char *checkpoints) {
    int n = 0;
    DIR *d = opendir(checkpoints);
    if (!d) return 0;
    for (struct dirent *e; (e = readdir(d));) {
        char path[600];
        if (strncmp(e->d_name, "step-", 5) || strstr(e->d_name, ".tmp")) continue;
        snprintf(path, sizeof path, "%s/%s", checkpoints, e->d_name);
        check_checkpoint(path);
        n++;
    }
    closedir(d);
    return n;
}

TEST(interrupt_killed, "stage/training/interrupt/killed") {
    enum { KILLS = 12 };
    int killed = 0;
    tiny_recipe();
    for (int i = 0; i < KILLS; i++) {
        delay = 200 + (int64_t)sc__random_below(test_seed(), 3, (uint64_t)i, 60000);
        killed += train_and_die();
        check_checkpoints(test_path("run/checkpoints"));
    }
    CHECK(killed > 0);
    tiny t = {.resume = true};
    CHECK_OK(tiny_train(&t));
    CHECK(check_checkpoints(test_path("run/checkpoints")) >= 1);
    CHECK_STR(tiny_weights("run").hex, never_stopped().hex);
}

/* ---- a full disk ----------------------------------------------------------------------------- */

/* Every write, fsync and rename of the run from its third step on fails in turn; resuming goes on
 * from what is there each time. */
static int64_t countdown;

static void fill_disk(const sc_train_event *e) {
    if (e->kind == SC_TRAIN_STEP && countdown >= 0) {
        sc__file_fail_at(countdown);
        countdown = -1;
    }
}

TEST(interrupt_full_disk, "stage/training/interrupt/full_disk") {
    tiny first = {.stop_at = 3};
    int64_t failures = 0;
    CHECK_STATUS(SC_INTERRUPTED, tiny_train(&first));
    for (int64_t k = (int64_t)(test_seed() % 7);; k += 7) {
        tiny t = {.resume = true, .also = fill_disk};
        countdown = k;
        const sc_status s = tiny_train(&t);
        sc__file_fail_at(-1);
        if (s >= 0) break;
        failures++;
        CHECK_STATUS(SC_IO, s);
        CHECK_ERROR(test_path("")); /* a file of ours is named */
        CHECK_ERROR("No space left");
        CHECK(check_checkpoints(test_path("run/checkpoints")) >= 1);
    }
    CHECK(failures > 3);
    tiny t = {.resume = true};
    CHECK_OK(tiny_train(&t));
    CHECK_STR(tiny_weights("run").hex, never_stopped().hex);
}
