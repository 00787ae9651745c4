"""What socle trains opens in tokenizers and transformers with the same ids. Run by hand:

    python tests/parity/tokenizer_opens.py build/socle

For each kind and pattern: train on tests/golden/tokenizer/train.txt, open the folder with Tokenizer.from_file and
AutoTokenizer, compare ids and decoded text of every case of cases.jsonl.
"""
import json
import os
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer
from transformers import AutoTokenizer

GOLDEN = os.path.join(os.path.dirname(__file__), "..", "golden", "tokenizer")
KINDS = [["--type", "bpe", "--vocab-size", "700"], ["--type", "bpe", "--vocab-size", "700", "--pattern", "llama3"],
         ["--type", "bpe", "--vocab-size", "600", "--pattern", r"\p{Han}|[^\S\n]+|\p{L}+|\d"], ["--type", "bytes"], ["--type", "chars"]]


def main(socle):
    cases = [bytes.fromhex(json.loads(line)["hex"]) for line in open(os.path.join(GOLDEN, "cases.jsonl"))]
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as d:
            subprocess.run([socle, "tokenizer", "train", os.path.join(GOLDEN, "train.txt"), *kind, "--output", d, "--quiet"],
                           check=True, stdout=subprocess.DEVNULL)
            fast = Tokenizer.from_file(os.path.join(d, "tokenizer.json"))
            auto = AutoTokenizer.from_pretrained(d)
            assert auto.eos_token == "<|endoftext|>", auto.eos_token
            for case in cases:
                text = case.decode("utf-8", "replace")
                ids = subprocess.run([socle, "tokenizer", "encode", d, "--quiet"], input=case, capture_output=True, check=True).stdout
                ids = list(map(int, ids.split()))
                if kind[1] == "chars" and "\0" in text:
                    continue
                assert fast.encode(text).ids == ids, (kind, text, ids, fast.encode(text).ids)
                assert auto(text)["input_ids"] == ids, (kind, text)
                out = subprocess.run([socle, "tokenizer", "decode", d], input=" ".join(map(str, ids)).encode(), capture_output=True, check=True)
                want = fast.decode(ids, skip_special_tokens=False)
                assert out.stdout.decode() == want, (kind, text, want)
        print("same", *kind, f"({len(cases)} cases)")


main(sys.argv[1])
