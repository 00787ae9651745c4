#!/usr/bin/env python3
"""Prints the ratio of one dtype: compare.py f32|bf16 SOCLE.json PYTORCH.json"""

import json
import sys

BARS = {"f32": (1.25, 0.85), "bf16": (1.5, 0.65)}  # times PyTorch, or share of the ceiling


def main():
    dtype = sys.argv[1]
    ours, peer = (json.loads(open(p, encoding="utf-8").read().splitlines()[-1])
                  for p in sys.argv[2:4])
    ratio = ours["tokens_per_second"] / peer["tokens_per_second"]
    work = ours["tokens_per_second"] * ours["model_flops_per_token"] / 1e9
    share = work / ours["ceiling_gflops"]
    memory = ours["peak_rss_bytes"] / peer["peak_rss_bytes"]
    wanted, wanted_share = BARS[dtype]
    speed = "reached" if ratio >= wanted or share >= wanted_share else "NOT reached"
    space = "reached" if memory < 1 else "NOT reached"
    print(f"{dtype}: socle {ours['tokens_per_second']:.1f} tokens/s, PyTorch "
          f"{peer['tokens_per_second']:.1f} ({peer['best']}): {ratio:.2f} x; "
          f"{100 * share:.0f} % of the ceiling of {ours['ceiling_gflops']:.0f} GFLOP/s "
          f"(bar {wanted} x or {100 * wanted_share:.0f} %: {speed})")
    print(f"{dtype}: peak memory {ours['peak_rss_bytes'] / 2**20:.0f} MiB, PyTorch "
          f"{peer['peak_rss_bytes'] / 2**20:.0f} MiB: {memory:.2f} x (bar below 1: {space})")


if __name__ == "__main__":
    main()
