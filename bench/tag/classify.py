#!/usr/bin/env python3
"""`socle data classifier` on labelled texts, held out as their makers hold them out: accuracy and F1 of the good kind, beside multinomial
naive Bayes of the same words and pairs of words (the plainest baseline, here in Python).

usage: classify.py SOCLE SHARED WORK
"""
import csv, gzip, io, json, math, os, re, subprocess, sys
from collections import Counter


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") if path.endswith(".gz") else open(path, encoding="utf-8", errors="replace") as f:
        yield from f


def labelled(path):
    return [(int(x[0]), x[2:].strip()) for x in lines(path)]


def every_tenth(rows):
    return [x for i, x in enumerate(rows) if i % 10], [x for i, x in enumerate(rows) if i % 10 == 0]


def sets(shared):
    c = f"{shared}/data/classification"
    yield "SST-2 films (en)", labelled(f"{c}/stsa.binary.train.txt.gz"), labelled(f"{c}/stsa.binary.test.txt.gz")
    yield ("subjectivity (en)",) + every_tenth(labelled(f"{c}/subj.all.txt.gz"))
    tweets = list(csv.DictReader(io.StringIO("".join(lines(f"{shared}/data/toxicity/hate-offensive-tweets.csv.gz")))))
    yield ("toxic tweets (en)",) + every_tenth([(int(r["class"] == "2"), r["tweet"]) for r in tweets])
    for part in ("train",):
        rows = [x.rstrip("\n").split("\t") for x in lines(f"{shared}/data/korean/nsmc-rebuilt.train.tsv.gz")][1:]
        test = [x.rstrip("\n").split("\t") for x in lines(f"{shared}/data/korean/nsmc-rebuilt.test.tsv.gz")][1:]
        pick = lambda rs: [(int(r[-1]), r[-2]) for r in rs if len(r) >= 2 and r[-1] in "01"]
        yield "NSMC films (ko)", pick(rows), pick(test)
    hotels = list(csv.DictReader(io.StringIO("".join(lines(f"{shared}/data/chinese/ChnSentiCorp_htl_all.csv.gz")))))
    yield ("ChnSentiCorp hotels (zh)",) + every_tenth([(int(r["label"]), r["review"]) for r in hotels if r["review"]])


CJK = "\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+", re.U)


def features(text):
    w = WORD.findall(text.lower())
    return w + [a + " " + b for a, b in zip(w, w[1:])]


def naive_bayes(train, test):
    count, total, kinds = [Counter(), Counter()], [0, 0], [0, 0]
    for y, text in train:
        f = features(text)
        count[y].update(f)
        total[y] += len(f)
        kinds[y] += 1
    v = len(set(count[0]) | set(count[1]))
    for _, text in test:
        s = 0.0  # both kinds weigh the same, as here
        for f in features(text):
            if f in count[0] or f in count[1]:
                s += math.log((count[1][f] + 1) / (total[1] + v)) - math.log((count[0][f] + 1) / (total[0] + v))
        yield s > 0


def put(path, texts):
    with open(path, "w") as f:
        for i, t in enumerate(texts):
            f.write(json.dumps({"id": str(i), "text": t}) + "\n")


def classified(socle, work, train, test, more):
    put(f"{work}/good.jsonl", [t for y, t in train if y])
    put(f"{work}/bad.jsonl", [t for y, t in train if not y])
    put(f"{work}/test.jsonl", [t for _, t in test])
    subprocess.run([socle, "data", "classifier", "--good", f"{work}/good.jsonl", "--bad", f"{work}/bad.jsonl", "--valid", "0",
                    "--out", f"{work}/model", "--quiet"] + more, check=True)
    subprocess.run([socle, "data", "tag", f"{work}/test.jsonl", "--tagger", "classifier", "--set", f"classifier.model={work}/model",
                    "--quiet", "--out", f"{work}/said.jsonl"], check=True)
    for line in open(f"{work}/said.jsonl"):
        a = json.loads(line)["attributes"]
        yield a["classifier__good"][0][2] > 0.5 if "classifier__good" in a else True


def score(test, said):
    said = list(said)
    right = sum(bool(y) == s for (y, _), s in zip(test, said))
    hit = sum(bool(y) and s for (y, _), s in zip(test, said))
    f1 = 2 * hit / max(sum(said) + sum(y for y, _ in test), 1)
    recall = [sum(s == bool(y) for (y, _), s in zip(test, said) if y == k) / sum(y == k for y, _ in test) for k in (0, 1)]
    return f"{right / len(test):.3f} {sum(recall) / 2:.3f} {f1:.3f}"


def main():
    socle, shared, work = sys.argv[1:4]
    os.makedirs(work, exist_ok=True)
    print(f"{'accuracy, mean recall of both kinds, F1 of good':48} {'socle':>18} {'naive Bayes':>18}")
    for name, train, test in sets(shared):
        ours = score(test, classified(socle, work, train, test, sys.argv[4:]))
        print(f"{name + f', {len(train)} / {len(test)}':48} {ours:>18} {score(test, naive_bayes(train, test)):>18}", flush=True)


main()
