#!/usr/bin/env python3
"""A corpus with planted near-duplicates, made of real English texts.

usage: corpus.py SHARED DOCUMENTS OUT    OUT/part-N.jsonl, eight files, the same for the same arguments

Of every ten documents seven are new: passages of the texts, drawn at random (so that documents share passages, as pages do). Three are
made from an earlier one: equal, equal but for case and punctuation, or with words changed, put in and taken out at a rate that is uniform
from 0 to 5 % (a Jaccard similarity of the 5-grams from 1 down to about 0.55). One document in a hundred is a template with a few words of
its own, and one in a hundred a copy of a single page.
"""
import gzip, json, random, re, sys


def texts(shared):
    for name in ("train", "test"):
        with gzip.open(f"{shared}/data/20newsgroups/20news-bydate.{name}.jsonl.gz", "rt") as f:
            for line in f:
                yield json.loads(line)["text"].split("\n\n", 1)[-1]
    for name in ("brown.train", "brown.valid", "brown.test", "wikitext2.test", "wikitext2.valid", "tinyshakespeare"):
        with gzip.open(f"{shared}/data/lm-english/{name}.txt.gz", "rt") as f:
            yield f.read()


def passage(rng, pool, n):
    at = rng.randrange(len(pool) - n)
    return pool[at : at + n].partition(" ")[2]


def new_text(rng, pool):
    left = min(20000, max(200, int(rng.lognormvariate(7.3, 0.7))))
    parts = []
    while left > 0:
        n = min(left, rng.randrange(150, 400))
        parts.append(passage(rng, pool, n))
        left -= n
    return "\n".join(parts)


def edited(rng, text, rate):
    out = []
    for piece in re.split(r"(\s+)", text):
        x = rng.random()
        if piece and not piece.isspace() and x < rate:
            other = "w%d" % rng.randrange(10**6)
            piece = other if x < rate / 3 else piece + " " + other if x < rate * 2 / 3 else ""
        out.append(piece)
    return "".join(out)


def main():
    shared, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    rng = random.Random(20260101)
    pool = re.sub(r"[ \t]+", " ", "\n".join(texts(shared)))
    page, template = new_text(rng, pool), new_text(rng, pool)
    earlier = []  # a sample of them: all would be a second corpus in memory
    files = [open(f"{out}/part-{i}.jsonl", "w") for i in range(8)]
    for i in range(count):
        x = rng.random()
        if x < 0.01:
            text = page
        elif x < 0.02:
            text = edited(rng, template, 0.02)
        elif x < 0.32 and earlier:
            source = rng.choice(earlier)
            kind = rng.random()
            text = source if kind < 0.1 else source.upper().replace(",", " ;") if kind < 0.15 else edited(rng, source, rng.uniform(0, 0.05))
        else:
            text = new_text(rng, pool)
        if len(earlier) < 20000:
            earlier.append(text)
        elif rng.random() < 0.5:
            earlier[rng.randrange(20000)] = text
        files[i * 8 // count].write(json.dumps({"id": f"d{i}", "text": text, "source": "bench"}, ensure_ascii=False) + "\n")
    for f in files:
        f.close()


main()
