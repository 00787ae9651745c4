"""Rows of a pyarrow table as socle writes them (docs/data.md, "Parquet"): the second opinion of make_parquet.py."""
import base64
import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.types as t


def quote(s):
    return json.dumps(s, ensure_ascii=False)


def raw(b):
    try:
        return quote(b.decode())
    except UnicodeDecodeError:
        return '{"base64":"%s"}' % base64.b64encode(b).decode()


def real(x, low, high, read):
    if x != x:
        return '"NaN"'
    if x in (float("inf"), float("-inf")):
        return '"Infinity"' if x > 0 else '"-Infinity"'
    for digits in range(low, high + 1):
        text = "%.*g" % (digits, x)
        if read(text) == x:
            break
    return text if "." in text or "e" in text else text + ".0"


def float32(x):
    return real(float(x), 6, 9, lambda s: float(np.float32(float(s))))


def date(days):
    year, month, day = str(np.datetime64(int(days), "D")).rsplit("-", 2)
    return "%s-%s-%s" % (year if 0 <= int(year) <= 9999 else "%+05d" % int(year), month, day)


def clock(units, digits):
    seconds, fraction = divmod(units, 10**digits)
    return "%02d:%02d:%02d.%0*d" % (seconds // 3600, seconds // 60 % 60, seconds % 60, digits, fraction)


def moment(units, digits, utc):
    day, rest = divmod(units, 86400 * 10**digits)
    return '"%sT%s%s"' % (date(day), clock(rest, digits), "Z" if utc else "")


DIGITS = {"ms": 3, "us": 6, "ns": 9}


def ints(a, width):
    return a.view(pa.int32() if width == 32 else pa.int64()).to_pylist()


def scalars(a):
    k = a.type
    if isinstance(k, pa.BaseExtensionType):
        if k.extension_name == "arrow.uuid":
            return [None if v is None else '"%s"' % v for v in a.to_pylist()]
        a = a.storage
        k = a.type
    if t.is_dictionary(k):
        return texts(a.dictionary_decode())
    if t.is_boolean(k):
        return [None if v is None else "true" if v else "false" for v in a.to_pylist()]
    if t.is_integer(k) or t.is_null(k):
        return [None if v is None else str(v) for v in a.to_pylist()]
    if t.is_duration(k):
        return [None if v is None else str(v) for v in ints(a, 64)]
    if t.is_decimal(k):
        return [None if v is None else format(v, "f") for v in a.to_pylist()]
    if t.is_float16(k) or t.is_float32(k):
        return [None if v is None else float32(v) for v in a.cast(pa.float32()).to_pylist()]
    if t.is_float64(k):
        return [None if v is None else real(v, 15, 17, float) for v in a.to_pylist()]
    if t.is_string(k) or t.is_large_string(k):
        return [None if v is None else quote(v) for v in a.to_pylist()]
    if t.is_binary(k) or t.is_large_binary(k) or t.is_fixed_size_binary(k):
        return [None if v is None else raw(v) for v in a.to_pylist()]
    if t.is_date(k):
        return [None if v is None else '"%s"' % date(v) for v in ints(a, 32)]
    if t.is_time(k):
        d = DIGITS[k.unit]
        z = ""  # pyarrow does not keep whether a time of day is of UTC; our fixtures' are not
        return [None if v is None else '"%s%s"' % (clock(v, d), z) for v in ints(a, k.bit_width)]
    if t.is_timestamp(k):
        return [None if v is None else moment(v, DIGITS[k.unit], k.tz is not None) for v in ints(a, 64)]
    raise SystemExit("no JSON of %s" % k)


def map_text(keys, values, start, end):
    entries = {}
    for i in range(start, end):
        key = keys[i] if keys[i][0] == '"' else '"%s"' % keys[i]
        entries.pop(key, None)
        entries[key] = values[i]
    return "{%s}" % ",".join("%s:%s" % e for e in entries.items())


def texts(a):
    """One JSON text a value of the array, null included."""
    if isinstance(a, pa.ChunkedArray):
        return [x for chunk in a.chunks for x in texts(chunk)]
    k = a.type
    there = a.is_valid().to_pylist()
    if t.is_map(k):
        keys, values, at = texts(a.keys), texts(a.items), a.offsets.to_pylist()
        return [map_text(keys, values, at[i], at[i + 1]) if ok else "null" for i, ok in enumerate(there)]
    if t.is_list(k) or t.is_large_list(k):
        values, at = texts(a.values), a.offsets.to_pylist()
        return ["[%s]" % ",".join(values[at[i] : at[i + 1]]) if ok else "null" for i, ok in enumerate(there)]
    if t.is_struct(k):
        fields = [(quote(k.field(i).name), texts(a.field(i))) for i in range(k.num_fields)]
        return ["{%s}" % ",".join("%s:%s" % (n, v[i]) for n, v in fields) if ok else "null" for i, ok in enumerate(there)]
    return ["null" if v is None or not there[i] else v for i, v in enumerate(scalars(a))]


def lines(table):
    columns = [(quote(n), texts(table.column(i))) for i, n in enumerate(table.column_names)]
    return ["{%s}" % ",".join("%s:%s" % (n, v[r]) for n, v in columns) for r in range(table.num_rows)]
