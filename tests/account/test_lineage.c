/* test_lineage.c - hashes as other tools compute them; hostile files are refused. */
#include "test.h"

#include "account/lineage.h"
#include "base/file.h"

TEST(canonical, "account/lineage/canonical") { /* sha256sum of {"a":0.5,"b":"\u00fc"} as UTF-8 */
    json_t *e = json_pack("{s:s, s:f, s:s}", "b", "\xC3\xBC", "a", 0.5, "entry_sha256", "x");
    sc_digest d, again;
    CHECK_OK(sc__lineage_entry_hash(&d, e));
    const char *text = "{\"a\":0.5,\"b\":\"\xC3\xBC\"}";
    CHECK_OK(sc__hash_bytes(&again, text, strlen(text)));
    CHECK_STR(d.hex, again.hex);
    json_decref(e);
}

TEST(artifact_id, "account/lineage/artifact-id") { /* as `sha256sum b a | sort -k2 | sha256sum` */
    const char *x = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    json_t *files =
        json_pack("[{s:s, s:s}, {s:s, s:s}]", "path", "b", "sha256", x, "path", "a", "sha256", x);
    char text[200];
    snprintf(text, sizeof text, "%s  a\n%s  b\n", x, x);
    sc_digest d, want;
    CHECK_OK(sc__hash_bytes(&want, text, strlen(text)));
    CHECK_OK(sc__lineage_artifact_id(&d, files));
    CHECK_STR(d.hex, want.hex);
    json_decref(files);
}

#define H "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""
#define ENTRY(inputs, outputs, parents)                                                            \
    "{\"socle_lineage\":1,\"entries\":[{\"step\":\"s\",\"stage\":\"s\",\"kind\":\"k\",\"state\":"  \
    "\"done\",\"artifact_path\":\"/x\",\"started\":\"t\",\"entry_sha256\":" H ",\"artifact\":" H   \
    ",\"previous\":null,\"duration_s\":1,\"inputs\":" inputs ",\"outputs\":" outputs               \
    ",\"parents\":" parents "}]}"

static const struct {
    const char *text, *says;
} hostile[] = {
    {"", "JSON"},
    {"[]", "not a lineage"},
    {"{\"socle_lineage\":1}", "not a lineage"},
    {"{\"socle_lineage\":2,\"entries\":[]}", "version 2"},
    {"{\"socle_lineage\":1,\"entries\":[3]}", "entry 0"},
    {"{\"socle_lineage\":1,\"entries\":[{}]}", "step"},
    {ENTRY("3", "[]", "[]"), "inputs"},
    {ENTRY("[]", "[{}]", "[]"), "outputs 0"},
    {ENTRY("[]", "[{\"path\":\"../../etc/passwd\",\"sha256\":" H ",\"bytes\":1}]", "[]"),
     "outputs 0"},
    {ENTRY("[]", "[{\"path\":\"a\\u0000b\",\"sha256\":" H ",\"bytes\":1}]", "[]"), "outputs 0"},
    {ENTRY("[]", "[{\"path\":\"a\",\"sha256\":\"no\",\"bytes\":1}]", "[]"), "outputs 0"},
    {ENTRY("[]", "[]", "[{\"path\":\"a\",\"entry\":7}]"), "parents 0"},
};

TEST(lineage_hostile, "account/lineage/hostile") {
    const char *path = test_path("lineage.json");
    json_t *lineage;
    for (int i = 0; i < SC_LEN(hostile); i++) {
        CHECK_OK(sc__file_write(path, hostile[i].text, strlen(hostile[i].text)));
        CHECK_STATUS(SC_FORMAT, sc__lineage_load(&lineage, path));
        CHECK(!lineage);
        CHECK_ERROR(hostile[i].says);
        CHECK_ERROR("lineage.json");
    }
    const char *good = ENTRY("[]", "[]", "[]");
    CHECK_OK(sc__file_write(path, good, strlen(good)));
    CHECK_OK(sc__lineage_load(&lineage, path));
    json_decref(lineage);
    sc_verdict v;
    CHECK_STATUS(SC_MISMATCH, sc__lineage_verify(&v, path, NULL, NULL));
}
