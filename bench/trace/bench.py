#!/usr/bin/env python3
"""bench.py SOCLE CORPUS QUESTIONS REPEAT: the index against reading and against grep; see run.sh."""
import glob
import json
import os
import random
import subprocess
import sys
import time

socle, corpus, n_questions, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
index = os.path.join(corpus, "text.index")
files = sorted(glob.glob(os.path.join(corpus, "documents", "*.zst")))


def best(command, times=repeat, **more):
    least, out = None, None
    for _ in range(times):
        start = time.perf_counter()
        out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more)
        seconds = time.perf_counter() - start
        least = seconds if least is None else min(least, seconds)
    if "shell" not in more:  # grep that finds nothing says so by its status
        out.check_returncode()
    return least, out.stdout


different = 0


def compared(a, b):
    global different
    different += a != b
    return "same rows" if a == b else "DIFFERENT ROWS"


def build(threads):
    def once():
        if os.path.exists(index):
            os.remove(index)
        start = time.perf_counter()
        out = subprocess.run([socle, "data", "index", corpus, "--threads", str(threads), "--json"], check=True,
                             stdout=subprocess.PIPE).stdout
        return time.perf_counter() - start, json.loads(out)
    return min((once() for _ in range(repeat)), key=lambda r: r[0])


def trace(*args):
    return [socle, "data", "trace", corpus, *args, "--json", "--quiet", "--limit", "1000000"]


def sentences():
    """Runs of ten words of sampled documents, which lie in one line of JSON too; every fifth is in none."""
    rows = subprocess.run([socle, "data", "inspect", corpus, "--sample", str(n_questions), "--text", "--quiet"],
                          check=True, stdout=subprocess.PIPE).stdout.splitlines()
    draw = random.Random(1)
    for i, row in enumerate(rows):
        lines = [x for x in json.loads(row)["text"].splitlines() if len(x.split()) >= 10 and '"' not in x and "\\" not in x]
        if lines:
            words = draw.choice(lines).split()
            at = draw.randrange(len(words) - 9)
            yield " ".join(words[at:at + 10]) + (" qqxzq" if i % 5 == 0 else "")


print("%-40s %10s %10s" % ("making the index", "seconds", "MB/s"))
for threads in (1, int(os.environ["SOCLE_THREADS"])):
    seconds, r = build(threads)
    print("%-40s %10.2f %10.1f" % ("%d thread(s), --max-memory 2G" % threads, seconds, r["text_bytes"] / 1e6 / seconds))
print("text %.1f MB, index %.1f MB: %.2f bytes a byte\n" % (r["text_bytes"] / 1e6, r["bytes"] / 1e6, r["bytes"] / r["text_bytes"]))

asked = list(sentences())
print("%-40s %10s %10s %10s %9s %9s" % ("seconds", "index", "reading", "grep -F", "reading/", "grep/"))
for name, text in (("one sentence", asked[1]), ("one that nothing holds", asked[0]), ("\"the\"", "the")):
    fast, a = best(trace(text))
    slow, b = best(trace(text, "--no-index"))
    grep, _ = best("zstd -dcq %s | grep -Fc '%s'" % (" ".join(files), text.replace("'", "'\\''")), shell=True)
    print("%-40s %10.3f %10.3f %10.3f %8.0fx %8.0fx  %s" %
          (name, fast, slow, grep, slow / fast, grep / fast, compared(a, b)))
questions = os.path.join(os.path.dirname(corpus), "questions.txt")
with open(questions, "w", encoding="utf-8") as out:
    out.write("\n".join(asked) + "\n")
fast, a = best(trace("--from", questions))
slow, b = best(trace("--from", questions, "--no-index"), 1)
grep, _ = best("zstd -dcq %s | grep -Fc -f %s" % (" ".join(files), questions), 1, shell=True)
print("%-40s %10.3f %10.3f %10.3f %8.0fx %8.0fx  %s" % ("%d sentences at once" % len(asked), fast, slow, grep, slow / fast,
                                                        grep / fast, compared(a, b)))
sys.exit(different > 0)
