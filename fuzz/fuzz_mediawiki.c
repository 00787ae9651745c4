/* fuzz_mediawiki.c - any bytes as a MediaWiki dump; what its pages hold as wikitext. */
#include "base/utf8.h"
#include "format/source/mediawiki.h"
#include "format/source/wikitext.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const char *xml, size_t n, sc_wiki_page *page) {
    sc_buffer out = SC_BUFFER_INIT;
    if (sc__wiki_page_parse(page, xml, n) >= 0 && page->text.len &&
        sc__wikitext_to_text(&out, page->text.data, page->text.len) >= 0 && out.len)
        sc_assert(sc__utf8_valid_prefix(out.data, out.len) == out.len);
    sc__buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {data, size};
    sc_window w = {0};
    sc_mediawiki *dump = NULL;
    sc_wiki_page page = SC_WIKI_PAGE_INIT;
    const char *xml;
    size_t n, count = 0;
    uint64_t offset;
    if (sc__stream_wrap(&w.stream, "fuzz", memory_read, &m) >= 0 &&
        sc__mediawiki_open(&dump, &w, "fuzz", 1 << 14) >= 0) {
        for (sc_status s; (s = sc__mediawiki_next(&xml, &n, &offset, dump)) != SC_DONE; count++) {
            sc_assert(count <= (size_t)1 << 20);
            if (s == SC_OK) use(xml, n, &page);
            if (s < 0 && s != SC_FORMAT) break;
        }
    }
    sc__mediawiki_close(dump);
    sc__wiki_page_deinit(&page);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return 0;
}
