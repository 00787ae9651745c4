"""What every golden generator shares: where goldens live, how they are stored, what made them."""

import json
import os
import platform
import shutil

import safetensors.torch
import torch
import transformers

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def fresh_folder(*names):
    """An empty folder under tests/golden, replacing what was there."""
    path = os.path.normpath(os.path.join(GOLDEN, *names))
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def store(path, tensors, **fact):
    """Writes tensors as safetensors; a fact becomes its string metadata.

    One fact at most: the writer puts several in an order that changes from run to run.
    """
    assert len(fact) <= 1, "the file would differ from run to run"
    tensors = {name: t.detach().clone().contiguous() for name, t in tensors.items()}
    safetensors.torch.save_file(tensors, path, metadata={k: str(v) for k, v in fact.items()})
    os.chmod(path, 0o644)


def store_json(path, value):
    """Writes JSON with a final newline; floats keep every digit of their double."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def record_versions(folder, script):
    """Names what made the folder, so that a changed figure can be traced to a changed version."""
    store_json(os.path.join(folder, "versions.json"), {
        "made_by": f"tests/parity/{script}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "safetensors": safetensors.__version__,
    })


def start(threads=1):
    """One thread and a quiet library, so that a second run gives the same bits."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def randomise(model, seed):
    """Gives every parameter a value that shows up in the output.

    Matrices get a spread that keeps activations near one; norm weights lie around one and biases
    around zero, but none is exactly 0 or 1, so that a forgotten bias or norm cannot go unseen.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                parameter.copy_(values * (0.5 if "emb" in name or "wte" in name or "wpe" in name
                                          else 0.8 / parameter.shape[-1] ** 0.5))
            elif name.endswith("bias"):
                parameter.copy_(values * 0.1)
            else:
                parameter.copy_(1.0 + values * 0.2)
