#!/usr/bin/env python3
"""The PyTorch side of the training-step bench: GPT-2, one optimizer step, tokens a second.

PyTorch is given its best: two writings of the model (transformers' own and a plain module around
scaled_dot_product_attention), each run eagerly and through torch.compile, fused AdamW, gradients
set to none, bf16 through autocast. Every variant runs in a process of its own, so that its peak of
resident memory is its own. Prints one JSON line; the best variant's figures stand at its top.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import plain_gpt2

SHAPES = {  # name: (layers, heads, width)
    "gpt2": (12, 12, 768),
    "gpt2-tiny": (2, 2, 64),
}
VOCABULARY = 50257
POSITIONS = 1024


def transformers_gpt2(layers, heads, width):
    """transformers' GPT-2 with the same loss over the same targets."""
    from torch import nn
    from torch.nn import functional as F
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=VOCABULARY, n_positions=POSITIONS, n_embd=width, n_layer=layers,
                        n_head=heads, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
                        use_cache=False, attn_implementation="sdpa")

    class WithLoss(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = GPT2LMHeadModel(config)

        def forward(self, ids, targets):
            logits = self.model(ids).logits
            return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    return WithLoss()


def run_one(options):
    """Times one variant and prints its JSON line."""
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    layers, heads, width = SHAPES[options.model]
    if options.writing == "plain":
        model = plain_gpt2.build(VOCABULARY, POSITIONS, layers, heads, width)
    else:
        model = transformers_gpt2(layers, heads, width)
    model.train()
    optimizer = torch.optim.AdamW(plain_gpt2.decay_groups(model), lr=3e-4, betas=(0.9, 0.95), fused=True)
    call = torch.compile(model) if options.mode == "compile" else model
    shape = (options.batch, options.sequence)
    seconds, first, loss = [], 0.0, None
    for step in range(options.warmup + options.steps):
        ids = torch.randint(VOCABULARY, shape)
        targets = torch.randint(VOCABULARY, shape)
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.dtype == "bf16"):
            loss = call(ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        value = loss.item()
        took = time.perf_counter() - start
        if step == 0:
            first = took
        if step >= options.warmup:
            seconds.append(took)
    if not math.isfinite(value):
        sys.exit("pytorch.py: the loss is not finite")
    tokens = options.batch * options.sequence
    print(json.dumps({
        "writing": options.writing, "mode": options.mode,
        "tokens_per_second": tokens / statistics.median(seconds),
        "tokens_per_second_best": tokens / min(seconds),
        "first_step_seconds": first, "loss": value,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "parameters": sum(p.numel() for p in model.parameters()), "torch": torch.__version__,
    }))


def run_all(options):
    """Runs every asked variant in its own process and prints the summary line."""
    results = []
    for mode in options.modes.split(","):
        for writing in options.writings.split(","):
            command = [sys.executable, __file__, "--one", "--writing", writing, "--mode", mode]
            for key in ("model", "batch", "sequence", "dtype", "steps", "warmup", "threads"):
                command += [f"--{key}", str(getattr(options, key))]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode != 0:
                print(f"pytorch.py: {writing}/{mode} failed with exit {done.returncode}",
                      file=sys.stderr)
                continue
            results.append(json.loads(done.stdout.splitlines()[-1]))
            print(json.dumps(results[-1]), file=sys.stderr)
    if not results:
        sys.exit("pytorch.py: no variant ran")
    best = max(results, key=lambda r: r["tokens_per_second"])
    line = {"side": "pytorch", "model": options.model, "dtype": options.dtype,
            "batch": options.batch, "sequence": options.sequence, "threads": options.threads,
            "tokens_per_second": best["tokens_per_second"],
            "best": f"{best['writing']}/{best['mode']}",
            # The fair memory figure is the smallest of any variant, not the fastest one's.
            "peak_rss_bytes": min(r["peak_rss_bytes"] for r in results), "variants": results}
    print(json.dumps(line))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=SHAPES, default="gpt2")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=512)
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--modes", default="eager,compile")
    parser.add_argument("--writings", default="plain,transformers")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--writing", choices=("plain", "transformers"), help=argparse.SUPPRESS)
    parser.add_argument("--mode", choices=("eager", "compile"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    run_one(options) if options.one else run_all(options)


if __name__ == "__main__":
    main()
