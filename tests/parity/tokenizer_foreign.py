"""Makes small vocabularies in other formats with the libraries that own them, and what those give for texts (sentencepiece 0.2,
tiktoken 0.9 when last run). Run by hand:

    python tests/parity/tokenizer_foreign.py

tests/golden/tokenizer/{unigram,bpe,symbols}.model, ranks.tiktoken     the vocabularies
tests/golden/tokenizer/foreign.jsonl                           {"file", "text", "ids", "decoded"}
tests/corpus/spm, tests/corpus/gguf                            seeds for the fuzz targets, whole and damaged
"""
import base64
import json
import os
import struct
import tempfile

import sentencepiece
import tiktoken

from tokenizer_golden import documents

HERE = os.path.dirname(__file__)
OUT = os.path.join(HERE, "..", "golden", "tokenizer")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
TEXTS = ["", "the model reads", " the  model ", "모델은 글을 읽고", "模型读一行字，", "ＡＢ ①x", "a\tb\nc", "e\u0301 é", "😀 unknown \u4e02", "x = {'a': 1}", "   ", "(the) [line] the-line",
         "don't WE'LL", "    the model", "  <sym>  the", "<sym>", "the[a.b]the <sym><sym> the", "[a.b] the", "axb [axb]", " " * 9 + "the" + " " * 26 + "model ======",
         "\u2581the", "1234 56", "the" * 30, "a" * 200, "\u200bx\u200b", "the<sym>model <sym> x", "<s>the</s>", "<unk>"]


def train_models():
    with tempfile.TemporaryDirectory() as d:
        text, rules = os.path.join(d, "text"), os.path.join(d, "rules.tsv")
        with open(text, "w") as f:
            f.write("\n".join(list(documents())[:160]))
        with open(rules, "w") as f:
            pairs = {"\uff21": "A", "\uff22": "B", "\u2460": "1", "\t": " ", "\n": " ", "\u3000": " ", "\u200b": "", "\uff0c": ",", "e\u0301": "\u00e9"}
            for a, b in pairs.items():
                f.write(" ".join("%X" % ord(c) for c in a) + "\t" + " ".join("%X" % ord(c) for c in b) + "\n")
        common = dict(input=text, minloglevel=2, character_coverage=1.0, hard_vocab_limit=False)
        sentencepiece.SentencePieceTrainer.train(model_prefix=os.path.join(d, "unigram"), model_type="unigram", vocab_size=330, normalization_rule_tsv=rules,
                                                 user_defined_symbols=["(", ")", "-"], control_symbols=["<mask>"], **common)
        sentencepiece.SentencePieceTrainer.train(model_prefix=os.path.join(d, "bpe"), model_type="bpe", vocab_size=700, normalization_rule_name="identity", byte_fallback=True,
                                                 remove_extra_whitespaces=False, split_digits=True, **common)
        for name in ["unigram", "bpe"]:
            with open(os.path.join(d, name + ".model"), "rb") as f, open(os.path.join(OUT, name + ".model"), "wb") as g:
                g.write(f.read())


def train_ranks():
    """Byte pairs by frequency over the words of the documents: ranks as tiktoken wants them."""
    import regex
    words = {}
    for document in documents():
        for word in regex.findall(GPT2, document):
            key = tuple(bytes([b]) for b in word.encode())
            words[key] = words.get(key, 0) + 1
    ranks = {bytes([b]): b for b in range(256)}
    while len(ranks) < 420:
        pairs = {}
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + n
        best = max(pairs, key=lambda p: (pairs[p], p))
        ranks[best[0] + best[1]] = len(ranks)
        merged = {}
        for word, n in words.items():
            out, i = [], 0
            while i < len(word):
                two = word[i:i + 2] == best
                out.append(best[0] + best[1] if two else word[i])
                i += 1 + two
            merged[tuple(out)] = merged.get(tuple(out), 0) + n
        words = merged
    with open(os.path.join(OUT, "ranks.tiktoken"), "wb") as f:
        for token, rank in ranks.items():
            f.write(base64.b64encode(token) + b" %d\n" % rank)
    return tiktoken.Encoding("ranks", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={})


def field(number, wire, data):
    return bytes([number << 3 | wire]) + (bytes([len(data)]) + data if wire == 2 else data)


def piece(text, score, kind):
    return field(1, 2, field(1, 2, text.encode()) + field(2, 5, struct.pack("<f", score)) + field(3, 0, bytes([kind])))


def make_symbols():
    """BPE with symbols of the user's, and runs of spaces that are all worth the same."""
    pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)] + [(c, -1000 - i, 1) for i, c in enumerate("\u2581abcdehlmnorstxyz<>[].|=")]
    pieces += [(w, -1 - i, 1) for i, w in enumerate(["th", "the", "\u2581the", "mo", "de", "mode", "model", "\u2581model", "re", "rea", "\u2581rea", "==", "===="])]
    pieces += [("\u2581" * n, -1e9, 1) for n in (2, 4, 8, 5, 6, 3, 12)]
    pieces += [("<sym>", 0, 4), ("[a.b]", 0, 4)]
    with open(os.path.join(OUT, "symbols.model"), "wb") as f:
        f.write(b"".join(piece(*p) for p in pieces) + field(2, 2, field(3, 0, b"\2")) + field(3, 2, field(1, 2, b"identity") + field(3, 0, b"\1") + field(4, 0, b"\0")))


def gguf(pairs):
    def string(s):
        s = s.encode() if isinstance(s, str) else s
        return struct.pack("<Q", len(s)) + s

    def value(v):
        if isinstance(v, bool):
            return 7, struct.pack("<?", v)
        if isinstance(v, int):
            return 4, struct.pack("<I", v)
        if isinstance(v, str):
            return 8, string(v)
        kind = {str: 8, float: 6, int: 5}[type(v[0])]
        items = b"".join(string(x) if kind == 8 else struct.pack("<f" if kind == 6 else "<i", x) for x in v)
        return 9, struct.pack("<IQ", kind, len(v)) + items
    body = b""
    for key, v in pairs.items():
        kind, data = value(v)
        body += string(key) + struct.pack("<I", kind) + data
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + body


def seeds():
    put = lambda folder, name, data: (os.makedirs(os.path.join(HERE, "..", "corpus", folder), exist_ok=True), open(os.path.join(HERE, "..", "corpus", folder, name), "wb").write(data))

    pieces = b"".join([piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), piece("\u2581", -3, 1), piece("a", -2, 1), piece("b", -2.5, 1), piece("\u2581a", -1, 1),
                       piece("ab", -1.5, 1), piece("(", 0, 4)])
    put("spm", "unigram.model", pieces + field(2, 2, field(3, 0, b"\1")))
    put("spm", "bpe.model", pieces + field(2, 2, field(3, 0, b"\2")) + field(3, 2, field(3, 0, b"\1") + field(4, 0, b"\0")))
    put("spm", "bad-cut.model", pieces[:-3])
    put("spm", "bad-word.model", pieces + field(2, 2, field(3, 0, b"\3")))
    put("spm", "bad-unk.model", pieces + field(2, 2, b"\xc0\x02\x7f"))
    put("spm", "bad-twice.model", pieces + piece("a", -1, 1))
    put("spm", "bad-zero.model", pieces + piece("a\0b", -1, 1) + field(2, 2, field(3, 0, b"\2")))
    put("spm", "bad-length.model", b"\n\xff\xff\xff\xff\xff\xff\xff\xff\x7fx")
    put("spm", "bad-charsmap.model", pieces + field(3, 2, field(2, 2, b"\xff\xff\xff\x7fabcd")))
    base = {"tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2}
    bpe = {"general.name": "x", "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": ["a", "b", "<|x|>", "ab"], "tokenizer.ggml.token_type": [1, 1, 3, 1],
           "tokenizer.ggml.merges": ["a b"], "tokenizer.chat_template": "{{ x }}", **base}
    spm = {"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "\u2581", "a", "\u2581a", "<0x41>"], "tokenizer.ggml.scores": [0.0, 0.0, 0.0, -3.0, -2.0, -1.0, 0.0],
           "tokenizer.ggml.token_type": [2, 3, 3, 1, 1, 1, 6], **base}
    bert = {"tokenizer.ggml.model": "bert", "tokenizer.ggml.tokens": ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "\u2581a", "b", "\u2581c"], "tokenizer.ggml.token_type": [3, 3, 3, 2, 1, 1, 1],
            "tokenizer.ggml.unknown_token_id": 3, **base}
    put("gguf", "bpe.gguf", gguf(bpe))
    put("gguf", "llama.gguf", gguf(spm))
    put("gguf", "bert.gguf", gguf(bert))
    put("gguf", "bad-pre.gguf", gguf(dict(bpe, **{"tokenizer.ggml.pre": "nobody"})))
    put("gguf", "bad-id.gguf", gguf(dict(bpe, **{"tokenizer.ggml.bos_token_id": 99})))
    put("gguf", "bad-scores.gguf", gguf(dict(spm, **{"tokenizer.ggml.scores": [0.0]})))
    put("gguf", "bad-token-type.gguf", gguf(dict(bpe, **{"tokenizer.ggml.token_type": [1, -1, 3, 1]})))
    put("gguf", "bad-model.gguf", gguf({"tokenizer.ggml.model": "rwkv", "tokenizer.ggml.tokens": ["a"]}))
    put("gguf", "bad-type.gguf", gguf({"tokenizer.ggml.model": 3, "tokenizer.ggml.tokens": ["a"]}))
    put("gguf", "bad-cut.gguf", gguf(bpe)[:150])
    put("gguf", "bad-count.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60))
    put("gguf", "bad-version.gguf", b"GGUF" + struct.pack("<IQQ", 1, 0, 0))
    put("gguf", "bad-array.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 4, 1 << 61))


def main():
    train_models()
    make_symbols()
    ranks = train_ranks()
    with open(os.path.join(OUT, "foreign.jsonl"), "w") as f:
        for file in ["unigram.model", "bpe.model", "symbols.model"]:
            s = sentencepiece.SentencePieceProcessor(model_file=os.path.join(OUT, file))
            for text in TEXTS:
                if file == "unigram.model" and text == "a" * 200:
                    continue  # a tie: the library adds floats
                if file == "symbols.model" and text == "<sym>":
                    continue  # the normalizer leaves a symbol alone, and cannot tell it from a text that is but that
                ids = s.encode(text)
                f.write(json.dumps({"file": file, "text": text, "ids": ids}) + "\n")
        for text in TEXTS:
            f.write(json.dumps({"file": "ranks.tiktoken", "text": text, "ids": ranks.encode(text), "decoded": text}) + "\n")
    seeds()


main()
