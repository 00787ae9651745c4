#!/usr/bin/env python3
"""Makes tests/golden/parquet (by pyarrow, and byte by byte what it does not write) and tests/corpus/parquet (lies, byte by byte).

    python3 tests/parity/make_parquet.py            the files of the repository
    python3 tests/parity/make_parquet.py DIR        the table of tests/format/parquet/test_parquet_shared.c, for the files of DIR
    python3 tests/parity/make_parquet.py FILE       the rows of a file, one that `socle data export` made for example

Made with pyarrow 26.0.1. Beside each golden file stand the rows that pyarrow reads of it, as socle writes them
(parquet_json.py); those of files made by hand are written down here, and compared with pyarrow's where it reads them."""
import datetime
import decimal
import glob
import gzip
import hashlib
import io
import os
import struct
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

import parquet_json
from parquet_bytes import *

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOLDEN = os.path.join(ROOT, "golden/parquet")
CORPUS = os.path.join(ROOT, "corpus/parquet")
made = {}


def save(name, data, lines):
    """NAME.KIND.parquet: several files, by kind, of the rows of NAME.jsonl."""
    text = "".join(line + "\n" for line in lines)
    rows = os.path.join(GOLDEN, name.split(".")[0] + ".jsonl")
    assert rows not in made or made[rows] == text, name
    made[rows] = text
    with open(os.path.join(GOLDEN, name + ".parquet"), "wb") as f:
        f.write(data)
    with open(rows, "w") as f:
        f.write(text)


def golden(name, table, **options):
    sink = io.BytesIO()
    options.setdefault("compression", "none")
    pq.write_table(table, sink, store_schema=False, **options)
    save(name, sink.getvalue(), parquet_json.lines(pq.ParquetFile(io.BytesIO(sink.getvalue())).read()))


def by_hand(name, data, *lines, pyarrow=True):
    if pyarrow:
        read = parquet_json.lines(pq.ParquetFile(io.BytesIO(data)).read())
        assert read == list(lines), (name, read)
    save(name, data, lines)


# ---- what pyarrow writes ---------------------------------------------------------------------------------------------------------


def every_type():
    d, day = decimal.Decimal, datetime.date
    columns = {
        "bool": pa.array([True, None, False, True]),
        "i8": pa.array([-128, 127, None, 0], pa.int8()),
        "u8": pa.array([255, 0, None, 1], pa.uint8()),
        "i16": pa.array([-32768, 32767, None, 0], pa.int16()),
        "u16": pa.array([65535, 0, None, 1], pa.uint16()),
        "i32": pa.array([-(2**31), 2**31 - 1, None, 0], pa.int32()),
        "u32": pa.array([2**32 - 1, 0, None, 1], pa.uint32()),
        "i64": pa.array([-(2**63), 2**63 - 1, None, 0], pa.int64()),
        "u64": pa.array([2**64 - 1, 0, None, 1], pa.uint64()),
        "f16": pa.array([1.5, float("nan"), None, -0.0]).cast(pa.float16()),
        "f32": pa.array([0.1, float("inf"), None, 3e38], pa.float32()),
        "f64": pa.array([0.1, float("-inf"), None, 5e-324]),
        "d9": pa.array([d("-1.23"), d("0.00"), None, d("9999999.99")], pa.decimal128(9, 2)),
        "d18": pa.array([d("-0.001"), d("1.000"), None, d("999999999999999.999")], pa.decimal128(18, 3)),
        "d38": pa.array([d("-99999999999999999999999999999999999999"), d(0), None, d(7)], pa.decimal128(38, 0)),
        "d76": pa.array([d("-1e-40").quantize(d("1e-40")), d(0).quantize(d("1e-40")), None, d(12)], pa.decimal256(76, 40)),
        "date": pa.array([day(1, 1, 1), day(9999, 12, 31), None, day(2024, 2, 29)]),
        "time_ms": pa.array([0, 86399999, None, 1], pa.time32("ms")),
        "time_us": pa.array([0, 86399999999, None, 1], pa.time64("us")),
        "time_ns": pa.array([0, 86399999999999, None, 1], pa.time64("ns")),
        "at_ms": pa.array([-1, 253402300799999, None, 0], pa.timestamp("ms", "UTC")),
        "at_us": pa.array([-62135596800000000, 1, None, 0], pa.timestamp("us")),
        "at_ns": pa.array([-(2**63), 2**63 - 1, None, 0], pa.timestamp("ns", "UTC")),
        "string": pa.array(['"\\\b\f\n\r\t\0\x1f\x7f/', "čeština, 한국어, 中文, 😀", None, ""]),
        "binary": pa.array([b"text", b"\xff\x00\x01", None, b""], pa.binary()),
        "fixed": pa.array([b"abcd", b"\xff\xfe\xfd\xfc", None, b"\0\0\0\0"], pa.binary(4)),
        "uuid": pa.array([uuid.UUID(int=1).bytes, uuid.UUID(int=2**128 - 1).bytes, None, uuid.UUID(int=0).bytes], pa.uuid()),
        "null": pa.nulls(4),
    }
    return pa.table(columns)


def mixed(n):
    """Columns to encode in every way: runs, noise and nulls."""
    noise = [(i * 2654435761 + 12345) % 2**32 for i in range(n)]
    nulls = [None if x % 5 == 0 else x for x in noise]
    words = ["the", "theory", "theories", "of", "", "off", "offset", "日本", "日本語"]
    return {
        "runs": pa.array([i // 40 for i in range(n)], pa.int32()),
        "noise": pa.array([None if x is None else x - 2**31 for x in nulls], pa.int32()),
        "wide": pa.array([None if x is None else (x * 2654435761 * 40503) % 2**64 - 2**63 for x in nulls], pa.int64()),
        "word": pa.array([None if x is None else words[x % len(words)] for x in nulls]),
        "fixed": pa.array([None if x is None else struct.pack("<I", x % 97) for x in nulls], pa.binary(4)),
        "f32": pa.array([None if x is None else x / 7 for x in nulls], pa.float32()),
        "f64": pa.array([None if x is None else x / 7 for x in nulls]),
        "bool": pa.array([None if x is None else x % 3 == 0 for x in nulls]),
    }


def encodings():
    table = pa.table(mixed(70))
    delta = {"runs": "DELTA_BINARY_PACKED", "noise": "DELTA_BINARY_PACKED", "wide": "DELTA_BINARY_PACKED", "word": "DELTA_BYTE_ARRAY",
             "fixed": "DELTA_BYTE_ARRAY", "bool": "RLE", "f32": "PLAIN", "f64": "PLAIN"}
    split = {name: "BYTE_STREAM_SPLIT" for name in ["runs", "noise", "wide", "fixed", "f32", "f64"]}
    split.update({"word": "DELTA_LENGTH_BYTE_ARRAY", "bool": "PLAIN"})
    for version in "1.0", "2.0":
        options = {"data_page_version": version, "write_page_checksum": True, "write_statistics": False, "compression": "zstd"}
        golden("mixed.plain-v" + version[0], table, use_dictionary=False, **options)
        golden("mixed.dictionary-v" + version[0], table, use_dictionary=True, **options)
        golden("mixed.delta-v" + version[0], table, use_dictionary=False, column_encoding=delta, **options)
        golden("mixed.split-v" + version[0], table, use_dictionary=False, column_encoding=split, **options)


def codecs():
    table = pa.table({"text": ["a text that repeats itself, a text that repeats itself, %d" % (i // 3) for i in range(60)] + [None], "n": list(range(61))})
    for name in "snappy", "gzip", "brotli", "zstd", "lz4":
        for version in "1.0", "2.0":
            golden("codec.%s-v%s" % (name, version[0]), table, compression=name, data_page_version=version, use_dictionary=["text"], write_statistics=False)


def nested():
    point = pa.struct([("x", pa.int32()), ("tags", pa.list_(pa.string()))])
    columns = {
        "list": pa.array([[1, None, 3], [], None, [4]], pa.list_(pa.int32())),
        "lists": pa.array([[[1], [], None], None, [[]], [[2, 3], [4]]], pa.list_(pa.list_(pa.int32()))),
        "struct": pa.array([{"x": 1, "tags": ["a"]}, {"x": None, "tags": None}, None, {"x": 4, "tags": []}], point),
        "structs": pa.array([[{"x": 1, "tags": ["a", None]}, None], [], None, [{"x": None, "tags": []}, {"x": 3, "tags": None}]], pa.list_(point)),
        "map": pa.array([[("a", 1), ("b", None)], [], None, [("c", 3), ("d", 4), ("c", 5)]], pa.map_(pa.string(), pa.int64())),
        "numbered": pa.array([[(1, [1.5])], [(-2, None), (3, [])], None, []], pa.map_(pa.int32(), pa.list_(pa.float64()))),
        "maps": pa.array([[[("k", [("a", 1)])]], None, [[]], [None, [("k", None)]]],
                         pa.list_(pa.map_(pa.string(), pa.map_(pa.string(), pa.int8())))),
        "deep": pa.array([[[[[[7]]]]], [[[[None, []], []]]], None, [[[None]]]], pa.list_(pa.list_(pa.list_(pa.list_(pa.list_(pa.int8())))))),
    }
    for version in "1.0", "2.0":
        golden("nested.v" + version[0], pa.table(columns), compression="zstd", data_page_version=version, write_statistics=False)


def shapes():
    golden("types", every_type(), compression="gzip", write_statistics=False, version="2.6")
    golden("types.decimals-in-integers", every_type(), compression="gzip", write_statistics=False, version="2.6", store_decimal_as_integer=True)
    rows = pa.table({"id": list(range(40)), "list": [list(range(i % 4)) for i in range(40)]})
    golden("groups", rows, row_group_size=7, data_page_size=16, write_batch_size=2, write_page_checksum=True, write_statistics=False, compression="snappy")
    golden("empty", rows.slice(0, 0))
    golden("no-columns", pa.table({}))
    moments = pa.array([0, 1, -1, 1704141296123456789, None], pa.timestamp("ns"))
    golden("int96", pa.table({"at": moments}), use_deprecated_int96_timestamps=True, write_statistics=False)


# ---- what it does not --------------------------------------------------------------------------------------------------------------


def old_spellings():
    bits = bytes([0b10110100])  # highest first: 1 0 1 1 0 1 (0 0)
    body = bits + int32s(1, 3, 4, 6)
    root = element("root", children=1)
    # pyarrow takes the lowest bit first, against the format's text and its Java library
    by_hand("bit-packed-levels", file([root, element("a", INT32, OPTIONAL)], [Column(INT32, [page(body, 6, levels=BIT_PACKED)], 6)], 6),
            '{"a":1}', '{"a":null}', '{"a":3}', '{"a":4}', '{"a":null}', '{"a":6}', pyarrow=False)
    levels = sized(runs((0, 1), (1, 2), (0, 2))) + sized(runs((1, 3), (0, 1), (1, 1)))
    values = levels + int32s(1, 2, 3, 4)
    by_hand("lists.repeated", file([root, element("a", INT32, REPEATED)], [Column(INT32, [page(values, 5)], 5)], 3),
            '{"a":[1,2,3]}', '{"a":[]}', '{"a":[4]}')
    by_hand("lists.two-levels", file([root, element("a", None, REQUIRED, 1, converted=3), element("element", INT32, REPEATED)],
            [Column(INT32, [page(values, 5)], 5)], 3), '{"a":[1,2,3]}', '{"a":[]}', '{"a":[4]}')
    by_hand("list-named-array", file([root, element("a", None, REQUIRED, 1, converted=3), element("array", None, REPEATED, 1), element("x", INT32)],
            [Column(INT32, [page(values, 5)], 5)], 3), '{"a":[{"x":1},{"x":2},{"x":3}]}', '{"a":[]}', '{"a":[{"x":4}]}')
    by_hand("map-of-old", file([root, element("m", None, REQUIRED, 1, converted=2), element("map", None, REPEATED, 2), element("k", BYTES), element("v", INT32)],
            [Column(BYTES, [page(levels + strings("a", "b", "a", "\N{SNOWMAN}"), 5)], 5), Column(INT32, [page(values, 5)], 5)], 3),
            '{"m":{"b":2,"a":3}}', '{"m":{}}', '{"m":{"\N{SNOWMAN}":4}}')


def rare_pages():
    root = element("root", children=1)
    three = ['{"a":1}', '{"a":2}', '{"a":3}']
    body = int32s(1, 2, 3)

    def column(pages, **more):
        return file([root, element("a", INT32)], [Column(INT32, pages, 3, **more)], 3)

    def hadoop(b):
        block = bytes([len(b) << 4]) + b  # one run of literals
        return struct.pack(">II", len(b), len(block)) + block

    by_hand("three.lz4-hadoop", column([page(body, 3, codec=hadoop)], codec=5), *three)
    by_hand("three.lz4-bare", column([page(body, 3, codec=lambda b: hadoop(b)[8:])], codec=5), *three)
    by_hand("three.gzip-members", column([page(body, 3, codec=lambda b: gzip.compress(b[:5], mtime=0) + gzip.compress(b[5:], mtime=0))], codec=2), *three)
    by_hand("three.v2-not-compressed", column([page_v2(b"", b"", body, 3)], codec=6), *three)
    index = struct_of({1: 1, 2: 4, 3: 4, 6: struct_of({})}) + b"skip"
    by_hand("three.index-page", column([index, page(int32s(1), 1), page(b"", 0), page(int32s(2, 3), 2)]), *three, pyarrow=False)
    d = dictionary(int32s(3, 2, 1), 3, PLAIN_DICT)
    indices = bytes([2]) + varint(1 << 1 | 1) + bytes([0b00000110, 0])
    by_hand("three.dictionary-old", column([d, page(indices, 3, PLAIN_DICT)], dictionary_at=len(d)), *three)
    by_hand("dictionary-of-one", column([dictionary(int32s(5), 1), page(b"\0\x06", 3, RLE_DICT)]), *['{"a":5}'] * 3)
    split = [page(sized(runs((0, 1), (1, 1))) + sized(runs((1, 2))) + int32s(1, 2), 2), page(sized(runs((1, 1), (0, 1))) + sized(runs((1, 2))) + int32s(3, 4), 2)]
    by_hand("row-over-two-pages", file([root, element("a", INT32, REPEATED)], [Column(INT32, split, 4)], 2), '{"a":[1,2,3]}', '{"a":[4]}')
    by_hand("three.rows-not-told", file([root, element("a", INT32)], [Column(INT32, [page(body, 3)], 3)], 3, footer={3: I64(0)}), *three)


def rare_types():
    def column(type, body, n, **more):
        return file([element("root", children=1), element("a", type, **more)], [Column(type, [page(body, n)], n)], n)

    by_hand("decimal-bytes", column(BYTES, strings(b"\x01\x00", b"\xff", b""), 3, converted=5, scale=1, precision=5), '{"a":25.6}', '{"a":-0.1}', '{"a":0.0}', pyarrow=False)
    by_hand("interval", column(FIXED, struct.pack("<III", 1, 2, 3), 1, converted=21, length=12), '{"a":{"months":1,"days":2,"milliseconds":3}}', pyarrow=False)
    by_hand("enum", column(BYTES, strings("A", b"\xc3"), 2, converted=4), '{"a":"A"}', '{"a":"\ufffd"}', pyarrow=False)
    by_hand("json", column(BYTES, strings('{"x":1}'), 1, converted=19), '{"a":"{\\"x\\":1}"}')
    by_hand("bson", column(BYTES, strings(b"\x05\0\0\0\0", b"\x80"), 2, converted=20), '{"a":"\\u0005\\u0000\\u0000\\u0000\\u0000"}', '{"a":{"base64":"gA=="}}')
    utc = struct_of({7: struct_of({1: True, 2: struct_of({1: struct_of({})})})})
    by_hand("time-utc", column(INT32, int32s(1), 1, logical=utc), '{"a":"00:00:00.001Z"}', pyarrow=False)
    by_hand("far-dates", column(INT32, int32s(-(2**31), 2**31 - 1, -719529, 2932897), 4, converted=6),
            '{"a":"-5877641-06-23"}', '{"a":"+5881580-07-11"}', '{"a":"-0001-12-31"}', '{"a":"+10000-01-01"}')
    by_hand("newer-type", column(INT32, int32s(4), 1, logical=struct_of({99: struct_of({})})), '{"a":4}')


# ---- lies --------------------------------------------------------------------------------------------------------------------------


def corpus(name, data):
    with open(os.path.join(CORPUS, name + ".parquet"), "wb") as f:
        f.write(data)


def lying_footers():
    root, a = element("root", children=1), element("a", INT32)
    good = one(int32s(1, 2, 3))
    chunk = Column(INT32, [page(int32s(1, 2, 3), 3)], 3)

    def with_meta(**fields):
        return file([root, a], [Column(INT32, [page(int32s(1, 2, 3), 3)], 3, meta={int(k[1:]): v for k, v in fields.items()})], 3)

    corpus("ok-plain", good)
    corpus("bad-nothing", b"")
    corpus("bad-magic", good[:-4] + b"PAR2")
    corpus("bad-cut", good[:-9])
    corpus("bad-footer-length", good[:-8] + struct.pack("<I", 2**31) + b"PAR1")
    corpus("bad-footer-encrypted", good[:-4] + b"PARE")
    corpus("bad-footer-cut", file([root, a], [chunk], 3, footer_length=20))
    corpus("bad-footer-empty", file([root, a], [chunk], 3, meta=b"\0"))
    corpus("bad-footer-nested", file([root, a], [chunk], 3, meta=b"\x9c" * 4000))
    corpus("bad-footer-varint", file([root, a], [chunk], 3, meta=b"\x15" + b"\xff" * 30))
    corpus("bad-encrypted-column", file([root, a], [Column(INT32, [page(int32s(1, 2, 3), 3)], 3, chunk={8: struct_of({})})], 3))
    corpus("bad-other-file", file([root, a], [Column(INT32, [page(int32s(1, 2, 3), 3)], 3, chunk={1: Binary(b"/etc/passwd")})], 3))
    corpus("bad-no-column-metadata", file([root, a], [Column(INT32, [], 3, chunk={3: None})], 3))
    corpus("bad-schema-count", file([root], [], 0, meta=struct_of({1: 1}).rstrip(b"\0") + b"\x19\xfc" + varint(2**40) + b"\0"))
    corpus("bad-schema-more-children", file([element("root", children=3), a], [chunk], 3))
    corpus("bad-schema-orphan", file([root, a, element("b", INT32)], [chunk, chunk], 3))
    corpus("bad-schema-deep", file([element("g", children=1)] * 60 + [a], [chunk], 3))
    corpus("bad-schema-empty-group", file([root, element("g", children=0)], [], 0))
    corpus("bad-schema-logical", file([root, element("a", INT32, converted=0)], [chunk], 3))
    corpus("bad-schema-scale", file([root, element("a", INT32, converted=5, scale=9, precision=3)], [chunk], 3))
    corpus("bad-schema-fixed", file([root, element("a", FIXED, length=0)], [Column(FIXED, [], 0)], 0))
    corpus("bad-names", file([element("root", children=2), a, a], [chunk, chunk], 3))
    corpus("bad-chunks", file([root, a], [chunk, chunk], 3))
    corpus("bad-chunk-type", with_meta(_1=INT64))
    corpus("bad-chunk-offset", with_meta(_9=I64(2**62)))
    corpus("bad-chunk-size", with_meta(_7=I64(2**62)))
    corpus("bad-chunk-negative", with_meta(_7=I64(-1)))
    corpus("bad-chunk-more-values", with_meta(_5=I64(4)))
    corpus("bad-chunk-fewer-values", with_meta(_5=I64(2)))
    corpus("bad-codec-lzo", with_meta(_4=3))
    corpus("bad-codec-unknown", with_meta(_4=77))
    corpus("bad-rows-more", file([root, a], [chunk], 4))
    corpus("bad-rows-fewer", file([root, a], [chunk], 2))
    corpus("bad-rows-huge", file([element("root", children=0)], [], 0, groups=[struct_of({1: [], 2: I64(0), 3: I64(2**63 - 1)})] * 2))
    corpus("bad-rows-without-columns", file([element("root", children=0)], [], 2**60))


def lying_pages():
    root = element("root", children=1)
    body = int32s(1, 2, 3)
    corpus("bad-crc", one(body, crc=5))
    corpus("bad-encoding", one(body, encoding=1))
    corpus("bad-encoding-of-type", one(body, encoding=DELTA_BYTES))
    corpus("bad-page-size", one(body, size=2**31 - 1))
    corpus("bad-page-values", one(body, 2**31 - 1))
    corpus("bad-page-no-kind", file([root, element("a", INT32)], [Column(INT32, [struct_of({1: 0, 2: 12, 3: 12}) + body], 3)], 3))
    corpus("bad-page-beyond-chunk", file([root, element("a", INT32)], [Column(INT32, [struct_of({1: 0, 2: 99, 3: 99, 5: struct_of({1: 3, 2: 0, 3: 3, 4: 3})}) + body], 3)], 3))
    for codec, name in (1, "snappy"), (2, "gzip"), (4, "brotli"), (5, "lz4-hadoop"), (6, "zstd"), (7, "lz4"):
        bomb = page(b"\x28\xb5\x2f\xfd\xff" + body, 3, size=2**31 - 1)
        corpus("bad-size-" + name, file([root, element("a", INT32)], [Column(INT32, [bomb], 3, codec=codec)], 3))
        noise = page(b"\x28\xb5\x2f\xfd\x20\x0c\x67\x00\x00" + body, 3, size=12)
        corpus("bad-bytes-" + name, file([root, element("a", INT32)], [Column(INT32, [noise], 3, codec=codec)], 3))
    zeros = pa.compress(b"\0" * 4096, codec="zstd", asbytes=True)
    for size in 12, 5000:
        page_of = page(zeros, 3, size=size)
        corpus("bad-zstd-%d" % size, file([root, element("a", INT32)], [Column(INT32, [page_of], 3, codec=6)], 3))
    levels = file([root, element("a", INT32, OPTIONAL)], [Column(INT32, [page_v2(b"", b"\x06\x01", body, 3)], 3)], 3)
    corpus("ok-levels", levels)
    for name, defs in ("beyond", b"\x06\x02"), ("early", b"\x04\x01"), ("cut", b"\x06"), ("packed-cut", b"\x03"):
        corpus("bad-levels-" + name, file([root, element("a", INT32, OPTIONAL)], [Column(INT32, [page_v2(b"", defs, body, 3)], 3)], 3))
    corpus("bad-levels-size", one(struct.pack("<I", 2**31) + body, repetition=OPTIONAL))
    v2 = struct_of({1: 3, 2: 12, 3: 12, 8: struct_of({1: 3, 2: 0, 3: 3, 4: 0, 5: 2**31 - 1, 6: 2**31 - 1})}) + body
    corpus("bad-levels-size-v2", file([root, element("a", INT32)], [Column(INT32, [v2], 3)], 3))
    lists = Column(INT32, [page_v2(runs((0, 1), (1, 2)), runs((1, 3)), body, 3)], 3)
    other = Column(INT32, [page_v2(runs((0, 2), (1, 1)), runs((1, 3)), body, 3)], 3)
    pair = [root, element("l", None, REPEATED, 2), element("a", INT32), element("b", INT32)]
    corpus("ok-lists", file(pair, [lists, lists], 1))
    corpus("bad-lists-disagree", file(pair, [lists, other], 1))
    corpus("bad-row-begins-inside", file([root, element("a", INT32, REPEATED)], [Column(INT32, [page_v2(runs((1, 3)), runs((1, 3)), body, 3)], 3)], 1))
    nulls = Column(INT32, [page_v2(b"", runs((0, 3)), b"", 3)], 3)
    whole = Column(INT32, [page_v2(b"", runs((1, 3)), body, 3)], 3)
    corpus("bad-nulls-disagree", file([root, element("s", None, OPTIONAL, 2), element("a", INT32), element("b", INT32)], [nulls, whole], 3))


def lying_values():
    root = element("root", children=1)

    def bytes_of(body, n=1, encoding=PLAIN, **more):
        return one(body, n, BYTES, encoding, **more)

    def with_dictionary(d, body, n=3, **more):
        return file([root, element("a", INT32)], [Column(INT32, [d, page(body, n, RLE_DICT)], n)], n)

    corpus("bad-string-length", bytes_of(struct.pack("<I", 2**32 - 1) + b"abc"))
    corpus("bad-string-cut", bytes_of(b"\x01\0"))
    corpus("bad-fewer-values", one(int32s(1, 2)))
    corpus("bad-boolean-cut", one(b"", 9, BOOLEAN))
    corpus("bad-dictionary-none", one(b"\x01\x06\x00", encoding=RLE_DICT))
    corpus("bad-dictionary-index", with_dictionary(dictionary(int32s(1, 2), 2), b"\x02\x06\x03"))
    corpus("bad-dictionary-count", with_dictionary(dictionary(int32s(1, 2), 2**31 - 1), b"\x02\x06\x01"))
    corpus("bad-dictionary-width", with_dictionary(dictionary(int32s(1, 2), 2), b"\x21\x06\x01"))
    corpus("bad-dictionary-twice", with_dictionary(dictionary(int32s(1, 2), 2) * 2, b"\x01\x06\x01"))
    corpus("bad-dictionary-encoding", with_dictionary(dictionary(int32s(1, 2), 2, DELTA), b"\x01\x06\x01"))
    corpus("bad-dictionary-strings", file([root, element("a", BYTES)], [Column(BYTES, [dictionary(strings("a", "b") + b"\xff\0\0\0", 3), page(b"\x01\x06\x01", 3, RLE_DICT)], 3)], 3))
    corpus("bad-dictionary-boolean", file([root, element("a", BOOLEAN)], [Column(BOOLEAN, [dictionary(b"\x01", 1), page(b"\x01\x06\x01", 3, RLE_DICT)], 3)], 3))
    corpus("ok-delta", one(b"\x80\x01\x04\x03\x02" + b"\x02\0\0\0\0", encoding=DELTA))
    corpus("bad-delta-fewer", one(b"\x80\x01\x04\x02\x02" + b"\x02\0\0\0\0", encoding=DELTA))
    corpus("bad-delta-blocks", one(b"\x80\x01\x00\x03\x02" + b"\x02\0\0\0\0", encoding=DELTA))
    corpus("bad-delta-width", one(b"\x80\x01\x04\x03\x02" + b"\x02\x41\0\0\0" + b"\0" * 300, encoding=DELTA))
    corpus("bad-delta-cut", one(b"\x80\x01\x04\x03\x02" + b"\x02\x20\0\0\0" + b"\0\0", encoding=DELTA))
    corpus("bad-delta-minis", one(b"\x80\x80\x80\x80\x04\x80\x80\x80\x04\x03\x02" + b"\x02\0\0\0\0", encoding=DELTA))
    length = lambda n: b"\x80\x01\x04\x01" + zigzag(n)
    corpus("ok-delta-length", bytes_of(length(3) + b"abc", encoding=DELTA_LENGTH))
    corpus("bad-delta-length", bytes_of(length(4) + b"abc", encoding=DELTA_LENGTH))
    corpus("bad-delta-length-negative", bytes_of(length(-1) + b"abc", encoding=DELTA_LENGTH))
    corpus("ok-delta-bytes", bytes_of(length(0) + length(3) + b"abc", encoding=DELTA_BYTES))
    corpus("bad-delta-prefix", bytes_of(length(1) + length(3) + b"abc", encoding=DELTA_BYTES))
    corpus("bad-split", one(int32s(1, 2, 3) + b"x", encoding=SPLIT))
    wide = file([root, element("a", FIXED, length=4)], [Column(FIXED, [page(length(0) + length(3) + b"abc", 1, DELTA_BYTES)], 1)], 1)
    corpus("bad-delta-fixed", wide)
    for name, meaning, body in ("time", 7, int32s(86400000)), ("time-negative", 7, int32s(-1)):
        corpus("bad-" + name, file([root, element("a", INT32, converted=meaning)], [Column(INT32, [page(body, 1)], 1)], 1))
    corpus("bad-decimal", file([root, element("a", BYTES, converted=5, scale=0, precision=9)], [Column(BYTES, [page(strings(b"1" * 65), 1)], 1)], 1))
    pair = element("m", None, REQUIRED, 1, converted=1), element("key_value", None, REPEATED, 2), element("k", BYTES, OPTIONAL), element("v", INT32)
    keys = Column(BYTES, [page_v2(runs((0, 1)), runs((1, 1)), b"", 1)], 1)
    corpus("bad-map-null-key", file([root, *pair], [keys, Column(INT32, [page_v2(runs((0, 1)), runs((1, 1)), int32s(1), 1)], 1)], 1))


# ---- the files of parquet-testing ----------------------------------------------------------------------------------------------------


def spark_moments(table):
    """INT96 whose last row pyarrow cannot hold. Spark's own sum wrapped when it wrote the year 290000; these are day and nanoseconds that
    stand in the file."""
    nanos = [None if v is None else v * 1000 for v in parquet_json.ints(table.column(0).combine_chunks(), 64)]
    nanos[-1] = (-105862232 - 2440588) * 86400 * 10**9 - 32509551616000
    return ['{"a":%s}' % ("null" if v is None else parquet_json.moment(v, 9, False)) for v in nanos]


def shared(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.parquet"))):
        name = os.path.basename(path)
        if name.startswith("large_string"):  # strings of a gigabyte
            print('    {"%s", 0, NULL}, /* gigabyte strings */' % name)
            continue
        try:
            file = pq.ParquetFile(path, page_checksum_verification=True, coerce_int96_timestamp_unit="us" if "from_spark" in name else None)
            table = file.read()
            lines = spark_moments(table) if "from_spark" in name else parquet_json.lines(table)
        except (OSError, pa.ArrowInvalid) as e:
            print('    {"%s", 0, NULL}, /* pyarrow: %s */' % (name, str(e).split("\n")[0]))
            continue
        digest = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
        print('    {"%s", %d, "%s"},' % (name, len(lines), digest))


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        shared(sys.argv[1])
    elif len(sys.argv) > 1:
        print("\n".join(parquet_json.lines(pq.ParquetFile(sys.argv[1], page_checksum_verification=True).read())))
    else:
        for make in every_type, encodings, codecs, nested, shapes, old_spellings, rare_pages, rare_types, lying_footers, lying_pages, lying_values:
            make()
