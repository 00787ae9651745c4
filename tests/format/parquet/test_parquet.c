/* test_parquet.c - files opened, and lies of footers, pages and values refused by name. */
#include "corpus.h"
#include "format/parquet/rows.h"

static sc_status accepts(const char *path) { return parquet_read(NULL, NULL, path, NULL); }

TEST(parquet_corpus, "format/parquet/corpus") { test_corpus("parquet", accepts); }

static void check_refused(const char *file, const char *words) {
    char path[256];
    snprintf(path, sizeof path, "corpus/parquet/bad-%s.parquet", file);
    CHECK_STATUS(SC_FORMAT, accepts(test_data(path)));
    CHECK_ERROR(file);
    CHECK_ERROR(words);
}

TEST(parquet_sentences, "format/parquet/sentences") {
    check_refused("nothing", "not a Parquet file");
    check_refused("cut", "cut short?");
    check_refused("footer-length", "byte 105: footer of 2147483648 bytes in a file of 113");
    check_refused("footer-encrypted", "the footer is encrypted");
    check_refused("footer-nested", "nested too deep");
    check_refused("schema-count", "footer: schema: byte 14: a list of more elements");
    check_refused("schema-logical",
                  "schema: a: a logical type that its physical type cannot carry");
    check_refused("schema-more-children", "schema: root: more fields than there are elements");
    check_refused("encrypted-column", "columns are encrypted");
    check_refused("other-file", "lies in another file");
    check_refused("rows-huge", "row group 1: 9223372036854775807 rows are more than can be");
    check_refused("rows-without-columns", "1152921504606846976 rows without a column");
    check_refused("names", "two columns are named \"a\"");
    check_refused("chunk-offset",
                  "column a: a chunk of 29 bytes at byte 4611686018427387904, but the footer");
    check_refused("chunk-more-values", "column a: byte 33: the chunk ends 1 values early");
    check_refused("page-beyond-chunk", "page at byte 4: 99 bytes where the chunk has 12 left");
    check_refused("crc", "column a: page at byte 4: its bytes have not the checksum");
    check_refused("codec-lzo", "compression LZO (3) is not supported");
    check_refused("encoding-of-type", "encoding DELTA_BYTE_ARRAY (7) of INT32 is not supported");
    check_refused("size-snappy", "17 bytes of SNAPPY cannot become 2147483647");
    check_refused("zstd-5000", "zstd data of 4096 bytes where the page says 5000");
    check_refused("string-length", "a value of 4294967295 bytes where the page has 3 left");
    check_refused("dictionary-index", "page at byte 25: value 3 of a dictionary of 2");
    check_refused("lists-disagree", "column l.b: page at byte 44: row 1: its levels say another");
    check_refused("rows-more", "row 4: its levels say another shape");
    check_refused("map-null-key", "a map with a key that is null");
    check_refused("delta-width", "delta-packed integers of 65 bits");
}

TEST(parquet_facts, "format/parquet/facts") {
    sc_parquet *f;
    CHECK_OK(sc__parquet_open(&f, test_data("golden/parquet/groups.parquet")));
    CHECK_INT(f->n_rows, 40);
    CHECK_INT(f->n_groups, 6);
    CHECK_INT(f->n_columns, 2);
    CHECK_INT(f->groups[5].n_rows, 5);
    CHECK_STR(sc__parquet_codec_name(f->groups[0].chunks[1].codec), "SNAPPY");
    CHECK(strstr(f->created_by, "parquet-cpp-arrow"));
    CHECK_INT(f->nodes[f->leaves[1]].max_rep, 1);
    CHECK_INT(f->nodes[f->leaves[1]].max_def, 3);
    sc__parquet_close(f);
    CHECK(sc__parquet_is("PAR1", 4) && !sc__parquet_is("PAR", 3) && !sc__parquet_is("PARQ", 4));
    CHECK_STATUS(SC_IO, sc__parquet_open(&f, test_path("none.parquet")));
    CHECK(!f);
}

static sc_status open_one(void *path) {
    sc_parquet *f;
    SC_TRY(sc__parquet_open(&f, path));
    sc__parquet_close(f);
    return SC_OK;
}

TEST(parquet_oom, "format/parquet/oom") {
    char path[512];
    snprintf(path, sizeof path, "%s", test_data("golden/parquet/nested.v1.parquet"));
    CHECK(test_oom(open_one, path) > 1);
}
