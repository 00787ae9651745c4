"""A random GPT-2 with the shape of the 124M one, saved with a tokenizer; and transformers' generate on
it: tokens a second of prefill and of greedy decoding with a cache, the best of several runs."""

import argparse
import json
import os
import string
import time

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast


def make(folder, dtype):
    torch.manual_seed(1)
    model = GPT2LMHeadModel(GPT2Config())
    model.to(dtype).save_pretrained(folder)
    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    t = Tokenizer(models.BPE(vocab, []))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=t).save_pretrained(folder)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--make", action="store_true")
    p.add_argument("--dtype", default="f32")
    p.add_argument("--prompt", type=int, default=512)
    p.add_argument("--tokens", type=int, default=64)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    dtype = torch.bfloat16 if a.dtype == "bf16" else torch.float32
    torch.set_num_threads(a.threads)
    if a.make:
        make(a.folder, dtype)
        text = (string.ascii_letters + " ") * 40
        with open(os.path.join(a.folder, "prompt.txt"), "w") as f:
            f.write(text[:a.prompt])
        return
    model = GPT2LMHeadModel.from_pretrained(a.folder, dtype=dtype).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(a.folder)
    ids = tokenizer(open(os.path.join(a.folder, "prompt.txt")).read(), return_tensors="pt")["input_ids"]
    options = dict(do_sample=False, eos_token_id=None, pad_token_id=0)
    prefill = decode = 0
    with torch.inference_mode():
        for _ in range(a.runs):
            start = time.perf_counter()
            one = model.generate(ids, max_new_tokens=1, **options)
            middle = time.perf_counter()
            model.generate(ids, max_new_tokens=a.tokens + 1, **options)
            end = time.perf_counter()
            prefill = max(prefill, ids.shape[1] / (middle - start))
            decode = max(decode, a.tokens / ((end - middle) - (middle - start)))
    print(json.dumps({"prefill": prefill, "decode": decode}))


if __name__ == "__main__":
    main()
