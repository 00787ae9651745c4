"""socle's tokenizers against Hugging Face tokenizers, one thread each, both sides in one run.

The corpus is 20 MB of Korean, Chinese, English, code and emoji from SOCLE_SHARED (see run.sh), made of
equal shares. Times are processor seconds of the process that does the work (the machine may be shared),
the best of REPEAT runs; socle's include starting the program, reading the files and writing the result.
"""
import bz2
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SOCLE = os.environ["SOCLE"]
SHARED = os.environ["SOCLE_SHARED"]
REPEAT = int(os.environ.get("REPEAT", "3"))
SIZE, VOCAB = 20_000_000, 16000


def gz(name):
    with gzip.open(os.path.join(SHARED, "data", name)) as f:
        return f.read()


def corpus():
    poems = "\n".join(line for row in gz("chinese/tang-poems.jsonl.gz").decode().splitlines()
                      for line in [json.loads(row)["title"], *json.loads(row)["lines"]]).encode()
    wiki = "wikipedia-dump/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
    with bz2.open(os.path.join(SHARED, "data", wiki)) as f:
        wiki = f.read()
    code = "\n".join(json.loads(row).get("code") or json.loads(row).get("text", "")
                     for row in gz("code/mbpp.jsonl.gz").decode().splitlines()).encode()
    parts = [gz("korean/nsmc-reviews.lm.txt.gz"), poems, gz("lm-english/brown.train.txt.gz"),
             gz("lm-english/tinyshakespeare.txt.gz"), wiki, code, gz("emoji-captions/captions.jsonl.gz")]
    out, left = [], SIZE
    for i, part in enumerate(sorted(parts, key=len)):  # the short ones whole, the others share the rest
        share = left // (len(parts) - i)
        out.append(part[:share])
        left -= len(out[-1])
    # as the readers do: invalid sequences (the cuts above make some) are U+FFFD
    return b"\n".join(out).decode("utf-8", "replace").encode()


def best(fn):
    times = []
    for _ in range(REPEAT):
        before = time.process_time()
        result = fn()
        times.append(time.process_time() - before)
    return min(times), result


def best_child(command, output):
    times = []
    for _ in range(REPEAT):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(output, "wb") as f:
            subprocess.run(command, check=True, stdout=f)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def report(what, n, ours, theirs, bar):
    print(f"{what:9} {n / 1e6 / ours:8.1f} MB/s socle {n / 1e6 / theirs:8.2f} MB/s tokenizers {tokenizers.__version__}"
          f"   ratio {theirs / ours:5.1f}   (bar {bar})", flush=True)
    return theirs / ours >= bar


def train(text, directory):
    path = os.path.join(directory, "corpus.txt")
    ours = best_child([SOCLE, "tokenizer", "train", path, "--vocab-size", str(VOCAB), "--out", directory, "--threads", "1"], os.devnull)

    def theirs():
        t = Tokenizer(models.BPE())
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        t.decoder = decoders.ByteLevel()
        t.train_from_iterator([text], trainers.BpeTrainer(
            vocab_size=VOCAB, special_tokens=["<|endoftext|>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        return t
    seconds, t = best(theirs)
    t.save(os.path.join(directory, "hf.json"))
    a, b = (json.load(open(os.path.join(directory, name)))["model"] for name in ("hf.json", "tokenizer.json"))
    pair = lambda m: tuple(m) if isinstance(m, list) else tuple(m.split(" "))
    same = list(map(pair, a["merges"])) == list(map(pair, b["merges"])) and a["vocab"] == b["vocab"]
    print(f"merges   {len(a['merges'])}, {'identical' if same else 'DIFFERENT'}")
    return report("train", len(text.encode()), ours, seconds, 10) and same


def encode(text, directory):
    """tokenizers on lines (its faster way; one text of 20 MB is slower) for the time, on the whole for the ids."""
    ids = os.path.join(directory, "ids.txt")
    ours = best_child([SOCLE, "tokenizer", "encode", directory, os.path.join(directory, "corpus.txt"), "--threads", "1"], ids)
    t = Tokenizer.from_file(os.path.join(directory, "tokenizer.json"))
    lines = text.splitlines(keepends=True)
    seconds, _ = best(lambda: [t.encode(line).ids for line in lines])
    want = t.encode(text).ids
    with open(ids) as f:
        got = list(map(int, f.read().split()))
    print(f"ids      {len(want)}, {'identical' if got == want else 'DIFFERENT'}")
    return report("encode", len(text.encode()), ours, seconds, 5) and got == want


# The other kinds, each from a published vocabulary; socle writes the tokenizer.json that both sides run.
KINDS = {"wordpiece": "ggml-vocab-bert-bge.gguf", "unigram": "albert.30k-clean.model", "bpe-bytes": "llama.tokenizer.model", "ranks": "r50k_base.tiktoken"}


def encode_kind(kind, text, directory):
    """Ids are compared on the whole text and, since Unigram and BPE without words see more than a line at once, on each line."""
    out = os.path.join(directory, kind)
    subprocess.run([SOCLE, "tokenizer", "convert", os.path.join(SHARED, "data", "tokenizers", KINDS[kind]), "--out", out], check=True, stdout=subprocess.DEVNULL)
    ids = os.path.join(directory, "ids.txt")
    t = Tokenizer.from_file(os.path.join(out, "tokenizer.json"))
    lines = text.split("\n")
    ours = best_child([SOCLE, "tokenizer", "encode", out, os.path.join(directory, "corpus.txt"), "--lines", "--threads", "1"], ids)
    seconds, want = best(lambda: [t.encode(line).ids for line in lines])
    with open(ids) as f:
        got = [list(map(int, line.split())) for line in f.read().split("\n")[:-1]]
    same = got == (want if lines[-1] else want[:-1])
    print(f"ids      {sum(map(len, want))} in {len(lines)} lines, {'identical' if same else 'DIFFERENT'}")
    return report(kind, len(text.encode()), ours, seconds, 5) and same


def main():
    with tempfile.TemporaryDirectory() as directory:
        data = corpus()
        with open(os.path.join(directory, "corpus.txt"), "wb") as f:
            f.write(data)
        text = data.decode()
        print(f"corpus   {len(data) / 1e6:.1f} MB, vocabulary {VOCAB}, best of {REPEAT}")
        results = [train(text, directory), encode(text, directory)]
        results += [encode_kind(kind, text, directory) for kind in KINDS]
    sys.exit(0 if all(results) else 1)


main()
