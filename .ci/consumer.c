/* consumer.c - a program of somebody else's, built against the installed library. */
#include <socle/socle.h>

#include <stdio.h>

int main(void) {
    printf("%s %d %s\n", sc_version(), sc_version_number() == SC_VERSION_NUMBER,
           sc_status_name(SC_FORMAT));
    return 0;
}
