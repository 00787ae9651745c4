#!/usr/bin/env python3
"""Makes tests/golden/safetensors (by the safetensors library) and tests/corpus/safetensors (by hand).

    python3 tests/parity/make_safetensors.py [DIR]

Made with safetensors 0.8.0, torch 2.15. With a DIR that the test "format/safetensors/written-as-the-reference" filled
(SOCLE_KEEP=DIR), it checks instead that the library reads what socle wrote."""
import json
import os
import struct
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOLDEN = os.path.join(ROOT, "golden/safetensors")
CORPUS = os.path.join(ROOT, "corpus/safetensors")


def golden():
    import torch
    from safetensors.torch import save_file
    ramp = torch.arange(6, dtype=torch.float32) - 2.5
    tensors = {
        "wte.weight": ramp.reshape(2, 3),
        "h.0.bias": ramp.to(torch.bfloat16),
        "h.0.half": ramp.to(torch.float16),
        "scalar": torch.tensor(1.5, dtype=torch.float64),
        "ids": torch.arange(-2, 2, dtype=torch.int64),
        "small": torch.tensor([-1, 0, 1], dtype=torch.int8),
        "positions": torch.arange(5, dtype=torch.int32),
        "empty": torch.zeros(0, 4),
    }
    save_file(tensors, os.path.join(GOLDEN, "native.safetensors"), metadata={"format": "pt"})
    foreign = {
        "weight": ramp,
        "mask": torch.tensor([True, False, True]),
        "bytes": torch.arange(5, dtype=torch.uint8),
        "short": torch.arange(3, dtype=torch.int16),
        "ushort": torch.tensor([0, 1, 2], dtype=torch.uint16),
        "uint": torch.tensor([0, 1, 2], dtype=torch.uint32),
        "ulong": torch.tensor([0, 1, 2], dtype=torch.uint64),
        "f8": ramp.to(torch.float8_e4m3fn),
        "five": torch.zeros(1, 2, 1, 2, 1),
    }
    save_file(foreign, os.path.join(GOLDEN, "foreign.safetensors"), metadata={"format": "pt"})


def raw(name, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    with open(os.path.join(CORPUS, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text) if length is None else length) + text + data)


def entry(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def corpus():
    eight = bytes(range(8))
    raw("ok-two", {"b": entry(4, 8, [1]), "a": entry(0, 4, [1])}, eight)
    raw("ok-unaligned", {"i": entry(0, 1, [1], "I8"), "f": entry(1, 5, [1]), "d": entry(5, 13, [], "F64")}, bytes(13))
    raw("ok-nothing", {})
    raw("ok-padded", b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}     ', bytes(4))
    raw("ok-empty-tensors", {"a": entry(0, 0, [0]), "b": entry(0, 0, [3, 0]), "c": entry(0, 4, [1])}, bytes(4))
    raw("ok-half-bytes", {"q": entry(0, 3, [2, 3], "F4")}, bytes(3))
    raw("bad-half-of-a-byte", {"q": entry(0, 2, [3], "F4")}, bytes(2))
    raw("bad-header-longer-than-file", {"a": entry(0, 4, [1])}, bytes(4), 1000)
    raw("bad-header-length-huge", {"a": entry(0, 4, [1])}, bytes(4), 2**64 - 1)
    raw("bad-header-length-wraps", {}, b"", 2**63)
    raw("bad-header-cut", {"a": entry(0, 4, [1])}, bytes(4), 20)
    raw("bad-header-list", b"[]")
    raw("bad-header-empty", b"")
    raw("bad-header-not-utf8", b'{"\xff":1}')
    raw("bad-overlap", {"a": entry(0, 8, [2]), "b": entry(4, 8, [1])}, eight)
    raw("bad-same-place", {"a": entry(0, 4, [1]), "b": entry(0, 4, [1])}, bytes(4))
    raw("bad-hole", {"a": entry(0, 4, [1]), "b": entry(8, 12, [1])}, bytes(12))
    raw("bad-hole-at-start", {"a": entry(4, 8, [1])}, eight)
    raw("bad-trailing-bytes", {"a": entry(0, 4, [1])}, eight)
    raw("bad-data-cut", {"a": entry(0, 8, [2])}, bytes(7))
    raw("bad-offsets-reversed", {"a": entry(4, 0, [1])}, bytes(4))
    raw("bad-offsets-negative", {"a": entry(-4, 0, [1])}, bytes(4))
    raw("bad-offsets-three", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}}, bytes(4))
    raw("bad-offsets-missing", {"a": {"dtype": "F32", "shape": [1]}}, bytes(4))
    raw("bad-offsets-real", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0.0, 4.0]}}, bytes(4))
    raw("bad-size", {"a": entry(0, 8, [3])}, eight)
    raw("bad-shape-overflow", {"a": entry(0, 4, [2**62, 2**62])}, bytes(4))
    raw("bad-shape-wraps-to-size", {"a": entry(0, 4, [2**32, 2**32])}, bytes(4))
    raw("bad-shape-negative", {"a": entry(0, 4, [-1])}, bytes(4))
    raw("bad-shape-text", {"a": entry(0, 4, "1")}, bytes(4))
    raw("bad-dtype-unknown", {"a": entry(0, 4, [1], "F33")}, bytes(4))
    raw("bad-dtype-number", {"a": entry(0, 4, [1], 32)}, bytes(4))
    raw("bad-dtype-lowercase", {"a": entry(0, 4, [1], "float32")}, bytes(4))
    raw("bad-duplicate", b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')
    raw("bad-entry", {"a": 1})
    raw("bad-metadata", {"__metadata__": {"format": 1}})
    raw("bad-metadata-list", {"__metadata__": []})
    raw("bad-deep", b"[" * 5000)
    for n in (0, 7):
        with open(os.path.join(CORPUS, "bad-only-%d-bytes.safetensors" % n), "wb") as f:
            f.write(bytes(n))


def check(folder):
    """The library must read what socle wrote, with equal bytes for equal tensors."""
    from safetensors import safe_open
    one, ours = (open(os.path.join(p, "native.safetensors"), "rb").read() for p in (GOLDEN, folder))
    assert one == ours, "native.safetensors differs from the library's bytes"
    index = json.load(open(os.path.join(folder, "sharded/model.safetensors.index.json")))
    for name, file in index["weight_map"].items():
        with safe_open(os.path.join(folder, "sharded", file), "pt") as f:
            assert name in f.keys() and f.metadata() == {"format": "pt"}
    print("safetensors: %d bytes equal, %d tensors in shards read" % (len(one), len(index["weight_map"])))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        check(sys.argv[1])
    else:
        for folder in (GOLDEN, CORPUS):
            os.makedirs(folder, exist_ok=True)
        golden()
        corpus()
