"""Strided-window loss of the golden GPT-2 on a short text, by the loop of Hugging Face's guide
"Perplexity of fixed-length models". Writes tests/golden/perplexity/result.json.

The tokenizer there is one of characters, made by `socle tokenizer train --type chars`.
"""

import os

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

import common

TEXT = """Whoever would know how well a model knows a text asks it to guess: what comes next?
The nats that each surprise costs, averaged, are the loss; 1 € says (é) less than 2.
"""


def score(model, ids, context, stride):
    total, count, seen = 0.0, 0, 0
    for begin in range(0, ids.numel(), stride):
        end = min(begin + context, ids.numel())
        window = ids[begin:end]
        target = window.clone()
        target[:-(end - seen)] = -100
        logits = model(window[None]).logits[0].double()
        valid = target[1:] != -100
        total += torch.nn.functional.cross_entropy(logits[:-1][valid], target[1:][valid],
                                                   reduction="sum").item() if valid.any() else 0.0
        count += int(valid.sum())
        seen = end
        if end == ids.numel():
            break
    return {"context": context, "stride": stride, "tokens": count, "loss": total / count,
            "sum": total}


def main():
    common.start()
    folder = os.path.join(common.GOLDEN, "perplexity")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(os.path.join(common.GOLDEN, "gpt2"))
    model = model.double().eval()
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"][0]
    with torch.no_grad():
        cases = [score(model, ids, c, s)
                 for c, s in [(40, 20), (40, 40), (40, 1), (13, 5), (2, 1), (39, 17)]]
    with open(os.path.join(folder, "text.txt"), "w", encoding="utf-8") as file:
        file.write(TEXT)
    common.store_json(os.path.join(folder, "result.json"),
                      {"n_ids": ids.numel(), "bytes": len(TEXT.encode()), "cases": cases})
    common.record_versions(folder, "perplexity.py")


if __name__ == "__main__":
    main()
