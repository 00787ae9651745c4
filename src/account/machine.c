/* machine.c - host facts and energy. RAPL counters wrap (a few hours at full load on large
 * processors, under one on small ones), so a thread reads them every 20 seconds. */
#define _GNU_SOURCE
#include "account/machine.h"

#include "base/alloc.h"
#include "base/file.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* ---- facts ----------------------------------------------------------------------------------- */

void sc__machine_processor(char *out, size_t n) {
    snprintf(out, n, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "re");
    if (!f) return;
    char line[256];
    while (fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10)) continue;
        snprintf(out, n, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    fclose(f);
}

sc_status sc__machine_describe(json_t **out) {
    struct utsname u = {0};
    if (uname(&u)) snprintf(u.nodename, sizeof u.nodename, "unknown");
    char processor[128], os[sizeof u.sysname + sizeof u.release + sizeof u.machine + 4];
    sc__machine_processor(processor, sizeof processor);
    snprintf(os, sizeof os, "%s %s %s", u.sysname, u.release, u.machine);
    const json_int_t memory = (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    *out =
        json_pack("{s:s, s:s, s:s, s:I, s:I}", "host", u.nodename, "os", os, "processor", processor,
                  "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "memory_bytes", memory);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "facts about this machine");
}

double sc__machine_core_watts(const char *processor, const char **row) {
    static const struct {
        const char *name;
        double watts, cores;
    } rows[] = {
#define TDP(name, watts, cores) {name, watts, cores},
#include "account/tdp.def"
#undef TDP
    };
    for (int i = 0;; i++) {
        if (!strstr(processor, rows[i].name)) continue;
        *row = rows[i].name;
        return rows[i].watts / rows[i].cores;
    }
}

/* ---- energy ---------------------------------------------------------------------------------- */

enum { MAX_PACKAGES = 16, SAMPLE_SECONDS = 20 };

typedef struct {
    char path[256];
    double range, last, total; /* microjoules */
} package;

struct sc_energy {
    package packages[MAX_PACKAGES];
    int n_packages;
    double cpu_at_start;
    pthread_t thread;
    bool sampling, stop;
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

static double cpu_seconds(void) {
    struct rusage u;
    double s = 0;
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        if (getrusage(whose[i], &u)) continue;
        s += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec);
        s += 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    }
    return s;
}

static bool read_number(double *out, const char *folder, const char *name) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    const bool good = fscanf(f, "%lf", out) == 1;
    fclose(f);
    return good;
}

static void sample(sc_energy *e) {
    for (int i = 0; i < e->n_packages; i++) {
        package *p = &e->packages[i];
        double now;
        if (!read_number(&now, p->path, "energy_uj")) continue;
        p->total += now >= p->last ? now - p->last : now + p->range - p->last;
        p->last = now;
    }
}

static void *sampler(void *arg) {
    sc_energy *e = arg;
    pthread_mutex_lock(&e->lock);
    while (!e->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += SAMPLE_SECONDS;
        if (pthread_cond_timedwait(&e->wake, &e->lock, &until)) sample(e);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* Top-level domains only ("intel-rapl:0"): their parts ("intel-rapl:0:1") are counted in them. */
static void find_packages(sc_energy *e, const char *root) {
    for (int i = 0; i < MAX_PACKAGES; i++) {
        package *p = &e->packages[e->n_packages];
        const int n = snprintf(p->path, sizeof p->path, "%s/intel-rapl:%d", root, i);
        if (n < 0 || (size_t)n >= sizeof p->path) return;
        if (!read_number(&p->last, p->path, "energy_uj")) continue;
        if (!read_number(&p->range, p->path, "max_energy_range_uj")) continue;
        e->n_packages++;
    }
}

sc_status sc__energy_open(sc_energy **out, const char *root) {
    sc_energy *e = *out = sc__calloc(1, sizeof *e);
    if (!e) return SC_FAIL(SC_NOMEM, "energy measurement");
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->wake, NULL);
    find_packages(e, root);
    e->cpu_at_start = cpu_seconds();
    if (e->n_packages) e->sampling = !pthread_create(&e->thread, NULL, sampler, e);
    if (!e->sampling) e->n_packages = 0; /* counters that may wrap unseen are no measurement */
    return SC_OK;
}

static json_t *measured(const sc_energy *e) {
    double joules = 0;
    for (int i = 0; i < e->n_packages; i++) joules += 1e-6 * e->packages[i].total;
    return json_pack("{s:f, s:s, s:s}", "joules", joules, "source", "rapl", "how",
                     "sum of the powercap counters of all processor packages over the duration");
}

static json_t *estimated(const sc_energy *e) {
    char processor[128], how[256];
    const char *row;
    sc__machine_processor(processor, sizeof processor);
    const double seconds = cpu_seconds() - e->cpu_at_start;
    const double watts = sc__machine_core_watts(processor, &row);
    snprintf(how, sizeof how, "%.2f processor seconds x %.2f W a core (%s)", seconds, watts,
             *row ? "maker's thermal design power over cores" : "assumed, processor not in table");
    return json_pack("{s:f, s:s, s:s}", "joules", seconds * watts, "source", "estimate", "how",
                     how);
}

sc_status sc__energy_close(sc_energy *e, json_t **out) {
    if (out) *out = NULL;
    if (!e) return SC_OK;
    if (e->sampling) {
        pthread_mutex_lock(&e->lock);
        e->stop = true;
        pthread_cond_signal(&e->wake);
        pthread_mutex_unlock(&e->lock);
        pthread_join(e->thread, NULL);
        sample(e);
    }
    if (out) *out = e->n_packages ? measured(e) : estimated(e);
    const bool failed = out && !*out;
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->wake);
    sc__free(e);
    return failed ? SC_FAIL(SC_NOMEM, "energy measurement") : SC_OK;
}
