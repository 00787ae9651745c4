"""What Hugging Face's trainers (tokenizers 0.23.3 when last run) learn from tests/golden/tokenizer/train.txt. Run by hand:

    python tests/parity/trainer_golden.py

train_wordpiece.json, train_wordpiece_lower.json   vocabularies, [BertNormalizer, BertPreTokenizer]
train_spm_bpe.json                                 vocabulary and merges, Metaspace
train_unigram.json                                 vocabulary of the first 200 documents, Metaspace, and of the others how many
                                                   tokens they make and the sum of the tokens' scores

The reference numbers the ## characters of WordPiece in the order of a hash table of random seed, so that ids and the order of
equally frequent pairs differ from run to run (this script shows it). Given all characters as special tokens, in the order of their
code points, it has to number them so.
"""
import json
import os

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

OUT = os.path.join(os.path.dirname(__file__), "..", "golden", "tokenizer")
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SPM = ["<unk>", "<s>", "</s>"]


def save(name, value):
    with open(os.path.join(OUT, name), "w", encoding="utf-8", newline="\n") as f:
        json.dump(value, f, ensure_ascii=False, indent=0)
        f.write("\n")


def wordpiece(documents, lower, order):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = list(BERT)
    if order:
        words = [w for d in documents for w, _ in t.pre_tokenizer.pre_tokenize_str(t.normalizer.normalize_str(d))]
        special += sorted({c for w in words for c in w}) + ["##" + c for c in sorted({c for w in words for c in w[1:]})]
    t.train_from_iterator(documents, trainers.WordPieceTrainer(vocab_size=900, special_tokens=special, show_progress=False))
    return json.loads(t.to_str())["model"]["vocab"]


def spm_bpe(documents):
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    special = SPM + ["<0x%02X>" % b for b in range(256)]
    t.train_from_iterator(documents, trainers.BpeTrainer(vocab_size=900, special_tokens=special, show_progress=False))
    model = json.loads(t.to_str())["model"]
    return {"vocab": model["vocab"], "merges": model["merges"]}


def unigram(documents):
    t = Tokenizer(models.Unigram())
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    t.train_from_iterator(documents[:200], trainers.UnigramTrainer(
        vocab_size=400, special_tokens=SPM, unk_token="<unk>", show_progress=False))
    vocab = json.loads(t.to_str())["model"]["vocab"]
    ids = [i for d in documents[200:] for i in t.encode(d).ids if i]
    return {"vocab": vocab, "tokens": len(ids), "score": sum(vocab[i][1] for i in ids)}


def main():
    with open(os.path.join(OUT, "train.txt"), encoding="utf-8") as f:
        documents = f.read().splitlines()
    a, b = (wordpiece(documents, False, False) for _ in range(2))
    print("two runs of the reference: ids %s, %d of %d tokens common" % ("equal" if a == b else "differ", len(a.keys() & b.keys()), len(a)))
    save("train_wordpiece.json", wordpiece(documents, False, True))
    save("train_wordpiece_lower.json", wordpiece(documents, True, True))
    save("train_spm_bpe.json", spm_bpe(documents))
    save("train_unigram.json", unigram(documents))
    print("tokenizers", tokenizers.__version__)


main()
