#!/usr/bin/env python3
"""Golden curves of every optimizer and learning-rate schedule: tests/golden/optim/.

<name>.safetensors holds three parameters before the first step, the gradient of every step and the
parameters after every step; <name>.json the hyperparameters. schedules.json holds the learning rate
of each of 100 steps. README.md beside this script has the arithmetic in words.
"""

import math
import os

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import optimization

import common

STEPS = 25
SHAPES = {"wide": (3, 7), "tall": (6, 4), "vector": (5,)}


def fixed_problem():
    """Parameters and gradients that the optimizer cannot influence."""
    generator = torch.Generator().manual_seed(7)
    start = {n: torch.randn(s, generator=generator) for n, s in SHAPES.items()}
    # The size of the gradients rises and falls, so that clipping acts in some steps only.
    sizes = [0.05 + 0.6 * math.sin(0.4 * t) ** 2 for t in range(STEPS)]
    grads = {n: torch.stack([torch.randn(s, generator=generator) * sizes[t] for t in range(STEPS)])
             for n, s in SHAPES.items()}
    grads["vector"][:, 2] = 0.0  # an element whose gradient is always zero
    return start, grads


def run(make, clip=None):
    """Parameters after every step, and the gradient norm before clipping."""
    start, grads = fixed_problem()
    parameters = {n: torch.nn.Parameter(t.clone()) for n, t in start.items()}
    optimizers = make(parameters)
    after, norms = {n: [] for n in SHAPES}, []
    for t in range(STEPS):
        for name, p in parameters.items():
            p.grad = grads[name][t].clone()
        everything = list(parameters.values())
        norms.append(torch.nn.utils.clip_grad_norm_(everything, clip or math.inf))
        for optimizer in optimizers:
            optimizer.step()
        for name, p in parameters.items():
            after[name].append(p.detach().clone())
    return {n: torch.stack(a) for n, a in after.items()}, torch.stack(norms)


def write(folder, name, make, options, clip=None, extra=None):
    """Stores one curve with what it was made from."""
    start, grads = fixed_problem()
    after, norms = run(make, clip)
    if clip:
        assert (norms > clip).any() and (norms < clip).any(), "clipping must act in some steps only"
    tensors = {"norms": norms}
    for n in SHAPES:
        tensors.update({f"start.{n}": start[n], f"grad.{n}": grads[n], f"after.{n}": after[n]})
    for n, values in (extra or {}).items():
        tensors[f"after_f32.{n}"] = values
    common.store(os.path.join(folder, f"{name}.safetensors"), tensors)
    common.store_json(os.path.join(folder, f"{name}.json"),
                      dict(options, grad_clip=clip, steps=STEPS))
    return after


def adamw(**options):
    return lambda p: [torch.optim.AdamW(list(p.values()), foreach=False, **options)]


def sgd(**options):
    return lambda p: [torch.optim.SGD(list(p.values()), foreach=False, **options)]


class MuonF32(torch.optim.Optimizer):
    """torch.optim.Muon's rule with every product in float32 (torch itself rounds to bfloat16)."""

    def __init__(self, params, **options):
        super().__init__(params, options)

    @staticmethod
    def orthogonalise(update, coefficients, steps, eps):
        a, b, c = coefficients
        x = update.T if update.shape[0] > update.shape[1] else update
        x = x / max(x.norm().item(), eps)
        for _ in range(steps):
            gram = x @ x.T
            x = a * x + (b * gram + c * (gram @ gram)) @ x
        return x.T if update.shape[0] > update.shape[1] else x

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            mu = group["momentum"]
            for p in group["params"]:
                m = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                m.mul_(mu).add_(p.grad, alpha=1 - mu)
                update = (1 - mu) * p.grad + mu * m if group["nesterov"] else m
                x = self.orthogonalise(update, group["ns_coefficients"], group["ns_steps"],
                                       group["eps"])
                scale = scale_of(group["adjust_lr_fn"], p.shape)
                p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * scale * x)


def scale_of(rule, shape):
    rows, columns = shape
    if rule == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1.0, rows / columns))  # "original", torch's default


def write_muon(folder, name, options, clip=None):
    """Muon on the matrices and AdamW on the vector, by torch and again with float32 products."""
    beside = {"lr": 3e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.0}

    def with_class(kind):
        def make(p):
            matrices = [p["wide"], p["tall"]]
            return [kind(matrices, **options),
                    torch.optim.AdamW([p["vector"]], foreach=False, **beside)]
        return make

    in_f32, _ = run(with_class(MuonF32), clip)
    after = write(folder, name, with_class(torch.optim.Muon), dict(options, vector_adamw=beside),
                  clip, in_f32)
    gaps = [(after[n] - in_f32[n]).abs() for n in ("wide", "tall")]
    print(f"{name}: bfloat16 against float32 products: after 1 step "
          f"{max(g[0].max().item() for g in gaps):.1e}, after {STEPS} "
          f"{max(g[-1].max().item() for g in gaps):.1e}, largest {max(g.max().item() for g in gaps):.1e}")


# ---- schedules -----------------------------------------------------------------------------------

def warmup(step, steps):
    """Part of the peak that step (from 0) has: (step + 1) / steps, so step 0 already learns."""
    return (step + 1) / steps


def cosine(step, o):
    """Half a cosine from the peak to the floor; the last step is the floor itself."""
    if step < o["warmup_steps"]:
        return o["lr"] * warmup(step, o["warmup_steps"])
    done = (step - o["warmup_steps"]) / max(1, o["steps"] - 1 - o["warmup_steps"])
    return o["min_lr"] + 0.5 * (o["lr"] - o["min_lr"]) * (1 + math.cos(math.pi * min(1.0, done)))


def linear(step, o):
    """A straight line from the peak to the floor; the last step is the floor itself."""
    if step < o["warmup_steps"]:
        return o["lr"] * warmup(step, o["warmup_steps"])
    done = (step - o["warmup_steps"]) / max(1, o["steps"] - 1 - o["warmup_steps"])
    return o["lr"] + (o["min_lr"] - o["lr"]) * min(1.0, done)


def constant(step, o):
    """The peak after the warm-up; the floor is not used."""
    return o["lr"] * (warmup(step, o["warmup_steps"]) if step < o["warmup_steps"] else 1.0)


def wsd(step, o):
    """Warm-up, stable at the peak, then a straight line over the last decay_fraction of the steps.

    D = round(decay_fraction * steps), at least 1, at most what the warm-up leaves. Step steps-D-1
    is the last at the peak and the last step is the floor itself.
    """
    decay = min(max(1, round(o["decay_fraction"] * o["steps"])), o["steps"] - o["warmup_steps"])
    first = o["steps"] - decay
    if step < o["warmup_steps"]:
        return o["lr"] * warmup(step, o["warmup_steps"])
    if step < first:
        return o["lr"]
    return o["lr"] + (o["min_lr"] - o["lr"]) * (step - first + 1) / decay


SCHEDULES = {"cosine": cosine, "linear": linear, "constant": constant, "wsd": wsd}
SCHEDULE_CASES = [
    {"schedule": "cosine", "lr": 1e-3, "min_lr": 1e-4, "steps": 100, "warmup_steps": 10},
    {"schedule": "cosine", "lr": 3e-4, "min_lr": 0.0, "steps": 100, "warmup_steps": 0},
    {"schedule": "linear", "lr": 1e-3, "min_lr": 1e-4, "steps": 100, "warmup_steps": 10},
    {"schedule": "linear", "lr": 5e-4, "min_lr": 0.0, "steps": 100, "warmup_steps": 0},
    {"schedule": "constant", "lr": 1e-3, "min_lr": 1e-4, "steps": 100, "warmup_steps": 10},
    {"schedule": "constant", "lr": 2e-3, "min_lr": 0.0, "steps": 100, "warmup_steps": 0},
    {"schedule": "wsd", "lr": 1e-3, "min_lr": 1e-4, "steps": 100, "warmup_steps": 10,
     "decay_fraction": 0.1},
    {"schedule": "wsd", "lr": 1e-3, "min_lr": 0.0, "steps": 100, "warmup_steps": 0,
     "decay_fraction": 0.25},
]


def follow(scheduler_of, peak, steps):
    """The rate that a torch scheduler gives to each step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = scheduler_of(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def same(ours, theirs):
    return all(abs(a - b) <= 1e-12 * max(abs(a), abs(b)) + 1e-18 for a, b in zip(ours, theirs, strict=True))


def check_against_libraries(o, rates):
    """Every case must be what torch's LambdaLR makes of it, and, where the library has the same
    curve under another numbering of its steps, what transformers makes of it."""
    rule = SCHEDULES[o["schedule"]]
    assert same(rates, follow(lambda opt: LambdaLR(opt, lambda s: rule(s, o) / o["lr"]),
                              o["lr"], o["steps"]))
    w, n = o["warmup_steps"], o["steps"]
    if o["schedule"] == "cosine" and w == 0:
        # transformers reaches the floor one step after the last: its n steps are our n + 1.
        assert same(rates, follow(lambda opt: optimization.get_cosine_with_min_lr_schedule_with_warmup(
            opt, 0, n - 1, min_lr=o["min_lr"]), o["lr"], n))
    if o["schedule"] == "linear" and o["min_lr"] == 0 and w == 0:
        assert same(rates, follow(lambda opt: optimization.get_linear_schedule_with_warmup(
            opt, 0, n - 1), o["lr"], n))
    if o["schedule"] == "constant":
        # transformers warms up by step / W, which wastes step 0 at a rate of zero: ours is one on.
        theirs = follow(lambda opt: optimization.get_constant_schedule_with_warmup(opt, w),
                        o["lr"], n + 1)
        assert same(rates, theirs[1:] if w else theirs[:-1])
    if o["schedule"] == "wsd":
        decay = round(o["decay_fraction"] * n)
        theirs = follow(lambda opt: optimization.get_wsd_schedule(
            opt, w, decay, num_training_steps=n, decay_type="linear",
            min_lr_ratio=o["min_lr"] / o["lr"]), o["lr"], n + 1)
        assert same(rates[w:], theirs[w + 1:])


def write_schedules(folder):
    cases = []
    for o in SCHEDULE_CASES:
        rates = [SCHEDULES[o["schedule"]](s, o) for s in range(o["steps"])]
        check_against_libraries(o, rates)
        cases.append(dict(o, rates=rates))
    common.store_json(os.path.join(folder, "schedules.json"), {"cases": cases})


def main():
    common.start()
    folder = common.fresh_folder("optim")
    plain = {"lr": 3e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
    write(folder, "adamw", adamw(**plain), plain)
    write(folder, "adamw-clip", adamw(**plain), plain, clip=1.0)
    for name, options, clip in [
            ("sgd", {"lr": 0.05, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False}, None),
            ("sgd-momentum", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01,
                              "nesterov": False}, None),
            ("sgd-nesterov", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01,
                              "nesterov": True}, 1.0)]:
        write(folder, name, sgd(**options), options, clip)
    defaults = torch.optim.Muon([torch.zeros(2, 2)]).defaults
    print("torch.optim.Muon's defaults:", defaults)
    muon = dict(defaults, lr=0.02)
    write_muon(folder, "muon", muon)
    write_muon(folder, "muon-clip-rms", dict(muon, lr=0.01, adjust_lr_fn="match_rms_adamw"), 1.0)
    write_schedules(folder)
    common.record_versions(folder, "optim.py")


if __name__ == "__main__":
    main()
