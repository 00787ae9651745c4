#!/usr/bin/env python3
"""datatrove's MinHash pipeline over a corpus, all four stages in one process.

usage: peer.py CORPUS SCRATCH    prints one line of JSON
"""
import json, sys, time

from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig

corpus, scratch = sys.argv[1:3]
config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=HashConfig(precision=64))


def run(steps, world_size=1, rank=0):
    data = None
    for step in steps:
        data = step.run(data, rank, world_size) if not isinstance(step, JsonlReader) else step(data, rank, world_size)
    for _ in data or ():
        pass


start, cpu = time.time(), time.process_time()
run([JsonlReader(corpus), MinhashDedupSignature(f"{scratch}/signatures", config=config)])
signatures = time.time() - start
for bucket in range(14):
    run([MinhashDedupBuckets(f"{scratch}/signatures", f"{scratch}/buckets", config=config)], 14, bucket)
run([MinhashDedupCluster(f"{scratch}/buckets", f"{scratch}/remove", config=config)])
kept = [0]


def count(data):
    for document in data:
        kept[0] += 1
        yield document


filtered = MinhashDedupFilter(f"{scratch}/remove").run(JsonlReader(corpus)(None, 0, 1), 0, 1)
writer = JsonlWriter(f"{scratch}/kept")
for _ in writer.run(count(filtered), 0, 1):
    pass
print(json.dumps({"kept": kept[0], "signature_seconds": round(signatures, 1), "seconds": round(time.time() - start, 2), "cpu": round(time.process_time() - cpu, 2)}))
