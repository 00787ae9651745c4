/* clock.h - time that only goes forward, for durations. */
#ifndef SC_BASE_CLOCK_H
#define SC_BASE_CLOCK_H

double sc__clock_now(void);         /* seconds since some start */
double sc__clock_cpu_seconds(void); /* processor time of this process, all threads */

#endif
