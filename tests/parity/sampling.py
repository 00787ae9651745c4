"""Filtered next-token probabilities as transformers' logits processors make them, in generate()'s
order: repetition penalty, temperature, top-k, top-p, min-p. Writes tests/golden/sampling/."""

import os

import torch
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

import common

V = 151
#        temperature top_k top_p min_p repetition_penalty
CASES = [(1.0,   0, 1.0,  0.0,  1.0),
         (0.7,   0, 1.0,  0.0,  1.0),
         (1.8,   0, 1.0,  0.0,  1.3),
         (1.0,   1, 1.0,  0.0,  1.0),
         (1.0,  10, 1.0,  0.0,  1.0),
         (1.0, 500, 1.0,  0.0,  1.0),
         (1.0,   0, 0.9,  0.0,  1.0),
         (0.5,   0, 0.37, 0.0,  1.0),
         (1.0,   0, 1e-6, 0.0,  1.2),
         (1.0,   0, 1.0,  0.05, 1.0),
         (2.0,   0, 1.0,  0.2,  0.8),
         (0.9,  40, 0.8,  0.0,  1.1),
         (1.3,  25, 0.95, 0.03, 1.2),
         (0.1,   5, 0.5,  0.5,  2.0)]


def processors(case):
    """The list that generate() would build for these settings."""
    temperature, top_k, top_p, min_p, penalty = case
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=V))
    config = GenerationConfig(do_sample=True, temperature=temperature, top_k=top_k, top_p=top_p,
                              min_p=min_p or None, repetition_penalty=penalty)
    model._prepare_special_tokens(config, device="cpu")
    return model._get_logits_processor(generation_config=config, input_ids_seq_length=1,
                                       encoder_input_ids=None, prefix_allowed_tokens_fn=None,
                                       logits_processor=[])


def main():
    common.start()
    folder = common.fresh_folder("sampling")
    generator = torch.Generator().manual_seed(7)
    logits = torch.randn(V, generator=generator) * 3
    logits[20] = logits.max()                       # the largest twice
    context = torch.randint(0, V, (12,), generator=generator)
    context[3] = context[5]                         # a token twice, penalised once
    context[7] = 20
    probabilities = []
    for case in CASES:
        scores = logits[None].clone()
        scores = processors(case)(context[None], scores)
        probabilities.append(torch.softmax(scores.double(), -1)[0])
    common.store(os.path.join(folder, "sampling.safetensors"), {
        "logits": logits, "context": context.int(),
        "cases": torch.tensor(CASES, dtype=torch.float64),
        "probabilities": torch.stack(probabilities)})
    common.record_versions(folder, "sampling.py")


if __name__ == "__main__":
    main()
