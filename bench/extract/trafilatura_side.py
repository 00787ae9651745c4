"""Main text of all pages of a folder by trafilatura: the texts for score.py, and the time of it.

usage: trafilatura_side.py FOLDER OUT.jsonl REPEAT
"""
import glob
import gzip
import json
import os
import sys
import time

import trafilatura


def extract(html):
    return trafilatura.extract(html, include_comments=False) or ""


def with_facts(html):
    """The text with title, author, date, description, licence: what socle gives."""
    return trafilatura.bare_extraction(html, include_comments=False, with_metadata=True)


def fastest(work, pages, repeat):
    best = float("inf")
    for _ in range(repeat):
        begin = time.perf_counter()
        for _, html in pages:
            work(html)
        best = min(best, time.perf_counter() - begin)
    return best


def main():
    folder, out, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3])
    pages = []
    for path in sorted(glob.glob(os.path.join(folder, "*.html.gz"))):
        with gzip.open(path) as f:
            pages.append((os.path.basename(path).split(".")[0], f.read().decode("utf-8", "replace")))
    size = sum(len(html.encode()) for _, html in pages)
    with open(out, "w", encoding="utf-8") as f:
        for key, html in pages:
            f.write(json.dumps({"id": key, "articleBody": extract(html)}) + "\n")
    seconds = fastest(extract, pages, repeat)
    facts = fastest(with_facts, pages, repeat)
    row = {"pages": len(pages), "bytes": size, "mb_per_s": size / seconds / 1e6, "facts_mb_per_s": size / facts / 1e6}
    print(json.dumps(row | {"version": trafilatura.__version__}))


if __name__ == "__main__":
    main()
