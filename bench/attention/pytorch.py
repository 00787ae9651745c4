"""Attention forward and backward: ours against torch's scaled_dot_product_attention, side by side.

    pytorch.py build/bench/attention [f32|bf16]

Both sides run in turns and the least time counts. Ours reads packed q, k, v columns as a model gives
them; torch gets contiguous (B, H, T, D) tensors, its favourite layout, and is not charged for making
them."""
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

THREADS = int(os.environ.get("SOCLE_THREADS", os.cpu_count()))
ROUNDS = int(os.environ.get("SOCLE_BENCH_ROUNDS", 3))
SHAPES = [  # name, B, T, heads, d_head, causal
    ("gpt2", 4, 512, 12, 64, 1),
    ("gpt2-1024", 1, 1024, 12, 64, 1),
    ("bert", 8, 128, 12, 64, 0),
    ("nanogpt", 12, 64, 4, 32, 1),
    ("char", 16, 256, 6, 64, 1),
    ("d128", 1, 512, 16, 128, 1),
]


def ours(program, name, b, t, h, d, causal, kind):
    out = subprocess.run([program, name, str(b), str(t), str(h), str(d), str(causal), kind, str(THREADS)],
                         check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1]), out[2]


def theirs(b, t, h, d, causal, kind):
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    q, k, v = (torch.randn(b, h, t, d, dtype=dtype, requires_grad=True) for _ in range(3))
    dy = torch.randn(b, h, t, d, dtype=dtype)
    best = [1e9, 1e9]
    end = time.perf_counter() + 1.5
    while time.perf_counter() < end:
        start = time.perf_counter()
        y = F.scaled_dot_product_attention(q, k, v, is_causal=bool(causal))
        middle = time.perf_counter()
        torch.autograd.grad(y, (q, k, v), dy)
        best = [min(best[0], middle - start), min(best[1], time.perf_counter() - middle)]
    return best


def main():
    program, kinds = sys.argv[1], sys.argv[2:] or ["f32", "bf16"]
    torch.set_num_threads(THREADS)
    peak = ours(program, "peak", 0, 0, 0, 0, 0, "f32")[1]
    print(f"torch {torch.__version__}, {THREADS} threads, f32 peak {peak / 1e9:.0f} GFLOP/s; times in ms, "
          "rates on the operations that the mask leaves")
    print(f"{'shape':10} {'type':5} {'ours fwd':>9} {'bwd':>8} {'torch fwd':>9} {'bwd':>8} {'x fwd':>6} {'x bwd':>6}"
          f" {'GF/s fwd':>8} {'bwd':>6} {'% of f32 peak':>13}")
    for kind in kinds:
        for shape in SHAPES:
            name, b, t, h, d, causal = shape
            us, them = [1e9, 1e9], [1e9, 1e9]
            for _ in range(ROUNDS):
                one = ours(program, *shape, kind)
                us = [min(us[0], one[0]), min(us[1], one[1])]
                two = theirs(b, t, h, d, causal, kind)
                them = [min(them[0], two[0]), min(them[1], two[1])]
            pairs = t * (t + 1) / 2 if causal else t * t
            flop = 4.0 * b * h * d * pairs
            rate = flop / us[0], 2.5 * flop / us[1]
            share = f"{100 * rate[0] / peak:.0f} {100 * rate[1] / peak:.0f}" if peak else "-"
            print(f"{name:10} {kind:5} {us[0] * 1e3:9.3f} {us[1] * 1e3:8.3f} {them[0] * 1e3:9.3f} {them[1] * 1e3:8.3f}"
                  f" {them[0] / us[0]:6.2f} {them[1] / us[1]:6.2f} {rate[0] / 1e9:8.0f} {rate[1] / 1e9:6.0f} {share:>13}",
                  flush=True)


main()
