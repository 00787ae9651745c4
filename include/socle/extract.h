/* extract.h - the main text of an HTML page, and what the page says about itself.
 *
 *     sc_extractor *x;
 *     sc_page_facts facts;
 *     const char *text;
 *     const char *page = "<title>Hello</title><p>A page.";
 *     if (sc_extractor_open(&x, NULL) >= 0 &&
 *         sc_extractor_run(&text, &facts, x, page, strlen(page)) >= 0)
 *         printf("%s: %s", facts.title, text);
 *     sc_extractor_close(x);
 *
 * Threads: one extractor each. */
#ifndef SOCLE_EXTRACT_H
#define SOCLE_EXTRACT_H

#include "socle/status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sc_extractor sc_extractor;

typedef struct {
    bool comments; /* readers' comments belong to the text */
} sc_extract_options;

/* Which rule the text was found by, from the strictest on. */
typedef enum {
    SC_EXTRACT_NOTHING, /* there is no text */
    SC_EXTRACT_STRICT,  /* the densest part, without what names or links mark as something else */
    SC_EXTRACT_LOOSE,   /* the same, believing names less */
    SC_EXTRACT_DATA,    /* the page's own schema.org record (articleBody) */
    SC_EXTRACT_ALL      /* all text that is not navigation */
} sc_extract_rule;

enum {
    SC_ROBOTS_NOINDEX = 1,
    SC_ROBOTS_NOFOLLOW = 2,
    SC_ROBOTS_NOARCHIVE = 4,
    SC_ROBOTS_NOSNIPPET = 8,
    SC_ROBOTS_NOAI = 16, /* noai, or TDM reserved (tdm-reservation: 1) */
    SC_ROBOTS_NOIMAGEAI = 32
};

/* "" where the page does not say. Longer texts are cut at a character, longer addresses left out.
 */
typedef struct {
    char title[512];
    char url[2048];    /* canonical */
    char language[36]; /* BCP 47, as given */
    char author[256];
    char published[32]; /* ISO 8601: a date, or a date and time */
    char description[1024];
    char licence[64]; /* SPDX expression */
    char licence_url[512];
    unsigned robots; /* of the page for all robots: SC_ROBOTS_ */
    sc_extract_rule rule;
} sc_page_facts;

/* o may be NULL. */
SC_API SC_MUST_USE sc_status sc_extractor_open(sc_extractor **out, const sc_extract_options *o);

/* *text is zero-terminated UTF-8, maybe "", owned by the extractor until its next call; `facts` may
 * be NULL. Bytes of the page that are not UTF-8 become U+FFFD. SC_NOMEM; SC_FORMAT: the page has
 * more than 512 MiB. */
SC_API SC_MUST_USE sc_status sc_extractor_run(const char **text, sc_page_facts *facts,
                                              sc_extractor *x, const char *html, size_t n);
SC_API void sc_extractor_close(sc_extractor *x); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
