"""Documents of several kinds as JSONL: news groups, web pages, dialogues, encyclopedia with and without mark-up.

usage: corpus.py SHARED OUT N     every k-th document, so that N are left (0: all)
"""
import bz2
import glob
import gzip
import json
import re
import sys


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        yield from f


def documents(data):
    for part in ("train", "test"):
        for line in lines(f"{data}/20newsgroups/20news-bydate.{part}.jsonl.gz"):
            yield "news", json.loads(line)["text"]
    for line in lines(f"{data}/instructions/llamafactory.c4_demo.jsonl.gz"):
        yield "c4", json.loads(line)["text"]
    for line in lines(f"{data}/instructions/llamafactory.wiki_demo.txt.gz"):
        yield "wiki", line
    with gzip.open(f"{data}/web/article-extraction/ground-truth.json.gz", "rt") as f:
        for page in json.load(f).values():
            yield "article", page["articleBody"]
    for line in lines(f"{data}/instructions/hh-rlhf.harmless-base.test.jsonl.gz"):
        yield "dialogue", json.loads(line)["chosen"]
    for line in lines(f"{data}/instructions/dolly_hhrlhf_train_small.jsonl.gz"):
        row = json.loads(line)
        yield "dolly", row["prompt"] + "\n" + row["response"]
    dump = bz2.open(glob.glob(f"{data}/wikipedia-dump/*.bz2")[0], "rt", errors="replace").read()
    for text in re.findall(r"<text[^>]*>(.*?)</text>", dump, re.S)[:400]:
        yield "wikitext", text


def main():
    shared, out, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rows = [(source, text) for source, text in documents(f"{shared}/data") if text.strip()]
    step = max(1, len(rows) // n) if n else 1
    with open(out, "w", encoding="utf-8") as f:
        for i in range(0, len(rows), step):
            source, text = rows[i]
            f.write(json.dumps({"id": f"{source}-{i}", "text": text}, ensure_ascii=False) + "\n")


main()
