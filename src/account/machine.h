/* machine.h - on what a step ran, and what it cost: processor model, host, and energy with its
 * source named. */
#ifndef SC_ACCOUNT_MACHINE_H
#define SC_ACCOUNT_MACHINE_H

#include "base/json.h"

/* {"host", "os", "processor", "processors", "memory_bytes"}: a new object. */
SC_MUST_USE sc_status sc__machine_describe(json_t **out);
/* The processor's name as the kernel tells it, in the caller's buffer; "unknown" where it does not.
 */
void sc__machine_processor(char *out, size_t n);

/* Energy between open and close. Where the kernel's powercap counters (RAPL) can be read, their sum
 * over all packages: everything that ran on the processor in that time. Elsewhere an estimate:
 * processor seconds of this process times the watts of one core (tdp.def). */
typedef struct sc_energy sc_energy;
/* root is "/sys/class/powercap" but for tests. */
SC_MUST_USE sc_status sc__energy_open(sc_energy **out, const char *root);
/* {"joules", "source": "rapl" | "estimate", "how"}: a new object. Ends the measurement; out may be
 * NULL. */
SC_MUST_USE sc_status sc__energy_close(sc_energy *e, json_t **out);

/* Watts of one core of this processor and the row of tdp.def they come from. */
double sc__machine_core_watts(const char *processor, const char **row);

#endif
