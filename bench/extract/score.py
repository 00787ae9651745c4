"""4-gram shingle precision, recall and F1 of extracted texts against a ground truth.

usage: score.py GROUND-TRUTH.json[.gz] NAME=PREDICTIONS.jsonl... [--worst N]

The metric is the article extraction benchmark's (its technical report, section 3): words are runs of letters, digits and
underscores; a text is the multiset of its runs of four words; precision and recall of every page, averaged over
pages (of those where they are defined), F1 of the two averages. Pages are in halves by the first digit of their hash:
rules are tuned on `tune`; `held` is for reporting.
"""
import collections
import gzip
import json
import re
import statistics
import sys

WORD = re.compile(r"\w+")


def shingles(text):
    words = WORD.findall(text)
    if not words:
        return collections.Counter()
    return collections.Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))


def compare(truth, found):
    a, b = shingles(truth), shingles(found)
    both = sum((a & b).values())
    return both, sum(b.values()), sum(a.values())  # shared, found, true


def ratio(both, part):
    return both / part if part else 1.0 if both else 0.0


def summary(rows):
    precision = statistics.mean([both / found for both, found, true in rows if found] or [0.0])
    recall = statistics.mean([both / true for both, found, true in rows if true] or [0.0])
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def is_tune(key):
    return int(key[0], 16) % 2 == 0


def read(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as f:
        return f.read()


def main():
    args = sys.argv[1:]
    worst = 0
    if "--worst" in args:
        at = args.index("--worst")
        worst = int(args[at + 1])
        del args[at : at + 2]
    truth = json.loads(read(args[0]))
    for arg in args[1:]:
        name, path = arg.split("=", 1)
        found = {}
        for line in read(path).splitlines():
            row = json.loads(line)
            found[row["id"]] = row["articleBody"]
        rows = {k: compare(v["articleBody"], found[k]) for k, v in truth.items()}
        for half, keys in (
            ("tune", [k for k in rows if is_tune(k)]),
            ("held", [k for k in rows if not is_tune(k)]),
            ("all", list(rows)),
        ):
            p, r, f = summary([rows[k] for k in keys])
            print(f"{name:12} {half:5} {len(keys):4} pages  precision {p:.4f}  recall {r:.4f}  F1 {f:.4f}")
        ranked = sorted((k for k in rows if is_tune(k)), key=lambda k: 2 * rows[k][0] / max(1, rows[k][1] + rows[k][2]))
        for k in ranked[:worst]:
            both, got, true = rows[k]
            print(f"  {k[:8]} P {both / max(1, got):.3f} R {both / max(1, true):.3f} of {true:5}  {truth[k].get('url', '')[:90]}")


if __name__ == "__main__":
    main()
