"""socle data dedup --method substring on phrases and copied passages of real English: speed, memory, and on a part of it the same
texts as the naive way (windows in a Python dictionary).

    python3 bench/dedup/substring.py SOCLE SHARED WORK [MEGABYTES [MEMORY]]    prints one line of JSON
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
    """Whether it takes out of 4 MB what the naive way does; how many characters."""
    small, out = f"{work}/small.jsonl", f"{work}/out.jsonl"
    few = list(texts(shared, 4_000_000))
    put(small, few)
    run(socle, small, "--out", out)
    got, want = [json.loads(line)["text"] for line in open(out)], naive(few)
    return got == want, sum(map(len, few)) - sum(map(len, want))


def make(shared, work, megabytes):
    put(f"{work}/large.jsonl", texts(shared, megabytes * 1_000_000))


def aside(function, *args):
    """In a process of its own: what this one has held counts as resident of its children."""
    with multiprocessing.Pool(1) as pool:
        return pool.apply(function, args)


def main():
    socle, shared, work = sys.argv[1:4]
    megabytes = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    memory = sys.argv[5] if len(sys.argv) > 5 else "1G"
    os.makedirs(work, exist_ok=True)
    same, n_cut = aside(check, socle, shared, work)
    aside(make, shared, work, megabytes)
    large, out = f"{work}/large.jsonl", f"{work}/out.jsonl"
    report = {"megabytes": os.path.getsize(large) / 1e6, "same": same, "sample_cut": n_cut}
    for threads in ("1", "2"):
        seconds, resident = run(socle, large, "--out", out, "--threads", threads, "--max-memory", memory)
        report |= {f"seconds_{threads}": seconds, f"resident_{threads}": resident}
    print(json.dumps(report))


main()
