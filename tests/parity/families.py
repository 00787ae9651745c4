#!/usr/bin/env python3
"""Golden outputs of every model family, from transformers: tests/golden/<case>/.

A case is a tiny model directory written by save_pretrained, `io.safetensors` (inputs, logits,
hidden states, losses, one greedy generation) and `grads.safetensors`. README.md beside this script
lists every tensor. Usage: families.py [CASE...]
"""

import json
import os
import shutil
import sys
import tempfile

import torch
from torch.nn import functional as F
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, OpenAIGPTConfig)

import common

BATCH, TIME = 2, 13
GENERATED = 20
PROMPT = 5
IGNORED = -100

NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}


def cases():
    """Every golden model: name -> configuration."""
    return {
        "gpt2": GPT2Config(
            vocab_size=97, n_positions=40, n_embd=32, n_layer=2, n_head=4,
            bos_token_id=96, eos_token_id=96, **NO_DROPOUT),
        # GPT-3's sizes need not divide evenly: an inner width that is no multiple of the width,
        # three heads, the exact (erf) gelu.
        "gpt3-shape": GPT2Config(
            vocab_size=61, n_positions=40, n_embd=24, n_layer=2, n_head=3, n_inner=50,
            activation_function="gelu", layer_norm_epsilon=1e-6,
            bos_token_id=60, eos_token_id=60, **NO_DROPOUT),
        "openai-gpt": OpenAIGPTConfig(
            vocab_size=71, n_positions=40, n_embd=32, n_layer=2, n_head=4, **NO_DROPOUT),
        # LLaMA 1 and 2: as many key heads as query heads, base 10000, untied.
        "llama": LlamaConfig(
            vocab_size=89, hidden_size=32, intermediate_size=44, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=64, rms_norm_eps=1e-5,
            tie_word_embeddings=False, bos_token_id=1, eos_token_id=2),
        # LLaMA 3.2: grouped-query attention, scaled rotary positions, tied. The original context
        # is so short that with head size 16 all three bands (kept, blended, divided) occur:
        # wavelengths 6.3, 32, 167, ... against the bounds 40/4 and 40/1.
        "llama3": LlamaConfig(
            vocab_size=97, hidden_size=32, intermediate_size=56, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, head_dim=16, rms_norm_eps=1e-5,
            max_position_embeddings=128, tie_word_embeddings=True, bos_token_id=1,
            eos_token_id=2, rope_parameters={
                "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0,
                "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 40}),
        # LLaMA 3 large: grouped-query, untied, base 500000 unscaled.
        "llama-untied": LlamaConfig(
            vocab_size=79, hidden_size=32, intermediate_size=40, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-6,
            max_position_embeddings=64, tie_word_embeddings=False, bos_token_id=1,
            eos_token_id=2, rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
        # The family's remaining options: a head size other than hidden_size / heads, biases.
        "llama-options": LlamaConfig(
            vocab_size=67, hidden_size=24, intermediate_size=36, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, head_dim=8, rms_norm_eps=1e-6,
            max_position_embeddings=64, tie_word_embeddings=True, attention_bias=True,
            mlp_bias=True, bos_token_id=1, eos_token_id=2),
    }


def make_inputs(vocab, seed):
    """Two sequences, and targets that are not the next token and partly ignored.

    Row 0 ignores its first three and its last position; row 1 one in the middle. So a loss that
    divides by B*T, or shifts targets of its own accord, comes out wrong.
    """
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(vocab, (BATCH, TIME), generator=generator)
    targets = torch.randint(vocab, (BATCH, TIME), generator=generator)
    targets[0, :3] = IGNORED
    targets[0, -1] = IGNORED
    targets[1, 6] = IGNORED
    return ids, targets


def next_token_loss(logits, ids):
    """Mean cross-entropy of the B*(T-1) positions that have a next token."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())


def target_loss(logits, targets):
    """Mean cross-entropy over the targets that are not ignored, position by position."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def embedding_and_block_outputs(model, ids):
    """The stream after the embedding and after each block, before any final norm.

    transformers' own hidden_states replaces the last block's output by the final norm's, which
    hides an error in either; so they are caught where they arise.
    """
    base = model.base_model
    blocks = base.layers if hasattr(base, "layers") else base.h
    caught = []

    def before(module, args, kwargs):
        caught.append(args[0] if args else kwargs["hidden_states"])

    def after(module, args, kwargs, output):
        caught.append(output[0] if isinstance(output, (tuple, list)) else output)

    hooks = [blocks[0].register_forward_pre_hook(before, with_kwargs=True)]
    hooks += [b.register_forward_hook(after, with_kwargs=True) for b in blocks]
    with torch.no_grad():
        result = model(ids, output_hidden_states=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    return caught, result.hidden_states[-1], result.logits


def load(folder, dtype):
    """The model as a reader gets it: from the directory, not from the object that was saved."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()


def greedy(model, prompt):
    """Twenty argmax tokens by full forward passes: no cache, no stop token, no other rule."""
    ids, margins = prompt, []
    for _ in range(GENERATED):
        with torch.no_grad():
            last = model(ids, use_cache=False).logits[:, -1]
        top = last.topk(2).values
        margins.append((top[:, 0] - top[:, 1]).min().item())
        ids = torch.cat([ids, last.argmax(-1, keepdim=True)], 1)
    own = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                         max_new_tokens=GENERATED, min_new_tokens=GENERATED, eos_token_id=None,
                         pad_token_id=0)
    assert torch.equal(own, ids), "generate() and repeated forward passes differ"
    assert min(margins) > 1e-3, f"a greedy choice is nearly a tie ({min(margins)}): change the seed"
    return ids[:, prompt.shape[1]:]


def gradients(model, ids, targets):
    """Gradient of the explicit-target loss for every parameter, by checkpoint name."""
    model.zero_grad()
    target_loss(model(ids, use_cache=False).logits, targets).backward()
    return {name: p.grad for name, p in model.named_parameters()}


def worst(a, b):
    """Largest difference over max(1, largest reference value): the issue's measure."""
    return ((a.double() - b.double()).abs().max() / max(1.0, b.abs().max().item())).item()


def check_rotary_bands(config, model):
    """A scaled case must really hold frequencies kept, blended and divided by the factor."""
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") != "llama3":
        return
    size = config.head_dim
    plain = rope["rope_theta"] ** (-torch.arange(0, size, 2).double() / size)
    ratio = (plain / model.model.rotary_emb.inv_freq.double()).tolist()
    factor = rope["factor"]
    assert any(abs(r - 1) < 1e-5 for r in ratio), ratio
    assert any(1.01 < r < factor - 0.01 for r in ratio), ratio
    assert any(abs(r - factor) < 1e-3 for r in ratio), ratio


def write_case(name, config, seed):
    folder = common.fresh_folder(name)
    model = AutoModelForCausalLM.from_config(config)
    common.randomise(model, seed)
    model.save_pretrained(folder)
    single, double = load(folder, torch.float32), load(folder, torch.float64)
    check_rotary_bands(config, single)

    ids, targets = make_inputs(config.vocab_size, seed + 1)
    states, final, logits = embedding_and_block_outputs(single, ids)
    states64, final64, logits64 = embedding_and_block_outputs(double, ids)
    grads, grads64 = gradients(single, ids, targets), gradients(double, ids, targets)
    tensors = {
        "input_ids": ids.int(), "targets": targets.int(),
        "logits": logits, "logits_f64": logits64.float(),
        "loss_next": next_token_loss(logits, ids).reshape(1),
        "loss_next_f64": next_token_loss(logits64, ids).reshape(1),
        "loss_targets": target_loss(logits, targets).reshape(1),
        "loss_targets_f64": target_loss(logits64, targets).reshape(1),
        "hidden_final": final,
        "greedy_prompt": ids[:, :PROMPT].int(), "greedy": greedy(single, ids[:, :PROMPT]).int(),
    }
    for i, state in enumerate(states):
        tensors[f"hidden.{i}"] = state
    common.store(os.path.join(folder, "io.safetensors"), tensors,
                 ignored_target=IGNORED)
    common.store(os.path.join(folder, "grads.safetensors"),
                 {n: g.float() for n, g in grads64.items()}, loss="loss_targets_f64")
    common.record_versions(folder, "families.py")
    noise = max(worst(grads[n], grads64[n]) for n in grads)
    print(f"{name}: {sum(p.numel() for p in single.parameters())} parameters; fp32 against fp64: "
          f"logits {worst(logits, logits64):.1e}, hidden {worst(final, final64):.1e}, "
          f"gradients {noise:.1e}")


def write_old_config(name):
    """The same configuration in the keys of transformers 4, which most published models carry.

    Stored as config-v4.json beside config.json, and shown to give the same logits.
    """
    folder = os.path.join(common.GOLDEN, name)
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.45.0"
    common.store_json(os.path.join(folder, "config-v4.json"), config)
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(os.path.join(folder, "config-v4.json"), os.path.join(scratch, "config.json"))
        shutil.copy(os.path.join(folder, "model.safetensors"), scratch)
        ids = make_inputs(config["vocab_size"], 7)[0]
        old, new = (load(f, torch.float32)(ids).logits for f in (scratch, folder))
    assert torch.equal(old, new), "the old keys mean something else"


def write_sharded(source, name):
    """The same weights cut into files with an index, as save_pretrained cuts large models."""
    folder = common.fresh_folder(name)
    load(os.path.join(common.GOLDEN, source), torch.float32).save_pretrained(
        folder, max_shard_size="16KB")
    shutil.copy(os.path.join(common.GOLDEN, source, "io.safetensors"), folder)
    with open(os.path.join(folder, "model.safetensors.index.json"), encoding="utf-8") as file:
        shards = set(json.load(file)["weight_map"].values())
    assert len(shards) > 2, f"not cut: {shards}"
    common.record_versions(folder, "families.py")
    print(f"{name}: {len(shards)} shards of {source}")


def main():
    common.start()
    wanted = sys.argv[1:]
    for number, (name, config) in enumerate(cases().items()):
        if not wanted or name in wanted:
            write_case(name, config, 100 * (number + 1))
            if name == "llama3":
                write_old_config(name)
    if not wanted or "llama-sharded" in wanted:
        write_sharded("llama", "llama-sharded")


if __name__ == "__main__":
    main()
