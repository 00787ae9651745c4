#!/usr/bin/env python3
"""Reads event files with the tensorboard package and prints every scalar as `tag step value`.

    python tests/parity/tensorboard_events.py RUN/tensorboard [RUN/metrics.jsonl]

With a metrics.jsonl beside it, every figure of that file must be among the scalars.
Needs tensorboard (made with 2.21)."""
import json
import math
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main():
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
    events.Reload()
    scalars = {}
    for tag in events.Tags()["scalars"]:
        for e in events.Scalars(tag):
            scalars[tag, e.step] = e.value
    if len(sys.argv) < 3:
        for (tag, step), value in sorted(scalars.items()):
            print(tag, step, value)
        return
    n = 0
    for line in open(sys.argv[2], encoding="utf-8"):
        record = json.loads(line)
        step = record.pop("step")
        for tag, value in record.items():
            if tag == "tokens":
                continue
            want = struct.unpack("f", struct.pack("f", value))[0]
            got = scalars.pop((tag, step))
            assert math.isclose(got, want, rel_tol=1e-6), (tag, step, got, want)
            n += 1
    assert not scalars, sorted(scalars)[:5]
    print(f"{n} scalars agree")


main()
