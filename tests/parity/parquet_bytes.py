"""Parquet files byte by byte, for what no library writes: old spellings, and lies. Thrift's compact protocol by hand."""
import struct
import zlib

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTES, FIXED = range(8)
REQUIRED, OPTIONAL, REPEATED = range(3)
PLAIN, PLAIN_DICT, RLE, BIT_PACKED, DELTA, DELTA_LENGTH, DELTA_BYTES, RLE_DICT, SPLIT = 0, 2, 3, 4, 5, 6, 7, 8, 9


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def zigzag(n):
    return varint(n * 2 if n >= 0 else -n * 2 - 1)


class Binary(bytes):
    """Bytes that are a binary value; plain bytes are a structure already written."""


class I64(int):
    """An integer that the format declares with 64 bits; others are of 32."""


def kind(v):
    return 1 if v is True else 2 if v is False else 6 if isinstance(v, I64) else 5 if isinstance(v, int) else 8 if isinstance(v, Binary) else 9 if isinstance(v, list) else 12


def value(v):
    if isinstance(v, bool):
        return b""
    if isinstance(v, int):
        return zigzag(v)
    if isinstance(v, Binary):
        return varint(len(v)) + v
    if isinstance(v, list):
        n = bytes([len(v) << 4 | kind(v[0])]) if 0 < len(v) < 15 else bytes([0xF0 | (kind(v[0]) if v else 12)]) + varint(len(v))
        return n + b"".join(value(x) for x in v)
    return v


def struct_of(fields):
    out, last = b"", 0
    for i in sorted(fields):
        v = fields[i]
        if v is None:
            continue
        out += bytes([(i - last) << 4 | kind(v)]) if 0 < i - last < 16 else bytes([kind(v)]) + zigzag(i)
        out += value(v)
        last = i
    return out + b"\0"


def element(name, type=None, repetition=REQUIRED, children=None, converted=None, logical=None, length=None, scale=None, precision=None):
    return struct_of({1: type, 2: length, 3: repetition, 4: Binary(name.encode()), 5: children, 6: converted, 7: scale, 8: precision, 10: logical})


def page(body, n_values, encoding=PLAIN, codec=lambda b: b, size=None, crc=None, levels=RLE, **more):
    """A data page of version 1."""
    data = codec(body)
    header = {1: 0, 2: len(body) if size is None else size, 3: len(data), 4: zlib.crc32(data) if crc is True else crc,
              5: struct_of({1: n_values, 2: encoding, 3: levels, 4: levels})}
    header.update(more)
    return struct_of(header) + data


def page_v2(reps, defs, body, n_values, encoding=PLAIN, n_rows=None, codec=None):
    data = codec(body) if codec else body
    size = len(reps) + len(defs)
    header = {1: 3, 2: size + len(body), 3: size + len(data), 8: struct_of({1: n_values, 2: 0, 3: n_rows or n_values, 4: encoding, 5: len(defs),
              6: len(reps), 7: codec is not None})}
    return struct_of(header) + reps + defs + data


def dictionary(body, n_values, encoding=PLAIN):
    return struct_of({1: 2, 2: len(body), 3: len(body), 7: struct_of({1: n_values, 2: encoding})}) + body


def runs(*items):
    """Run-length levels or indices of up to 8 bits: (value, times) ..."""
    return b"".join(varint(times << 1) + bytes([v]) for v, times in items)


def sized(b):
    return struct.pack("<I", len(b)) + b


def strings(*items):
    return b"".join(sized(s.encode() if isinstance(s, str) else s) for s in items)


def int32s(*items):
    return struct.pack("<%di" % len(items), *items)


class Column:
    def __init__(self, type, pages, n_values, codec=0, dictionary_at=None, **more):
        self.type, self.pages, self.n_values, self.codec, self.dictionary_at, self.more = type, pages, n_values, codec, dictionary_at, more


def file(schema, columns, n_rows, footer=None, footer_length=None, magic=b"PAR1", groups=None, meta=None):
    """One row group. `more` of a column and `footer` replace fields by number."""
    body, chunks = b"PAR1", []
    for c in columns:
        at = len(body)
        data = b"".join(c.pages)
        body += data
        fields = {1: c.type, 2: [0], 3: [Binary(b"x")], 4: c.codec, 5: I64(c.n_values), 6: I64(len(data)), 7: I64(len(data)), 9: I64(at),
                  11: I64(at) if c.dictionary_at else None}
        if c.dictionary_at:
            fields[9] = I64(at + c.dictionary_at)
        fields.update(c.more.get("meta", {}))
        chunk = {2: I64(at), 3: struct_of(fields)}
        chunk.update(c.more.get("chunk", {}))
        chunks.append(struct_of(chunk))
    group = struct_of({1: chunks, 2: I64(len(body)), 3: I64(n_rows)})
    fields = {1: 1, 2: schema, 3: I64(n_rows), 4: [group] if groups is None else groups, 6: Binary(b"socle tests")}
    fields.update(footer or {})
    tail = struct_of(fields) if meta is None else meta
    return body + tail + struct.pack("<I", len(tail) if footer_length is None else footer_length) + magic


def one(body, n=3, type=INT32, encoding=PLAIN, repetition=REQUIRED, **more):
    """A file of one column `a` and one page."""
    return file([element("root", children=1), element("a", type, repetition)], [Column(type, [page(body, n, encoding, **more)], n)], n)
