#!/usr/bin/env python3
"""Golden loss curves: the same weights and batches as PyTorch, 100 steps: tests/golden/loss_curve/.

Each case holds the initial model directory (`initial/`), `curve.safetensors` (batches, losses,
gradient norms, rates, the last weights' squared norm) and `train.json` (every hyperparameter).
"""

import os

import torch
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

import common
import optim

BATCH, TIME, VOCABULARY = 4, 16, 65
TRAIN = {"steps": 100, "lr": 1e-3, "min_lr": 1e-4, "warmup_steps": 10, "schedule": "cosine",
         "betas": [0.9, 0.99], "eps": 1e-8, "weight_decay": 0.1, "grad_clip": 1.0,
         "batch_size": BATCH, "sequence_length": TIME}

CASES = {
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_positions=TIME, n_embd=32, n_layer=2, n_head=4,
                       resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=64,
                       eos_token_id=64),
    "llama": LlamaConfig(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=88,
                         num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                         max_position_embeddings=TIME, tie_word_embeddings=True, bos_token_id=1,
                         eos_token_id=2),
}


def make_batches():
    """Batches (100, B, T+1) of a language that can be learnt: each token is mostly a fixed
    function of the one before it, sometimes anything."""
    generator = torch.Generator().manual_seed(11)
    follower = torch.randperm(VOCABULARY, generator=generator)
    shape = (TRAIN["steps"], BATCH)
    columns = [torch.randint(VOCABULARY, shape, generator=generator)]
    for _ in range(TIME):
        wild = torch.rand(shape, generator=generator) < 0.2
        anything = torch.randint(VOCABULARY, shape, generator=generator)
        columns.append(torch.where(wild, anything, follower[columns[-1]]))
    return torch.stack(columns, -1)


def groups(model):
    """Decay for every parameter of two dimensions (embeddings too), none for the others."""
    named = list(model.named_parameters())
    return [{"params": [p for _, p in named if p.dim() == 2], "weight_decay": TRAIN["weight_decay"]},
            {"params": [p for _, p in named if p.dim() != 2], "weight_decay": 0.0}]


def train(folder, batches, dtype):
    """The loop itself; returns losses before each update, gradient norms before clipping."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager")
    model.train()
    optimizer = torch.optim.AdamW(groups(model), lr=TRAIN["lr"], betas=tuple(TRAIN["betas"]),
                                  eps=TRAIN["eps"], foreach=False)
    losses, norms = [], []
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = optim.cosine(step, TRAIN)
        logits = model(batch[:, :-1], use_cache=False).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), TRAIN["grad_clip"]))
        optimizer.step()
        losses.append(loss.detach())
    squares = sum(p.detach().double().square().sum() for p in model.parameters())
    return torch.stack(losses), torch.stack(norms), squares


def write_case(name, config):
    folder = common.fresh_folder("loss_curve", name)
    initial = os.path.join(folder, "initial")
    torch.manual_seed(1337)
    AutoModelForCausalLM.from_config(config).save_pretrained(initial)
    batches = make_batches()
    losses, norms, squares = train(initial, batches, torch.float32)
    losses64, _, _ = train(initial, batches, torch.float64)
    rates = [optim.cosine(s, TRAIN) for s in range(TRAIN["steps"])]
    common.store(os.path.join(folder, "curve.safetensors"), {
        "batches": batches.int(), "losses": losses, "losses_f64": losses64.float(),
        "grad_norms": norms, "rates": torch.tensor(rates, dtype=torch.float64),
        "final_square_sum": squares.reshape(1)})
    common.store_json(os.path.join(folder, "train.json"), TRAIN)
    common.record_versions(folder, "loss_curve.py")
    gap = ((losses - losses64) / losses64).abs()
    assert norms.max() > TRAIN["grad_clip"], "clipping never acts"
    print(f"{name}: loss {losses[0]:.4f} -> {losses[-1]:.4f}; fp32 against fp64, relative: "
          f"first ten {gap[:10].max():.1e}, all {gap.max():.1e}; clipped steps "
          f"{int((norms > TRAIN['grad_clip']).sum())}")


def main():
    common.start()
    for name, config in CASES.items():
        write_case(name, config)


if __name__ == "__main__":
    main()
