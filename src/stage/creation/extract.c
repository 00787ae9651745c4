/* extract.c - the public face of format/extract: one page in, its main text out. */
#include "socle/extract.h"

#include "base/utf8.h"
#include "format/extract/extractor.h"

sc_status sc_extractor_open(sc_extractor **out, const sc_extract_options *o) {
    return sc__extractor_open(out, o);
}

void sc_extractor_close(sc_extractor *x) { sc__extractor_close(x); }

sc_status sc_extractor_run(const char **text, sc_page_facts *facts, sc_extractor *x,
                           const char *html, size_t n) {
    *text = "";
    sc__buffer_clear(&x->text);
    if (sc__utf8_valid_prefix(html, n) < n) {
        sc__buffer_clear(&x->valid);
        SC_TRY(sc__utf8_repair(&x->valid, html, n, NULL));
        html = x->valid.data;
        n = x->valid.len;
    }
    SC_TRY(sc__main_text(&x->text, facts, x, html, n));
    if (x->text.len) *text = x->text.data;
    return SC_OK;
}
