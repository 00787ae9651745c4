#!/usr/bin/env python3
"""The loss that transformers finds for a saved model directory on a text, in nats a token.

The text is encoded by the directory's own tokenizer, without special tokens, and cut into windows of
the given length side by side (the first reads tokens 0..L-1 and is asked for tokens 1..L), or into
the windows whose first tokens are listed, one number a line, in --windows FILE. Prints one JSON line.
"""

import argparse
import gzip
import json

import torch
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer


def read_text(path):
    opened = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return file.read().decode("utf-8", errors="replace")


def starts_of(options, count):
    if options.windows is None:
        return list(range(0, count - options.length, options.length))
    with open(options.windows, encoding="utf-8") as file:
        starts = [int(line) for line in file if line.strip()]
    for start in starts:
        if not 0 <= start < count - options.length:
            raise SystemExit(f"score.py: {options.windows}: window {start} leaves the text "
                             f"of {count} tokens")
    return starts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model directory")
    parser.add_argument("text", help="plain text, also .gz")
    parser.add_argument("--last-fraction", type=float, default=1.0,
                        help="score this last part of the characters (0.1: the held-out tenth)")
    parser.add_argument("--length", type=int, default=64, help="window in tokens")
    parser.add_argument("--windows", help="file of window starts in tokens")
    options = parser.parse_args()

    text = read_text(options.text)
    text = text[int(len(text) * (1.0 - options.last_fraction)):]
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    ids = torch.tensor(tokenizer(text, add_special_tokens=False)["input_ids"])
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    starts = starts_of(options, len(ids))
    if not starts:
        raise SystemExit(f"score.py: {len(ids)} tokens hold no window of {options.length}")
    total = 0.0
    with torch.no_grad():
        for at in range(0, len(starts), 64):
            chunk = torch.stack([ids[s:s + options.length + 1] for s in starts[at:at + 64]])
            logits = model(chunk[:, :-1], use_cache=False).logits
            total += F.cross_entropy(logits.flatten(0, 1), chunk[:, 1:].flatten(),
                                     reduction="sum").item()
    tokens = len(starts) * options.length
    print(json.dumps({"loss": total / tokens, "tokens": tokens, "windows": len(starts),
                      "text_tokens": len(ids), "text_characters": len(text),
                      "tokenizer": type(tokenizer).__name__, "model": type(model).__name__}))


if __name__ == "__main__":
    main()
