"""Training of every kind of tokenizer against Hugging Face tokenizers (and, for unigram, sentencepiece), one thread each, both
sides in one run, on the corpus of bench.py.

    KINDS="bpe wordpiece unigram spm-bpe"  REPEAT=3  SIZE=20000000   (the reference's unigram trainer runs once)

Times are processor seconds of the process that does the work, the best of REPEAT runs; socle's include starting the program,
reading the file and writing the result. What is compared beside the time:

bpe, spm-bpe  merges and vocabulary are identical
wordpiece     the vocabulary and its ids are identical once the reference is told the order of characters (tests/parity/trainer_golden.py)
unigram       learned from nine tenths, each line a document since sentencepiece never sees a newline; on the last tenth the characters a token and the log-likelihood a character, with scores
              normalised to sum to one: at most 1 % worse than either reference
"""
import importlib.util
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time

import tokenizers
from tokenizers import Tokenizer, models, trainers

spec = importlib.util.spec_from_file_location("bench", os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py"))
SOURCE = open(spec.origin, encoding="utf-8").read().rsplit("\nmain()", 1)[0]
bench = importlib.util.module_from_spec(spec)
exec(compile(SOURCE, spec.origin, "exec"), bench.__dict__)

SOCLE = bench.SOCLE
REPEAT = bench.REPEAT
KINDS = os.environ.get("KINDS", "bpe wordpiece unigram spm-bpe").split()
SIZE = int(os.environ.get("SIZE", "20000000"))
VOCAB = {"wordpiece": 32000}
BERT, SPM = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], ["<unk>", "<s>", "</s>"]
BAR = {"bpe": 10}


def model_of(directory):
    with open(os.path.join(directory, "tokenizer.json"), encoding="utf-8") as f:
        return json.load(f)["model"]


def pair(merge):
    return tuple(merge) if isinstance(merge, list) else tuple(merge.split(" "))


def trainer(kind, size, special):
    common = dict(vocab_size=size, special_tokens=special, show_progress=False)
    if kind == "wordpiece":
        return models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(**common)
    if kind == "unigram":
        return models.Unigram(), trainers.UnigramTrainer(unk_token="<unk>", **common)
    if kind == "spm-bpe":
        return models.BPE(unk_token="<unk>", byte_fallback=True), trainers.BpeTrainer(**common)
    return models.BPE(), trainers.BpeTrainer(initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()), **common)


def theirs(kind, size, special, text, pipeline):
    """Trains with the normalizer and pre-tokenizer of our own file, so that both sides see the same words."""
    def run():
        model, how = trainer(kind, size, special)
        t = Tokenizer(model)
        if pipeline.normalizer:
            t.normalizer = pipeline.normalizer
        t.pre_tokenizer = pipeline.pre_tokenizer
        t.train_from_iterator(text.split("\n") if kind == "unigram" else [text], how)
        return t
    return run


def best(fn, repeat):
    times = []
    for _ in range(repeat):
        before = time.process_time()
        result = fn()
        times.append(time.process_time() - before)
    return min(times), result


def characters(text, pipeline):
    """All characters, and those within words: the order in which the reference would number them if it sorted."""
    words = [w for w, _ in pipeline.pre_tokenizer.pre_tokenize_str(pipeline.normalizer.normalize_str(text))]
    return sorted({c for w in words for c in w}) + ["##" + c for c in sorted({c for w in words for c in w[1:]})]


def same(kind, ours, text, size, special, pipeline, trained):
    if kind == "wordpiece":
        trained = theirs(kind, size, special + characters(text, pipeline), text, pipeline)()
    got = json.loads(trained.to_str())["model"]
    equal = got["vocab"] == ours["vocab"] and list(map(pair, got.get("merges", []))) == list(map(pair, ours.get("merges", [])))
    print("%-9s %d tokens, %s" % (kind, len(ours["vocab"]), "identical" if equal else "DIFFERENT"))
    return equal


def likelihood(name, vocab, text, pipeline):
    """On held-out lines: characters a token, and the log-likelihood a character by the best segmentation."""
    t = Tokenizer(models.Unigram([tuple(p) for p in vocab], 0, False))
    t.pre_tokenizer = pipeline.pre_tokenizer
    total = math.log(sum(math.exp(s) for _, s in vocab[len(SPM):]))
    least = min(s for _, s in vocab)
    lines = text.split("\n")
    ids = [i for e in t.encode_batch(lines) for i in e.ids]
    score = sum((vocab[i][1] if i else least - 10) - total for i in ids)
    n = sum(map(len, lines))
    print("unigram   %-14s %7.4f characters a token, log-likelihood %8.5f a character" % (name, n / len(ids), score / n))
    return n / len(ids), score / n


def sentencepiece_vocab(path, size, directory):
    """(seconds, vocabulary) of sentencepiece's own trainer with no normalization; None where it is not installed."""
    code = ("import sentencepiece, sys; sentencepiece.SentencePieceTrainer.train(input=%r, model_prefix=%r, vocab_size=%d, num_threads=1, "
            "model_type='unigram', normalization_rule_name='identity', remove_extra_whitespaces=False, character_coverage=1.0, "
            "split_by_unicode_script=False, split_by_number=False, max_sentence_length=1000000, minloglevel=2)")
    model = os.path.join(directory, "spm")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if subprocess.run([sys.executable, "-c", code % (path, model, size)], stderr=subprocess.DEVNULL).returncode:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(model + ".vocab", encoding="utf-8", newline="\n") as f:
        rows = [line.rstrip("\n").rsplit("\t", 1) for line in f]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, [(t, float(s)) for t, s in rows]


def held_out(ours, trained, held, directory, train_path, size, n):
    vocab = json.loads(trained.to_str())["model"]["vocab"]
    pipeline = Tokenizer.from_file(os.path.join(directory, "tokenizer.json"))
    common = {t for t, _ in ours["vocab"]} & {t for t, _ in vocab}
    print("unigram   %d of %d tokens are tokenizers' too" % (len(common), len(vocab)))
    a = likelihood("socle", ours["vocab"], held, pipeline)
    others = [likelihood("tokenizers", vocab, held, pipeline)]
    spm = sentencepiece_vocab(train_path, size, directory)
    if spm:
        print("unigram   sentencepiece's trainer %.2f MB/s" % (n / 1e6 / spm[0]))
        others.append(likelihood("sentencepiece", spm[1], held, pipeline))
    else:
        print("SKIP unigram against sentencepiece: it is not installed beside tokenizers")
    return all(a[0] > 0.99 * b[0] and a[1] > 1.01 * b[1] for b in others)


def one(kind, data, directory):
    special = BERT if kind == "wordpiece" else SPM if kind != "bpe" else ["<|endoftext|>"]
    size = VOCAB.get(kind, 16000)
    text, held = data.decode("utf-8", "ignore"), ""
    if kind == "unigram":
        lines = text.split("\n")
        text, held = "\n".join(l for i, l in enumerate(lines) if i % 10), "\n".join(lines[::10])
    n = len(text.encode())
    path, out = os.path.join(directory, "corpus.txt"), os.path.join(directory, kind)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)
    ours = path
    if kind == "unigram":
        ours = os.path.join(directory, "lines.jsonl")
        with open(ours, "w", encoding="utf-8", newline="\n") as f:
            f.writelines(json.dumps({"text": l}, ensure_ascii=False) + "\n" for l in text.split("\n"))
    command = [SOCLE, "tokenizer", "train", ours, "--type", kind, "--vocab-size", str(size), "--out", out, "--threads", "1"]
    seconds = bench.best_child(command, os.devnull)
    pipeline = Tokenizer.from_file(os.path.join(out, "tokenizer.json"))
    full = special + ["<0x%02X>" % b for b in range(256)] if kind == "spm-bpe" else special
    reference, trained = best(theirs(kind, size, full, text, pipeline), 1 if kind == "unigram" else REPEAT)
    if kind == "unigram":
        good = held_out(model_of(out), trained, held, out, path, size, n)
    else:
        good = same(kind, model_of(out), text, size, full, pipeline, trained)
    return bench.report(kind, n, seconds, reference, BAR.get(kind, 5)) and good


def main():
    with tempfile.TemporaryDirectory() as directory:
        data = bench.corpus()[:SIZE]
        print("corpus    %.1f MB, best of %d" % (len(data) / 1e6, REPEAT))
        results = [one(kind, data, directory) for kind in KINDS]
    sys.exit(0 if all(results) else 1)


main()
