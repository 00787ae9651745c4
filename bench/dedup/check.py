#!/usr/bin/env python3
"""What a MinHash job found against an exact join, with words, n-grams and sets made here.

usage: check.py CORPUS OUT    prints one line of JSON

Every pair of documents whose sets of word 5-grams have a Jaccard similarity of at least 0.8 is found: two such sets share one of the first
|x| - ceil(0.8 |x|) + 1 members of each, in any order that is the same for all (prefix filtering, Chaudhuri et al. 2006); the rarest come
first. Equal sets are one. recall: of these pairs, those in one cluster. Of the dropped documents each is compared with the one it was
dropped for, and each cluster must hang together by pairs at or above the threshold.
"""
import glob, json, math, re, subprocess, sys
from collections import defaultdict

import numpy as np

T = 0.8
WORD = re.compile(r"[^\W_]+")


def read(pattern):
    for path in sorted(glob.glob(pattern)):
        lines = subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True).stdout if path.endswith(".zst") else open(path, "rb").read()
        for line in lines.splitlines():
            yield json.loads(line)


def make_sets(corpus):
    """The ids; for each document the number of its set; the sets, each sorted."""
    words, ids, texts, ends = {}, [], [], [0]
    for row in read(f"{corpus}/*.jsonl"):
        ids.append(row["id"])
        texts.append(np.array([words.setdefault(w, len(words)) for w in WORD.findall(row["text"].lower())], dtype=np.int64))
        ends.append(ends[-1] + len(texts[-1]))
    value = np.random.default_rng(1).integers(0, 2**64, len(words), dtype=np.uint64)
    factor = np.random.default_rng(2).integers(0, 2**64, 5, dtype=np.uint64) | np.uint64(1)
    number, sets, of = {}, [], []
    for t in texts:
        v = value[t]
        g = sum(v[k : len(v) - 4 + k] * factor[k] for k in range(5)) if len(v) >= 5 else np.array([hash(tuple(t)) & (2**63 - 1)], dtype=np.uint64)
        s = np.unique(g)
        key = s.tobytes()
        if key not in number:
            number[key] = len(sets)
            sets.append(s)
        of.append(number[key])
    return ids, np.array(of), sets


def join(sets):
    """Pairs of different sets at or above the threshold, with their similarity."""
    all_grams = np.concatenate(sets)
    grams, counts = np.unique(all_grams, return_counts=True)
    shared = grams[counts > 1]
    frequency = counts[counts > 1]
    index, pairs = defaultdict(list), {}
    del all_grams, grams, counts
    for i in sorted(range(len(sets)), key=lambda i: len(sets[i])):
        s = sets[i]
        n = len(s)
        prefix = n - math.ceil(T * n) + 1
        at = np.searchsorted(shared, s)
        at[at == len(shared)] = 0
        known = shared[at] == s
        prefix -= n - int(known.sum())  # those of no other set come first
        if prefix <= 0:
            continue
        mine = at[known]
        first = mine[np.lexsort((mine, frequency[mine]))[:prefix]]
        candidates = set()
        for g in first.tolist():
            candidates.update(index[g])
            index[g].append(i)
        for j in candidates:
            m = len(sets[j])
            if m < T * n:
                continue
            common = len(np.intersect1d(s, sets[j], assume_unique=True))
            similarity = common / (n + m - common)
            if similarity >= T:
                pairs[min(i, j), max(i, j)] = similarity
    return pairs


def root(parent, x):
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


def main():
    corpus, out = sys.argv[1:3]
    ids, of, sets = make_sets(corpus)
    number = {name: i for i, name in enumerate(ids)}
    pairs = join(sets)
    cluster = np.full(len(ids), -1)
    for row in read(f"{out}/clusters/*"):
        for name in row["ids"]:
            cluster[number[name]] = row["cluster"]
    documents = defaultdict(list)
    for i, s in enumerate(of):
        documents[s].append(i)
    true = found = 0
    for s, members in documents.items():  # pairs of equal sets
        n = len(members)
        true += n * (n - 1) // 2
        _, sizes = np.unique(cluster[members][cluster[members] >= 0], return_counts=True)
        found += int((sizes * (sizes - 1) // 2).sum())
    parent = list(range(len(sets)))
    for a, b in pairs:
        parent[root(parent, a)] = root(parent, b)
    size = defaultdict(int)  # documents of a true component
    for s in of:
        size[root(parent, s)] += 1
    few = few_found = 0  # a template or a page of which there are thousands would be most of all pairs
    for a, b in pairs:
        ca, cb = cluster[documents[a]], cluster[documents[b]]
        true += len(ca) * len(cb)
        both = int(((ca[:, None] == cb[None, :]) & (ca[:, None] >= 0)).sum())
        found += both
        if size[root(parent, a)] <= 50:
            few += len(ca) * len(cb)
            few_found += both
    held = defaultdict(set)  # the true components that a cluster joins: one, or it was joined below the threshold
    for i in np.nonzero(cluster >= 0)[0]:
        held[cluster[i]].add(root(parent, of[i]))
    below = dropped = 0
    for row in read(f"{out}/dropped/*"):
        why = row["metadata"]["dropped"]
        a, b = sets[of[number[row["id"]]]], sets[of[number[why["duplicate_of"]]]]
        common = len(np.intersect1d(a, b, assume_unique=True))
        similarity = common / (len(a) + len(b) - common)
        dropped += 1
        below += similarity < T or abs(similarity - why["similarity"]) > 1e-6
    print(json.dumps({"documents": len(ids), "true_pairs": true, "found_pairs": found, "recall": found / max(true, 1), "few_pairs": few, "few_recall": few_found / max(few, 1), "dropped": dropped,
                      "dropped_below_threshold": below, "clusters_joined_below_threshold": sum(len(x) > 1 for x in held.values())}))


main()
