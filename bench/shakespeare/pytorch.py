#!/usr/bin/env python3
"""nanoGPT's CPU recipe on tiny Shakespeare as a PyTorch loop: seconds and validation loss.

Block 64, batch 12, 4 layers, 4 heads, width 128, 2,000 steps, AdamW 1e-3 to 1e-4 (0.9, 0.99), decay
0.1, warm-up 100, clip 1.0, an evaluation of 20 batches every 250 steps. The first nine tenths of the
text train. Prints one JSON line for eager and compile both. The clock starts before the first step,
after imports and reading; compile's own time is in `seconds` and told apart in `compile_seconds`.
"""

import argparse
import gzip
import json
import math
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import torch

import plain_gpt2

BLOCK, BATCH, WARMUP, PEAK, FLOOR = 64, 12, 100, 1e-3, 1e-4
EVAL_INTERVAL, EVAL_BATCHES = 250, 20


def read_text(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(
        path, encoding="utf-8", newline="")
    with opened as file:
        return file.read()


def encode(text):
    numbers = {c: i for i, c in enumerate(sorted(set(text)))}
    return torch.tensor([numbers[c] for c in text]), len(numbers)


def draw(ids):
    """A batch of windows at random places and the same windows one token on."""
    starts = torch.randint(len(ids) - BLOCK, (BATCH,)).tolist()
    return (torch.stack([ids[s:s + BLOCK] for s in starts]),
            torch.stack([ids[s + 1:s + 1 + BLOCK] for s in starts]))


def rate(step, steps):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    done = (step - WARMUP) / max(1, steps - 1 - WARMUP)
    return FLOOR + 0.5 * (PEAK - FLOOR) * (1 + math.cos(math.pi * done))


@torch.no_grad()
def estimate(call, ids):
    return sum(call(*draw(ids)).item() for _ in range(EVAL_BATCHES)) / EVAL_BATCHES


@torch.no_grad()
def full_loss(model, ids):
    """Mean loss over every window that fits, side by side: no chance in it."""
    windows = (len(ids) - 1) // BLOCK
    x = ids[:windows * BLOCK].view(windows, BLOCK)
    y = ids[1:windows * BLOCK + 1].view(windows, BLOCK)
    total = sum(model(a, b).item() * len(a) for a, b in zip(x.split(64), y.split(64), strict=True))
    return total / windows


def train(mode, options, train_ids, valid_ids, vocabulary):
    torch.manual_seed(options.seed)
    model = plain_gpt2.build(vocabulary, BLOCK, 4, 4, 128)
    optimizer = torch.optim.AdamW(plain_gpt2.decay_groups(model), lr=PEAK, betas=(0.9, 0.99),
                                  fused=True)
    call = torch.compile(model) if mode == "compile" else model
    start = time.perf_counter()
    compiling = 0.0
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, options.steps)
        before = time.perf_counter()
        loss = call(*draw(train_ids))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step == 0:
            compiling += time.perf_counter() - before
        if (step + 1) % EVAL_INTERVAL == 0:
            before = time.perf_counter()
            value = estimate(call, valid_ids)
            if step + 1 == EVAL_INTERVAL and mode == "compile":  # compiles again, without gradient
                compiling += time.perf_counter() - before
            print(f"{mode} step {step + 1}: train {loss.item():.4f} valid {value:.4f}",
                  file=sys.stderr)
    seconds = time.perf_counter() - start
    return {"mode": mode, "seconds": seconds,
            "compile_seconds": compiling if mode == "compile" else 0.0,
            "val_loss_batches": value, "val_loss": full_loss(model, valid_ids),
            "tokens_per_second": options.steps * BATCH * BLOCK / seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", help="plain text, also .gz")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=1337)
    parser.add_argument("--modes", default="eager,compile")
    options = parser.parse_args()
    if options.steps < EVAL_INTERVAL:
        parser.error(f"--steps must be at least {EVAL_INTERVAL}")
    torch.set_num_threads(options.threads)
    ids, vocabulary = encode(read_text(options.text))
    cut = int(len(ids) * 0.9)
    runs = [train(m, options, ids[:cut], ids[cut:], vocabulary) for m in options.modes.split(",")]
    best = min(runs, key=lambda r: r["seconds"])
    print(json.dumps({"side": "pytorch", "steps": options.steps, "threads": options.threads,
                      "best": best["mode"], "seconds": best["seconds"],
                      "val_loss": best["val_loss"], "runs": runs, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
