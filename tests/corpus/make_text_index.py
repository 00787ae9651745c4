#!/usr/bin/env python3
"""Writes tests/corpus/text_index: a small good index of texts and ways in which one can lie."""
import json
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text_index")
TEXTS = ("The quick brown fox and a dog", "한국어 the 漢字 😀", "")
ABOUT = {"id_field": "id", "text_field": "text",
         "files": [{"name": "a.jsonl", "bytes": 1, "modified": 2, "sha256": "0" * 64}],
         "documents": 3, "bytes_in": 1, "unreadable": 0, "replaced": 0, "first_unreadable": ""}


def pad(b):
    return b + bytes(-len(b) % 8)


def index(name, texts=TEXTS, cut=None, **f):
    parts = [t.encode() + b"\xff" for t in texts]
    text = f.get("text", b"".join(parts))
    heads = [struct.pack("<QIIII", i + 1, f.get("file", 0), f.get("n_id", 1), 1, 1) + f.get("id", b"%c" % (97 + i)) + b"u"
             for i in range(len(texts))]
    begins, head_at = [0], [0]
    for part, head in zip(parts, heads):
        begins.append(begins[-1] + len(part))
        head_at.append(head_at[-1] + len(head))
    suffixes = sorted((i for i in range(len(text)) if text[i] & 0xC0 != 0x80 and text[i] != 0xFF), key=lambda i: text[i:])
    suffixes, begins, head_at = f.get("suffixes", suffixes), f.get("begins", begins), f.get("head_at", head_at)
    block = (pad(text) + pad(struct.pack("<%dI" % len(suffixes), *suffixes)) + pad(struct.pack("<%dI" % len(begins), *begins)) +
             struct.pack("<%dQ" % len(head_at), *head_at) + pad(b"".join(heads)))
    row = [48, len(text), len(suffixes), len(texts), head_at[-1]]
    for i, v in f.get("row", {}).items():
        row[i] = v
    about = f["about"] if "about" in f else json.dumps(ABOUT).encode()
    table = 48 + len(block)
    fields = [f.get("version", 1), f.get("n_blocks", 1), f.get("table", table), f.get("at", table + 40), f.get("n_about", len(about))]
    out = f.get("magic", b"SOCLEIDX") + struct.pack("<5Q", *fields) + block + struct.pack("<5Q", *row) + about
    with open(os.path.join(HERE, name + ".index"), "wb") as file:
        file.write(out[:cut])


BIG = 2**64 - 1
os.makedirs(HERE, exist_ok=True)
index("ok-three")
index("ok-nothing", (), n_blocks=0)
index("bad-magic", magic=b"SOCLEIDY")
index("bad-version", version=2)
index("bad-cut-head", cut=40)
index("bad-cut-block", cut=120)
index("bad-blocks", n_blocks=BIG)
index("bad-blocks-many", n_blocks=9)
index("bad-table", table=BIG - 7)
index("bad-table-odd", table=49)
index("bad-about-place", at=BIG)
index("bad-about-length", n_about=BIG)
index("bad-about-json", about=b"{")
index("bad-about-files", about=b'{"files":[{"name":1}]}')
index("bad-text-length", row={1: BIG})
index("bad-text-length-most", row={1: 2**31})
index("bad-suffixes", row={2: BIG // 4})
index("bad-documents", row={3: 2**62})
index("bad-heads", row={4: BIG})
index("bad-block-place", row={0: BIG - 7})
index("bad-suffix-outside", suffixes=[2**32 - 1] * 40)
index("bad-suffix-order", suffixes=list(range(40)))
index("bad-begins", begins=[9, 5, 2**32 - 1, 1])
index("bad-begins-empty", begins=[0, 0, 0, 0])
index("bad-head-places", head_at=[5, 2**63, 3, 90])
index("bad-head-file", file=9)
index("bad-head-id", n_id=2**32 - 1)
index("bad-head-id-bytes", id=b"\x80")
index("bad-utf8", text=b"the \xc3\xff\x80\x80 a a a" + b"\xff" * 30)
