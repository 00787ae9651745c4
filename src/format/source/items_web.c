/* items_web.c - pages out of web archives: responses with status 200 that are text, resources, and
 * the text of WET (conversions). Requests, redirects, errors of servers, images and programs hold
 * no document and are passed over. */
#include "base/alloc.h"
#include "format/source/http.h"
#include "format/source/items_part.h"
#include "format/source/warc.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    sc_warc *warc;
    sc_http http;
    sc_buffer room;
    size_t max_item;
} web;

static bool detect(const sc_item_level *l, const char *bytes, size_t n) {
    (void)l;
    return sc__warc_detect(bytes, n);
}

static void close_web(void *reader) {
    web *w = reader;
    sc__warc_close(w->warc);
    sc__buffer_deinit(&w->room);
    sc__free(w);
}

static sc_status open_web(sc_item_level *l, size_t max_item) {
    web *w = l->reader = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "%s", l->name);
    w->max_item = max_item;
    return sc__warc_open(&w->warc, &l->window, l->name, max_item);
}

/* What people read. A type that is not said may be anything: its bytes will tell. */
static bool is_text(const char *type) {
    static const char *const types[] = {"",
                                        "text/html",
                                        "application/xhtml+xml",
                                        "text/plain",
                                        "text/markdown",
                                        "application/octet-stream",
                                        "no-type",
                                        "unk"};
    for (int i = 0; i < SC_LEN(types); i++)
        if (!strcmp(type, types[i])) return true;
    return false;
}

/* *is_page: the record holds a document, whose body is in w->http. */
static sc_status open_record(bool *is_page, web *w, const sc_warc_record *r) {
    const char *type = r->content_type ? r->content_type : "";
    w->http = (sc_http){.body = r->block, .n = r->n, .status = 200};
    *is_page = true;
    if (!strcmp(r->type, "response") && r->n >= 5 && !memcmp(r->block, "HTTP/", 5)) {
        SC_TRY(sc__http_parse(&w->http, &w->room, r->block, r->n, w->max_item));
    } else if (!strcmp(r->type, "resource") || !strcmp(r->type, "conversion")) {
        sc__media_type_parse(w->http.type, w->http.charset, type, strlen(type));
    } else {
        *is_page = false;
    }
    *is_page &= w->http.status == 200 && w->http.n && is_text(w->http.type);
    return SC_OK;
}

static sc_status next(sc_item *out, sc_items *t, sc_item_level *l) {
    web *w = l->reader;
    sc_warc_record r;
    for (bool is_page = false; !is_page;) {
        sc_status s = sc__warc_next(&r, w->warc);
        if (s != SC_OK) return s;
        s = open_record(&is_page, w, &r);
        if (s < 0) return sc__fail_context(s, "%s: offset %" PRIu64, l->name, r.offset);
        if (!is_page) sc__items_pass_over(t);
    }
    *out = sc__item_of(l, SC_ITEM_WEB, w->http.body, w->http.n);
    out->offset = r.offset;
    out->type = w->http.type;
    out->charset = w->http.charset;
    out->robots = w->http.robots;
    out->url = r.url;
    out->id = r.id;
    out->created = r.date;
    return SC_OK;
}

const sc_item_source sc__source_web = {detect, open_web, next, close_web};
