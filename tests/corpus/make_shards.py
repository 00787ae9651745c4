#!/usr/bin/env python3
"""Writes tests/corpus/shards: a small good token shard and ways in which one can lie."""
import hashlib
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shards")


def shard(name, tokens=(5, 6, 1, 9, 1), token_at=(0, 3, 3, 5), byte_at=(0, 10, 10, 17), tail=b"", digest=None, **f):
    h = dict(magic=b"SOCLETOK", version=1, token_bytes=2, vocab_size=300, n_tokens=len(tokens),
             n_documents=len(token_at) - 1, n_bytes=17, eos=1, reserved=0)
    h.update(f)
    body = struct.pack("<%d%s" % (len(tokens), "H" if h["token_bytes"] == 2 else "I"), *tokens)
    body += bytes(-len(body) % 8)
    body += struct.pack("<%dQ" % len(token_at), *token_at) + struct.pack("<%dQ" % len(byte_at), *byte_at)

    def head(d):
        return struct.pack("<8sIIQQQQq32s32sQ", h["magic"], h["version"], h["token_bytes"], h["vocab_size"],
                           h["n_tokens"], h["n_documents"], h["n_bytes"], h["eos"], bytes(32), d, h["reserved"])

    good = hashlib.sha256(body + head(bytes(32))).digest()
    with open(os.path.join(HERE, name + ".tokens"), "wb") as out:
        out.write(head(digest or good) + body + tail)


os.makedirs(HERE, exist_ok=True)
shard("ok-three")
shard("ok-wide", vocab_size=70000, token_bytes=4)
shard("ok-nothing", (), (0,), (0,), n_bytes=0)
shard("bad-digest", digest=bytes(32))
shard("bad-magic", magic=b"SOCLETOX")
shard("bad-version", version=2)
shard("bad-width", vocab_size=70000)
shard("bad-vocabulary-zero", vocab_size=0)
shard("bad-vocabulary-huge", vocab_size=2**40, token_bytes=4)
shard("bad-eos", eos=300)
shard("bad-eos-negative", eos=-2)
shard("bad-id", (5, 300, 1, 9, 1))
shard("bad-n-tokens", n_tokens=6)
shard("bad-n-tokens-huge", n_tokens=2**63)
shard("bad-n-tokens-wraps", n_tokens=2**63 + 5)
shard("bad-n-documents", n_documents=4)
shard("bad-n-documents-wraps", n_documents=2**60 + 3)
shard("bad-offsets-reversed", token_at=(0, 4, 3, 5))
shard("bad-offsets-outside", token_at=(0, 3, 3, 500))
shard("bad-offsets-start", token_at=(1, 3, 3, 5))
shard("bad-bytes-reversed", byte_at=(0, 12, 10, 17))
shard("bad-bytes-total", n_bytes=18)
shard("bad-trailing", tail=bytes(8))
shard("bad-reserved", reserved=1)
with open(os.path.join(HERE, "ok-three.tokens"), "rb") as f:
    good = f.read()
for n in (0, 127, 128, 200):
    with open(os.path.join(HERE, "bad-cut-at-%d.tokens" % n), "wb") as f:
        f.write(good[:n])
