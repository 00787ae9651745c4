/* scripts.h - tests that are shell scripts (see scripts.c). */
#ifndef SC_TEST_SCRIPTS_H
#define SC_TEST_SCRIPTS_H

/* Adds every tests/cli/VERB/NAME.sh as test "cli/VERB/NAME"; so also include/ and runner/. */
void scripts_register(void);
/* Runs one; ends the process by test_fail or test_skip where it does not pass. */
void script_run(const char *path);

#endif
