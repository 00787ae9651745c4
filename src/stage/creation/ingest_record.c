/* ingest_record.c - one item into one record: character set, kind of text, clean text, what is
 * known of it. */
#define _GNU_SOURCE
#include "base/json.h"
#include "base/utf8.h"
#include "format/source/charset.h"
#include "format/html.h"
#include "format/source/markdown.h"
#include "format/source/mojibake.h"
#include "format/source/spdx.h"
#include "format/record.h"
#include "format/roff.h"
#include "format/source/wikitext.h"
#include "stage/creation/clean.h"
#include "stage/creation/ingest_part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What becomes a record. Slices lie in the item or the maker's buffers. */
typedef struct {
    sc_slice text, id, created, added, source;
    char added_room[24];
    json_t *metadata;
} draft;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "ingest"); }

sc_status sc__record_maker_init(sc_record_maker *m, const sc_ingest_options *o) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    *m = (sc_record_maker){.o = o, .epoch = epoch && *epoch ? strtoll(epoch, NULL, 10) : -1};
    return sc__extractor_open(&m->extractor, &(sc_extract_options){.comments = o->comments});
}

void sc__record_maker_deinit(sc_record_maker *m) {
    sc_buffer *all[] = {&m->bytes, &m->decoded, &m->repaired, &m->composed,
                        &m->plain, &m->tidy,    &m->names};
    for (int i = 0; i < SC_LEN(all); i++) sc__buffer_deinit(all[i]);
    sc__wiki_page_deinit(&m->page);
    sc__extractor_close(m->extractor);
}

/* ---- metadata -------------------------------------------------------------------------------- */

static sc_status set(json_t *o, const char *key, json_t *value) {
    return json_object_set_new(o, key, value) < 0 ? no_memory() : SC_OK;
}

/* Text of unknown origin: repaired where it is not UTF-8; "" is not said. */
static sc_status set_text(json_t *o, const char *key, const char *p, size_t n) {
    sc_buffer valid = SC_BUFFER_INIT;
    if (!p || !n) return SC_OK;
    sc_status s = sc__utf8_repair(&valid, p, n, NULL);
    if (s >= 0) s = set(o, key, json_stringn(valid.data, valid.len));
    sc__buffer_deinit(&valid);
    return s;
}

static sc_status set_string(json_t *o, const char *key, const char *p) {
    return set_text(o, key, p, p ? strlen(p) : 0);
}

static sc_status set_number(json_t *o, const char *key, int64_t n) {
    return n > 0 ? set(o, key, json_integer((json_int_t)n)) : SC_OK;
}

/* Where it came from. */
static sc_status describe(json_t *o, const sc_item *item) {
    SC_TRY(set_string(o, "file", item->path));
    SC_TRY(set_string(o, "member", item->member));
    if (item->kind == SC_ITEM_PARQUET) return set_number(o, "row", item->line);
    if (item->line) return set_number(o, "line", item->line);
    if (item->kind == SC_ITEM_FILE) return SC_OK;
    return set(o, "offset", json_integer((json_int_t)item->offset));
}

/* "SPDX-License-Identifier: MIT" in the head of a file (spdx.dev, Annex E). */
static sc_status find_spdx(json_t *o, sc_slice text) {
    static const char mark[] = "SPDX-License-Identifier:";
    const size_t head = SC_MIN(text.n, (size_t)2048);
    const char *p = head ? memmem(text.p, head, mark, sizeof mark - 1) : NULL;
    if (!p) return SC_OK;
    p += sizeof mark - 1;
    const char *end = text.p + head, *stop = memchr(p, '\n', (size_t)(end - p));
    if (!stop) return SC_OK;
    while (p < stop && *p == ' ') p++;
    const char *q = p; /* letters of an expression; "*" "/" and "-->" end a comment */
    while (q < stop && (memchr("-.+()/: ", *q, 8) || (*q >= '0' && *q <= '9') ||
                        (*q >= 'A' && *q <= 'Z') || (*q >= 'a' && *q <= 'z')))
        q++;
    while (q > p && memchr(" -/", q[-1], 3)) q--;
    return set_text(o, "licence", p, (size_t)(q - p));
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Valid UTF-8 into what the record holds: mojibake undone, composed, tidied; in m->tidy. */
static sc_status finish_text(draft *d, sc_made_record *made, sc_record_maker *m, sc_slice text) {
    SC_TRY(sc__mojibake_repair(&text.p, &text.n, &m->repaired, &made->repaired));
    SC_TRY(sc__text_compose(&text.p, &text.n, &m->composed));
    sc__buffer_clear(&m->tidy);
    sc__text_tidy(&m->tidy, text.p, text.n);
    d->text = (sc_slice){m->tidy.data ? m->tidy.data : "", m->tidy.len};
    return m->tidy.status;
}

/* What the page says of itself. */
static sc_status take_facts(json_t *o, const sc_page_facts *f) {
    static const char *const robots[] = {"noindex",   "nofollow", "noarchive",
                                         "nosnippet", "noai",     "noimageai"}; /* bits from 0 */
    SC_TRY(set_string(o, "title", f->title));
    SC_TRY(set_string(o, "author", f->author));
    SC_TRY(set_string(o, "language", f->language));
    SC_TRY(set_string(o, "published", f->published));
    SC_TRY(set_string(o, "licence", f->licence));
    if (!json_object_get(o, "url")) SC_TRY(set_string(o, "url", f->url));
    if (!f->robots) return SC_OK;
    json_t *list = json_array();
    for (int i = 0; list && i < SC_LEN(robots); i++)
        if (f->robots >> i & 1 && json_array_append_new(list, json_string(robots[i])) < 0) {
            json_decref(list);
            return no_memory();
        }
    return set(o, "robots", list);
}

static sc_status convert_html(draft *d, sc_record_maker *m, sc_slice in) {
    if (m->o->html == SC_INGEST_HTML_BODY) return sc__html_to_text(&m->plain, in.p, in.n);
    SC_TRY(sc__main_text(&m->plain, &m->facts, m->extractor, in.p, in.n));
    return take_facts(d->metadata, &m->facts);
}

static sc_status convert(draft *d, sc_slice *text, sc_record_maker *m, sc_text_kind kind) {
    sc_front_matter facts;
    const sc_slice in = *text;
    sc__buffer_clear(&m->plain);
    if (kind == SC_TEXT_PLAIN) return find_spdx(d->metadata, in);
    if (kind == SC_TEXT_HTML && m->o->html == SC_INGEST_HTML_SOURCE) return SC_OK;
    if (kind == SC_TEXT_HTML) SC_TRY(convert_html(d, m, in));
    if (kind == SC_TEXT_MANUAL) SC_TRY(sc__roff_to_text(&m->plain, in.p, in.n));
    if (kind == SC_TEXT_MARKDOWN) {
        SC_TRY(sc__markdown_to_text(&m->plain, &facts, in.p, in.n));
        SC_TRY(set_string(d->metadata, "title", facts.title));
        SC_TRY(set_string(d->metadata, "licence", facts.licence));
        SC_TRY(set_string(d->metadata, "language", facts.language));
        SC_TRY(set_string(d->metadata, "date", facts.date));
    }
    *text = (sc_slice){m->plain.data ? m->plain.data : "", m->plain.len};
    return m->plain.status;
}

/* A whole file or the body of a page: bytes of some character set and some kind. */
static sc_status make_page(draft *d, sc_made_record *made, sc_record_maker *m,
                           const sc_item *item) {
    static const sc_ingest_outcome outcomes[] = {
        [SC_TEXT_PLAIN] = SC_INGEST_PLAIN,   [SC_TEXT_MARKDOWN] = SC_INGEST_MARKDOWN,
        [SC_TEXT_HTML] = SC_INGEST_HTML,     [SC_TEXT_MANUAL] = SC_INGEST_MANUAL,
        [SC_TEXT_BINARY] = SC_INGEST_BINARY,
    };
    const bool web = item->kind == SC_ITEM_WEB;
    const char *name = web ? "" : item->member ? item->member : item->path;
    const bool html =
        strstr(item->type, "html") || sc__text_may_be_html(name, item->bytes, item->n);
    sc_charset charset;
    sc_slice text = {item->bytes, item->n};
    SC_TRY(sc__charset_decode(&text.p, &text.n, &charset, &m->decoded, item->charset, html));
    sc_text_kind kind = sc__text_kind(name, text.p, text.n, charset.replaced);
    if (kind != SC_TEXT_BINARY && strstr(item->type, "html")) kind = SC_TEXT_HTML;
    if (kind != SC_TEXT_BINARY && !strcmp(item->type, "text/plain")) kind = SC_TEXT_PLAIN;
    made->outcome = web && kind != SC_TEXT_BINARY ? SC_INGEST_WEB : outcomes[kind];
    if (kind == SC_TEXT_BINARY) return SC_OK;
    made->replaced = charset.replaced;
    made->converted = strcmp(charset.name, "utf-8") != 0;
    if (made->converted) SC_TRY(set_string(d->metadata, "charset", charset.name));
    SC_TRY(convert(d, &text, m, kind));
    return finish_text(d, made, m, text);
}

/* A web archive's record: what its head says need not be UTF-8. */
static sc_status take_web(draft *d, sc_record_maker *m, const sc_item *item) {
    const char *id = item->id ? item->id : "", *created = item->created ? item->created : "";
    sc__buffer_clear(&m->names);
    SC_TRY(sc__utf8_repair(&m->names, id, strlen(id), NULL));
    const size_t n = m->names.len;
    SC_TRY(sc__utf8_repair(&m->names, created, strlen(created), NULL));
    if (n) d->id = (sc_slice){m->names.data, n};
    if (m->names.len > n) d->created = (sc_slice){m->names.data + n, m->names.len - n};
    SC_TRY(set_string(d->metadata, "x_robots_tag", item->robots));
    return set_string(d->metadata, "url", item->url);
}

/* ---- pages of wikis -------------------------------------------------------------------------- */

static sc_status wiki_url(json_t *o, const char *base, const sc_buffer *title) {
    sc_buffer url = SC_BUFFER_INIT;
    if (!base || !*base || !title->len) return SC_OK;
    sc__buffer_puts(&url, base);
    for (size_t i = 0; i < title->len; i++)
        sc__buffer_putc(&url, title->data[i] == ' ' ? '_' : title->data[i]);
    sc_status s = url.status;
    if (s >= 0) s = set_text(o, "url", url.data, url.len);
    sc__buffer_deinit(&url);
    return s;
}

static sc_status make_wiki(draft *d, sc_made_record *made, sc_record_maker *m,
                           const sc_item *item) {
    sc_wiki_page *p = &m->page;
    SC_TRY(sc__wiki_page_parse(p, item->bytes, item->n));
    made->outcome = p->space || p->redirect ? SC_INGEST_PASSED_OVER : SC_INGEST_WIKI;
    if (made->outcome == SC_INGEST_PASSED_OVER) return SC_OK;
    SC_TRY(wiki_url(d->metadata, item->url, &p->title));
    SC_TRY(set_text(d->metadata, "title", p->title.data, p->title.len));
    SC_TRY(set_string(d->metadata, "language", item->language));
    if (p->id.len) d->id = (sc_slice){p->id.data, p->id.len};
    if (p->timestamp.len) d->created = (sc_slice){p->timestamp.data, p->timestamp.len};
    sc__buffer_clear(&m->plain);
    SC_TRY(sc__wikitext_to_text(&m->plain, p->text.data ? p->text.data : "", p->text.len));
    return finish_text(d, made, m, (sc_slice){m->plain.data ? m->plain.data : "", m->plain.len});
}

/* ---- records --------------------------------------------------------------------------------- */

/* The object but for its text, which may be long. */
static json_t *without_text(const sc_record *r, sc_buffer *room) {
    const sc_slice text = r->value[SC_RECORD_TEXT];
    sc__buffer_clear(room);
    sc__buffer_append(room, r->line.p, (size_t)(text.p - r->line.p));
    sc__buffer_puts(room, "null");
    sc__buffer_append(room, text.p + text.n, (size_t)(r->line.p + r->line.n - text.p - text.n));
    return room->status < 0 ? NULL : json_loadb(room->data, room->len, JSON_ALLOW_NUL, NULL);
}

static bool is_field(const char *key, const sc_record_names *names) {
    const char *const fields[] = {"source", "added",   "created",  "metadata",
                                  "other",  names->id, names->text};
    for (int i = 0; i < SC_LEN(fields); i++)
        if (!strcmp(key, fields[i])) return true;
    return false;
}

/* An object, or one that a string spells as JSON: what `export` and tables make of objects. A new
 * reference; NULL where it is neither. */
static json_t *as_object(json_t *v) {
    if (json_is_object(v)) return json_incref(v);
    if (!json_is_string(v) || *json_string_value(v) != '{') return NULL;
    json_t *o = json_loadb(json_string_value(v), json_string_length(v), JSON_ALLOW_NUL, NULL);
    if (json_is_object(o)) return o;
    json_decref(o);
    return NULL;
}

/* A member of the row that holds members. */
static sc_status take_members(json_t *to, json_t *row, const char *key) {
    json_t *value = json_object_get(row, key), *own = as_object(value);
    int failed = 0;
    if (own) {
        failed = json_object_update(to, own);
    } else if (value && !json_is_null(value)) {
        failed = json_object_set(to, key, value);
    }
    json_decref(own);
    return failed ? no_memory() : SC_OK;
}

/* What says where it was found, unless it says so itself: it was found there first. */
static void forget_place(json_t *to, const json_t *metadata) {
    static const char *const keys[] = {"file", "member", "line", "row", "offset"};
    if (!json_object_get(metadata, "file")) return;
    for (int i = 0; i < SC_LEN(keys); i++) json_object_del(to, keys[i]);
}

/* What the record says besides the fields of the layout is metadata, under what it says is that. */
static sc_status take_metadata(json_t *to, json_t *row, const sc_record_names *names) {
    const char *key;
    json_t *value, *own = as_object(json_object_get(row, "metadata"));
    forget_place(to, own);
    json_decref(own);
    json_object_foreach(row, key, value) {
        if (!is_field(key, names) && json_object_set(to, key, value) < 0) return no_memory();
    }
    SC_TRY(take_members(to, row, "other"));
    SC_TRY(take_members(to, row, "metadata"));
    json_t *licence = json_object_get(to, "license");
    if (licence && !json_object_get(to, "licence") && json_object_set(to, "licence", licence) < 0)
        return no_memory();
    return SC_OK;
}

/* A string of the row, copied behind what `names` holds: offsets, since it grows. */
static sc_status keep(size_t at[2], sc_buffer *names, const json_t *row, const char *key) {
    const json_t *v = json_object_get(row, key);
    at[0] = names->len;
    if (json_is_string(v)) sc__buffer_append(names, json_string_value(v), json_string_length(v));
    at[1] = names->len;
    return names->status;
}

static sc_slice kept(const sc_buffer *names, const size_t at[2]) {
    return at[1] > at[0] ? (sc_slice){names->data + at[0], at[1] - at[0]} : (sc_slice){NULL, 0};
}

static sc_status take_fields(draft *d, sc_record_maker *m, const sc_record *r,
                             const sc_record_names *names) {
    size_t at[4][2];
    json_t *row = without_text(r, &m->plain);
    if (!row) return no_memory();
    sc__buffer_clear(&m->names);
    sc_status s = take_metadata(d->metadata, row, names);
    if (s >= 0) s = keep(at[0], &m->names, row, "source");
    if (s >= 0) s = keep(at[1], &m->names, row, "added");
    if (s >= 0) s = keep(at[2], &m->names, row, "created");
    at[3][0] = m->names.len;
    const sc_slice id = r->value[SC_RECORD_ID];
    if (s >= 0 && id.p && (*id.p == '"' || *id.p == '-' || (*id.p >= '0' && *id.p <= '9')))
        s = sc__record_id(&m->names, r);
    at[3][1] = m->names.len;
    json_decref(row);
    if (s < 0) return s;
    d->source = kept(&m->names, at[0]);
    d->added = kept(&m->names, at[1]);
    d->created = kept(&m->names, at[2]);
    d->id = kept(&m->names, at[3]);
    return SC_OK;
}

static bool begins_with_tag(sc_slice text) {
    while (text.n && memchr(" \t\r\n", *text.p, 4)) text.p++, text.n--;
    const char next = text.n > 1 && *text.p == '<' ? text.p[1] : 0;
    return next == '!' || ((next | 32) >= 'a' && (next | 32) <= 'z');
}

static sc_status make_row(draft *d, sc_made_record *made, sc_record_maker *m, const sc_item *item) {
    static const sc_ingest_outcome outcomes[] = {[SC_ITEM_JSON] = SC_INGEST_JSONL,
                                                 [SC_ITEM_ROW] = SC_INGEST_CSV,
                                                 [SC_ITEM_PARQUET] = SC_INGEST_PARQUET};
    const sc_data_options *o = &m->o->common;
    const sc_record_names names = {o->id_field ? o->id_field : "id",
                                   o->text_field ? o->text_field : "text"};
    sc_slice line = {item->bytes, item->n};
    sc_record r;
    if (sc__utf8_valid_prefix(line.p, line.n) < line.n) {
        sc__buffer_clear(&m->bytes);
        SC_TRY(sc__utf8_repair(&m->bytes, line.p, line.n, &made->replaced));
        line = (sc_slice){m->bytes.data, m->bytes.len};
    }
    made->outcome = outcomes[item->kind];
    SC_TRY(sc__record_parse(&r, &m->decoded, line, &names, &made->replaced));
    SC_TRY(take_fields(d, m, &r, &names));
    if (m->o->pages && begins_with_tag(r.text)) SC_TRY(convert(d, &r.text, m, SC_TEXT_HTML));
    return finish_text(d, made, m, r.text);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int64_t count_characters(sc_slice text, int64_t enough) {
    int64_t n = 0;
    for (size_t i = 0; i < text.n && n < enough; i++) n += !sc__utf8_is_inner(text.p[i]);
    return n;
}

/* RFC 3339, UTC. The file's own date, so that the same files give the same bytes. */
static sc_slice added(draft *d, const sc_record_maker *m, const sc_item *item) {
    const time_t t = (time_t)(m->epoch >= 0 ? m->epoch : item->mtime);
    struct tm utc;
    if (t < 0 || !gmtime_r(&t, &utc)) return (sc_slice){NULL, 0};
    const size_t n = strftime(d->added_room, sizeof d->added_room, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return (sc_slice){d->added_room, n};
}

/* As SPDX writes it; the address that said so is kept. */
static sc_status settle_licence(json_t *o) {
    char spdx[SC_LICENCE_MAX];
    const char *text = json_string_value(json_object_get(o, "licence"));
    if (!text || !sc__spdx_find(spdx, text) || !strcmp(spdx, text)) return SC_OK;
    if (strstr(text, "//") && !json_object_get(o, "licence_url"))
        SC_TRY(set(o, "licence_url", json_string(text)));
    return set_string(o, "licence", spdx);
}

static sc_status complete(draft *d, const sc_made_record *made, sc_record_maker *m,
                          const sc_item *item) {
    const char *licence = m->o->licence;
    SC_TRY(set_number(d->metadata, "repaired", made->repaired));
    SC_TRY(set_number(d->metadata, "replaced", made->replaced));
    if (licence && !json_object_get(d->metadata, "licence"))
        SC_TRY(set_string(d->metadata, "licence", licence));
    SC_TRY(settle_licence(d->metadata));
    if (!d->added.p) d->added = added(d, m, item);
    return SC_OK;
}

static sc_status write_record(sc_buffer *out, draft *d, sc_record_maker *m, const sc_item *item) {
    const char *name = m->o->source ? m->o->source : item->path;
    if (!d->source.p || m->o->source) { /* a path need not be UTF-8 */
        sc__buffer_clear(&m->bytes);
        SC_TRY(sc__utf8_repair(&m->bytes, name, strlen(name), NULL));
        d->source = (sc_slice){m->bytes.data, m->bytes.len};
    }
    const sc_new_record r = {.id = d->id,
                             .text = d->text,
                             .source = d->source,
                             .added = d->added,
                             .created = d->created,
                             .metadata = d->metadata};
    return sc__record_write(out, &r);
}

static sc_status make(draft *d, sc_made_record *made, sc_buffer *out, sc_record_maker *m,
                      const sc_item *item) {
    const bool row =
        item->kind == SC_ITEM_JSON || item->kind == SC_ITEM_ROW || item->kind == SC_ITEM_PARQUET;
    if (row)
        SC_TRY(make_row(d, made, m, item));
    else if (item->kind == SC_ITEM_WIKI)
        SC_TRY(make_wiki(d, made, m, item));
    else
        SC_TRY(make_page(d, made, m, item));
    if (made->outcome >= SC_INGEST_KEPT) return SC_OK;
    if (m->o->common.strict && made->replaced)
        return SC_FAIL(SC_FORMAT, "%" PRId64 " sequences of bytes that are no characters",
                       made->replaced);
    const int64_t least = SC_MAX(m->o->min_characters, 1);
    if (count_characters(d->text, least) < least)
        return made->outcome = SC_INGEST_NEAR_EMPTY, SC_OK;
    made->bytes = (int64_t)d->text.n;
    if (m->o->drop_duplicates) SC_TRY(sc__hash_bytes(&made->digest, d->text.p, d->text.n));
    if (!json_object_get(d->metadata, "file")) SC_TRY(describe(d->metadata, item));
    SC_TRY(complete(d, made, m, item));
    return write_record(out, d, m, item);
}

sc_status sc__record_make(sc_made_record *made, sc_buffer *out, sc_record_maker *m,
                          const sc_item *item) {
    draft d = {.metadata = json_object()};
    const size_t before = out->len;
    *made = (sc_made_record){0};
    sc_status s = d.metadata ? SC_OK : no_memory();
    if (s >= 0 && item->kind == SC_ITEM_WEB) s = take_web(&d, m, item);
    if (s >= 0) s = make(&d, made, out, m, item);
    json_decref(d.metadata);
    if (s >= 0 || s == SC_NOMEM) return s;
    if (out->status >= 0) out->len = before;
    const char *slash = item->member ? "/" : "", *member = item->member ? item->member : "";
    if (item->line)
        return sc__fail_context(s, "%s%s%s: %s %" PRId64, item->path, slash, member,
                                item->kind == SC_ITEM_PARQUET ? "row" : "line", item->line);
    return sc__fail_context(s, "%s%s%s: offset %" PRIu64, item->path, slash, member, item->offset);
}
