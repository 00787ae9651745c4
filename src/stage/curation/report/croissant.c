/* croissant.c - croissant.json: the corpus as Croissant 1.1 metadata (MLCommons 2026), JSON-LD over
 * schema.org with the files' checksums and, in the terms of PROV-O, what it was derived from. */
#include "account/files.h"
#include "base/file.h"
#include "base/hash.h"
#include "socle/version.h"
#include "stage/curation/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The specification's appendix 1, and prov of its section on provenance. */
static const char context[] =
    "{\"@language\":\"en\",\"@vocab\":\"https://schema.org/\",\"arrayShape\":\"cr:arrayShape\","
    "\"citeAs\":\"cr:citeAs\",\"column\":\"cr:column\",\"conformsTo\":\"dct:conformsTo\","
    "\"containedIn\":\"cr:containedIn\",\"cr\":\"http://mlcommons.org/croissant/\","
    "\"rai\":\"http://mlcommons.org/croissant/RAI/"
    "\",\"data\":{\"@id\":\"cr:data\",\"@type\":\"@json\"},"
    "\"dataType\":{\"@id\":\"cr:dataType\",\"@type\":\"@vocab\"},\"dct\":\"http://purl.org/dc/"
    "terms/\","
    "\"description\":{\"@container\":\"@language\"},\"equivalentProperty\":\"cr:"
    "equivalentProperty\","
    "\"examples\":{\"@id\":\"cr:examples\",\"@type\":\"@json\"},\"extract\":\"cr:extract\","
    "\"field\":\"cr:field\",\"fileProperty\":\"cr:fileProperty\",\"fileObject\":\"cr:fileObject\","
    "\"fileSet\":\"cr:fileSet\",\"format\":\"cr:format\",\"includes\":\"cr:includes\","
    "\"isArray\":\"cr:isArray\",\"isLiveDataset\":\"cr:isLiveDataset\",\"jsonPath\":\"cr:"
    "jsonPath\","
    "\"key\":\"cr:key\",\"md5\":\"cr:md5\",\"name\":{\"@container\":\"@language\"},"
    "\"parentField\":\"cr:parentField\",\"path\":\"cr:path\",\"prov\":\"http://www.w3.org/ns/"
    "prov#\","
    "\"recordSet\":\"cr:recordSet\",\"references\":\"cr:references\",\"regex\":\"cr:regex\","
    "\"repeated\":\"cr:repeated\",\"replace\":\"cr:replace\",\"samplingRate\":\"cr:samplingRate\","
    "\"sc\":\"https://schema.org/\",\"separator\":\"cr:separator\",\"source\":\"cr:source\","
    "\"subField\":\"cr:subField\",\"transform\":\"cr:transform\"}";

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "croissant.json"); }

static sc_status add(json_t *list, json_t *value) {
    return value && !json_array_append_new(list, value) ? SC_OK : no_memory();
}

/* ---- the files ------------------------------------------------------------------------------- */

static sc_status add_file(json_t *list, const char *corpus, const char *path) {
    sc_digest digest;
    uint64_t size;
    char bytes[32];
    const char *within = path + strlen(corpus);
    while (*within == '/') within++;
    SC_TRY(sc__hash_file(&digest, path));
    SC_TRY(sc__path_size(path, &size));
    snprintf(bytes, sizeof bytes, "%" PRIu64 " B", size);
    return add(list, json_pack("{ss so so so ss ss ss}", "@type", "cr:FileObject", "@id",
                               sc__json_text(within), "name", sc__json_text(within), "contentUrl",
                               sc__json_text(within), "contentSize", bytes, "encodingFormat",
                               "application/jsonlines", "sha256", digest.hex));
}

/* The files of a part, and the set of them. */
static sc_status add_part(json_t *list, const sc_described *d, const char *part) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    const char *dir = sc__path_join(&a, d->corpus, part);
    char includes[64];
    sc_status s = !dir                   ? no_memory()
                  : sc__path_is_dir(dir) ? sc__paths_find(&found, &a, dir)
                                         : SC_OK;
    for (int64_t i = 0; i < found.n && s >= 0; i++) s = add_file(list, d->corpus, found.paths[i]);
    const bool any = found.n > 0;
    sc__arena_deinit(&a);
    if (s < 0 || !any) return s;
    snprintf(includes, sizeof includes, "%s/*.jsonl*", part);
    return add(list, json_pack("{ss ss ss ss ss}", "@type", "cr:FileSet", "@id", part, "name", part,
                               "encodingFormat", "application/jsonlines", "includes", includes));
}

/* The records are those of documents/; what is held out is there to be checked and found. */
static sc_status add_files(json_t *list, const sc_described *d) {
    SC_TRY(add_part(list, d, "documents"));
    SC_TRY(add_part(list, d, "valid"));
    return add_part(list, d, "test");
}

/* ---- the records ----------------------------------------------------------------------------- */

static json_t *field(const char *name, const char *type, const char *path, const char *help) {
    char id[64];
    snprintf(id, sizeof id, "record/%s", name);
    return json_pack("{ss ss ss ss ss s{s{ss} s{ss}}}", "@type", "cr:Field", "@id", id, "name",
                     name, "description", help, "dataType", type, "source", "fileSet", "@id",
                     "documents", "extract", "jsonPath", path);
}

static sc_status record_set(json_t **out) {
    json_t *fields = json_array();
    *out = NULL;
    if (!fields) return no_memory();
    sc_status s = add(fields, field("id", "sc:Text", "$.id",
                                    "the document's own name, or the first "
                                    "digits of the SHA-256 of its text"));
    if (s >= 0) s = add(fields, field("text", "sc:Text", "$.text", "the document"));
    if (s >= 0) s = add(fields, field("source", "sc:Text", "$.source", "where it came from"));
    if (s >= 0) s = add(fields, field("added", "sc:Date", "$.added", "when it was taken in"));
    if (s >= 0) s = add(fields, field("created", "sc:Date", "$.created", "when it was made"));
    if (s >= 0)
        *out = json_pack("[{ss ss ss sO}]", "@type", "cr:RecordSet", "@id", "record", "name",
                         "record", "field", fields);
    json_decref(fields);
    return s >= 0 && !*out ? no_memory() : s;
}

/* ---- where it came from ---------------------------------------------------------------------- */

enum { ENTITIES_MAX = 1000 };

/* A folder of a million files is not told twice: beyond a number, where they are listed. */
static sc_status derived_from(json_t **out, const json_t *entry) {
    const json_t *inputs = json_object_get(entry, "inputs"), *input;
    const size_t n = json_array_size(inputs);
    char label[64];
    size_t i;
    *out = json_array();
    if (!*out) return no_memory();
    if (n > ENTITIES_MAX) {
        snprintf(label, sizeof label, "%zu files, listed in lineage.json", n);
        return add(*out, json_pack("{ss ss ss}", "@id", "lineage.json", "@type", "prov:Entity",
                                   "prov:label", label));
    }
    json_array_foreach(inputs, i, input) {
        const char *sha256 = json_string_value(json_object_get(input, "sha256")),
                   *path = json_string_value(json_object_get(input, "path"));
        char id[96];
        if (!sha256 || !path) continue;
        snprintf(id, sizeof id, "urn:sha256:%.64s", sha256);
        SC_TRY(add(*out, json_pack("{ss ss ss}", "@id", id, "@type", "prov:Entity", "prov:label",
                                   sc__path_name(path))));
    }
    return SC_OK;
}

static json_t *activity(const json_t *entry) {
    const char *step = json_string_value(json_object_get(entry, "step"));
    char label[160], agent[64];
    snprintf(label, sizeof label, "socle %s", step ? step : "data");
    snprintf(agent, sizeof agent, "socle %s", sc_version());
    return json_pack("{ss ss s{ss ss}}", "@type", "prov:Activity", "prov:label", label,
                     "prov:wasAssociatedWith", "@type", "prov:SoftwareAgent", "prov:label", agent);
}

static sc_status add_provenance(json_t *o, const sc_described *d) {
    json_t *from = NULL;
    if (!d->entry) return SC_OK;
    sc_status s = derived_from(&from, d->entry);
    if (s >= 0 && (json_object_set(o, "prov:wasDerivedFrom", from) ||
                   json_object_set_new(o, "prov:wasGeneratedBy", activity(d->entry))))
        s = no_memory();
    json_decref(from);
    return s;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The licence of all documents where they have one and the same. */
static const char *licence(const sc_census *c) {
    return c->licences.n == 1 && *c->licences.rows[0].name != '(' ? c->licences.rows[0].name : NULL;
}

static json_t *frame(const sc_described *d) {
    json_t *known = json_loads(context, 0, NULL);
    char description[256];
    snprintf(description, sizeof description,
             "A text corpus of %" PRId64 " documents, %" PRId64
             " characters, one JSON object a line.",
             d->census->groups[0].n, d->census->characters);
    return known ? json_pack("{so ss so ss ss ss* ss}", "@context", known, "@type", "sc:Dataset",
                             "name", sc__json_text(d->name), "description", description,
                             "conformsTo", "http://mlcommons.org/croissant/1.1", "license",
                             licence(d->census), "version", "1.0.0")
                 : NULL;
}

sc_status sc__corpus_croissant(const sc_described *d) {
    sc_arena a = SC_ARENA_INIT;
    json_t *o = frame(d), *files = json_array(), *records = NULL;
    const char *path = sc__path_join(&a, d->corpus, "croissant.json");
    sc_status s = o && files && path ? add_files(files, d) : no_memory();
    if (s >= 0) s = record_set(&records);
    if (s >= 0 &&
        (json_object_set(o, "distribution", files) || json_object_set(o, "recordSet", records)))
        s = no_memory();
    if (s >= 0) s = add_provenance(o, d);
    if (s >= 0) s = sc__json_save(o, path);
    json_decref(o);
    json_decref(files);
    json_decref(records);
    sc__arena_deinit(&a);
    return s;
}
