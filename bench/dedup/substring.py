"""socle data dedup --method substring on phrases and copied passages of real English: speed, memory, and on a part of it the same
texts as the naive way (windows in a Python dictionary).

    python3 bench/dedup/substring.py SOCLE SHARED WORK [MEGABYTES]
"""
import gzip
import json
import multiprocessing
import os
import random
import re
import resource
import subprocess
import sys
import time

LENGTH = 50
WORD = re.compile(r"[A-Za-z0-9]+")
BOOKS = ["brown.train", "brown.test", "wikitext2.valid", "wikitext2.test", "tinystories-sample"]


def texts(shared, n_bytes):
    random.seed(1)
    books = [gzip.open(f"{shared}/data/lm-english/{b}.txt.gz", "rt", errors="replace").read() for b in BOOKS]
    words = "\n".join(books).encode("ascii", "ignore").decode().split(" ")
    while n_bytes > 0:
        parts, left = [], random.randint(100, 700)
        while left > 0:
            is_passage = random.random() < 0.015
            n = random.randint(60, 300) if is_passage else random.randint(3, 12)
            at = random.randrange(len(words) - 300)
            if is_passage:
                at -= at % 50
            parts += words[at:at + n]
            left -= n
        text = " ".join(parts)
        n_bytes -= len(text)
        yield text


def put(path, all_texts):
    with open(path, "w") as f:
        for i, text in enumerate(all_texts):
            f.write(json.dumps({"id": str(i), "text": text}) + "\n")


def naive(all_texts):
    first, out = {}, []
    for doc, text in enumerate(all_texts):
        spans = [m.span() for m in WORD.finditer(text)]
        cut = bytearray(len(text))
        for i in range(len(spans) - LENGTH + 1):
            start, end = spans[i][0], spans[i + LENGTH - 1][1]
            where = first.setdefault(text[start:end], (doc, i))
            if where[0] < doc or where[1] + LENGTH <= i:
                cut[start:end] = b"\1" * (end - start)
        if not any(cut) or any(not cut[s] for s, _ in spans):
            out.append("".join(c for c, gone in zip(text, cut) if not gone))
    return out


def run(socle, *args):
    start = time.time()
    p = subprocess.Popen([socle, "data", "dedup", "--method", "substring", "--quiet", *args])
    _, status, usage = os.wait4(p.pid, 0)
    if status:
        sys.exit("bench: socle failed")
    return time.time() - start, usage.ru_maxrss / 1024


def check(socle, shared, work):
    small, out = f"{work}/small.jsonl", f"{work}/out.jsonl"
    few = list(texts(shared, 4_000_000))
    put(small, few)
    run(socle, small, "--out", out)
    got, want = [json.loads(line)["text"] for line in open(out)], naive(few)
    print(f"{len(few)} texts, {len(want)} stay, {sum(map(len, few)) - sum(map(len, want))} characters go:",
          "the same as the naive way" if got == want else "NOT the same as the naive way", flush=True)
    sys.exit(got != want)


def make(shared, work, megabytes):
    put(f"{work}/large.jsonl", texts(shared, megabytes * 1_000_000))


def aside(function, *args):
    """In a process of its own: what this one has held counts as resident of its children."""
    p = multiprocessing.Process(target=function, args=args)
    p.start()
    p.join()
    if p.exitcode:
        sys.exit(1)


def main():
    socle, shared, work = sys.argv[1:4]
    megabytes = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    os.makedirs(work, exist_ok=True)
    aside(check, socle, shared, work)
    aside(make, shared, work, megabytes)
    large, out = f"{work}/large.jsonl", f"{work}/out.jsonl"
    size = os.path.getsize(large) / 1e6
    for threads in ("1", "2"):
        for memory in ("2G", "200M"):
            best = min(run(socle, large, "--out", out, "--threads", threads, "--max-memory", memory) for _ in range(3))
            print(f"{size:.0f} MB, {threads} threads, --max-memory {memory}: {size / best[0]:.0f} MB/s, {best[1]:.0f} MB resident",
                  flush=True)


main()
