"""Makes tests/golden/tokenizer/parts.jsonl and models.jsonl with Hugging Face tokenizers (0.23.3 when last run). Run by hand:

    python tests/parity/tokenizer_parts.py

models.jsonl  small models of every kind, one a line: {"name", "model"}
parts.jsonl   one tokenizer a line, a model with other parts around it ({"name", "model", "parts"}), each followed by its cases:
              {"text", "ids", "spans"} with spans in bytes, {"pair": [a, b], ...} with types, {"decode": ids, "text", "plain"}
"""
import json
import os
import random

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers import processors, trainers

from tokenizer_golden import CODE, EMOJI, ENGLISH, KOREAN, CHINESE, documents

OUT = os.path.join(os.path.dirname(__file__), "..", "golden", "tokenizer")
META = "\u2581"
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def charsmap():
    """A small charsmap in the layout of sentencepiece: rules from strings to strings, as a double array of Darts-clone."""
    rules = {"\uff21": "A", "\uff22": "B", "\u3000": " ", "\u00a0": " ", "\t": " ", "\n": " ", "\u2460": "1", "\ufb01": "fi", "\u00bd": "1/2", "e\u0301": "\u00e9",
             "\u1100\u1161": "\uac00", "\u200b": "", "\uff5e": "~", "\u3231": "(\u682a)", "\u0301": "", "\r": " ", "x\u0308": "y"}
    blob, place = b"", {}
    for to in rules.values():
        if to not in place:
            place[to] = len(blob)
            blob += to.encode() + b"\0"
    tree = {}
    for key, to in rules.items():
        node = tree
        for b in key.encode():
            node = node.setdefault(b, {})
        node[None] = place[to]
    units, used = [0] * 4096, {0}

    def layout(node, at):
        labels = [0 if b is None else b for b in node]
        base = next(k for k in range(1, 4096) if all((k ^ b) < 4096 and (k ^ b) not in used for b in labels))
        used.update(base ^ b for b in labels)
        assert base < 1 << 21
        units[at] |= (at ^ base) << 10
        if None in node:
            units[at] |= 1 << 8
            units[base] = node[None] | 1 << 31
        for b, child in node.items():
            if b is not None:
                units[base ^ b] = b
                layout(child, base ^ b)

    layout(tree, 0)
    n = (max(used) | 255) + 1  # the reference does not look where the array ends
    array = b"".join(u.to_bytes(4, "little") for u in units[:n])
    return len(array).to_bytes(4, "little") + array + blob


def corpus():
    return list(documents())[:160]


def make_models():
    texts = corpus()
    out = {}

    def trained(model, trainer, normalizer=None, pretok=None):
        t = Tokenizer(model)
        if normalizer:
            t.normalizer = normalizer
        t.pre_tokenizer = pretok or pre.Whitespace()
        t.train_from_iterator(texts, trainer)
        return json.loads(t.to_str())["model"]

    few = dict(show_progress=False)
    out["wordpiece"] = trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(
        vocab_size=330, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], limit_alphabet=150, **few),
        normalizers.BertNormalizer(), pre.BertPreTokenizer())
    out["wordpiece-short"] = dict(out["wordpiece"], max_input_chars_per_word=5, continuing_subword_prefix="")
    unigram = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=330, unk_token="<unk>", special_tokens=["<unk>", "<s>", "</s>", "<pad>"], **few), None, pre.Metaspace())
    out["unigram"] = unigram
    out["unigram-bytes"] = dict(unigram, byte_fallback=True, vocab=unigram["vocab"] + [[f"<0x{b:02X}>", 0.0] for b in range(256)])
    bpe = trained(models.BPE(), trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>", "</s>"], limit_alphabet=90, **few),
                  normalizers.Replace(" ", META), pre.Split(META, "merged_with_next"))
    out["bpe-unk"] = dict(bpe, unk_token="<unk>")
    out["bpe-fuse"] = dict(bpe, unk_token="<unk>", fuse_unk=True)
    vocab = dict(bpe["vocab"])
    for b in range(256):
        vocab[f"<0x{b:02X}>"] = len(vocab)
    out["bpe-bytes"] = dict(bpe, unk_token="<unk>", fuse_unk=True, byte_fallback=True, vocab=vocab)
    out["bpe-plain"] = bpe
    out["bpe-whole"] = dict(bpe, unk_token="<unk>", ignore_merges=True)
    out["bpe-suffix"] = trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
        vocab_size=330, special_tokens=["<unk>"], end_of_word_suffix="</w>", limit_alphabet=70, **few))
    out["bpe-prefix"] = trained(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), trainers.BpeTrainer(
        vocab_size=330, special_tokens=["<unk>"], continuing_subword_prefix="##", limit_alphabet=70, **few))
    out["bpe-byte-level"] = trained(models.BPE(), trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>", "<|endoftext|>"], initial_alphabet=pre.ByteLevel.alphabet(), **few), None, pre.ByteLevel(add_prefix_space=False))
    out["bpe-clip"] = trained(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
        vocab_size=700, special_tokens=["<|startoftext|>", "<|endoftext|>"], end_of_word_suffix="</w>", initial_alphabet=pre.ByteLevel.alphabet(), **few),
        normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()]), pre.Sequence([pre.Split(Regex(CLIP), "removed", invert=True), pre.ByteLevel(add_prefix_space=False, use_regex=False)]))
    words = sorted({w for t in texts for w in t.split()})[:250]
    out["wordlevel"] = {"type": "WordLevel", "vocab": {w: i for i, w in enumerate(["<unk>", "[CLS]", "[SEP]"] + words)}, "unk_token": "<unk>"}
    return out


def text_cases():
    fixed = ["", "the model", " the  model ", "the model's line, it is!", "Hello, World. HELLO", "모델은 글을 읽고", "模型读一行字，然后写下一行。", "a\tb\n\nc\r\nd",
             "née NÉE e\u0301 E\u0301 n\u0303", "ＡＢ①½ﬁ㈱～", "x\u200by\u0301z", "1234 56,7 ٣٤", "😀 👩‍👩‍👧‍👦 👍🏽x", "x = {'a': 1}", "a\u00a0b\u3000c\u2003d", "the\u2581model \u2581 x",
             "unbelievablemodellines", "İSTANBUL ǅ ẞ", "가\u1100\u1161각\u11a8", "--the--final--", "don't 'quoted' they're", "   ", "\n", "\u0301 start", "a" * 40, "\u200b\u200bx",
             "<unk> <s>the</s> [MASK]line[SEP]", "ㄱㄴㄷ ｶﾞ ヴ", "x\u0308\u0301x\u0308", "\ufb01ne \u2460\u0301\u0301", "\r\nx", "日本語カタカナー and кириллица", "model  line", "[CLS][MASK] [MASK]  the"]
    r = random.Random(5)
    pool = ENGLISH + KOREAN + CHINESE + CODE + EMOJI + [" ", "  ", "\n", "\t", "'s", "\u3000", "1", "22", "é", "e\u0301", "[MASK]", "<s>", "!", "--", "\u00a0", META, "ﬁ", "①", "\u200b"]
    return fixed + ["".join(r.choice(pool) for _ in range(r.randint(2, 9))) for _ in range(10)]


def template(cls, sep, ids):
    return processors.TemplateProcessing(single=f"{cls} $A {sep}", pair=f"{cls} $A {sep} $B:1 {sep}:1", special_tokens=[(cls, ids[0]), (sep, ids[1])])


def configurations():
    n, p, d = normalizers, pre, decoders
    cm = n.Precompiled(charsmap())
    added = [{"content": "[MASK]", "lstrip": True, "special": True, "normalized": False}, {"content": "line", "single_word": True, "normalized": True}]
    spm = dict(decoder=d.Metaspace())
    llama = d.Sequence([d.Replace(META, " "), d.ByteFallback(), d.Fuse(), d.Strip(" ", 1, 0)])
    yield "bert", "wordpiece", dict(normalizer=n.BertNormalizer(), pre_tokenizer=p.BertPreTokenizer(), decoder=d.WordPiece(), post_processor=processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))), added
    yield "bert-cased", "wordpiece", dict(normalizer=n.BertNormalizer(lowercase=False, handle_chinese_chars=False), pre_tokenizer=p.BertPreTokenizer(), decoder=d.WordPiece(cleanup=False),
                                          post_processor=template("[CLS]", "[SEP]", (2, 3))), []
    yield "bert-accents", "wordpiece", dict(normalizer=n.BertNormalizer(clean_text=False, strip_accents=False), pre_tokenizer=p.Sequence([p.WhitespaceSplit(), p.Punctuation("contiguous")]), decoder=d.WordPiece()), []
    yield "wordpiece-short", "wordpiece-short", dict(normalizer=n.Lowercase(), pre_tokenizer=p.Whitespace()), []
    for name, scheme, split in [("always", "always", True), ("first", "first", True), ("never", "never", False)]:
        yield f"unigram-{name}", "unigram", dict(pre_tokenizer=p.Metaspace(prepend_scheme=scheme, split=split), decoder=d.Metaspace(prepend_scheme=scheme)), added
    yield "t5", "unigram", dict(normalizer=n.Sequence([cm, n.Replace(Regex(" {2,}"), " ")]), pre_tokenizer=p.Sequence([p.WhitespaceSplit(), p.Metaspace()]), post_processor=template("<s>", "</s>", (1, 2)), **spm), added
    yield "albert", "unigram", dict(normalizer=n.Sequence([n.Replace("``", '"'), n.NFKD(), n.StripAccents(), n.Lowercase(), cm, n.Replace(Regex(" {2,}"), " ")]), pre_tokenizer=p.Metaspace(), **spm), []
    yield "charsmap-first", "unigram", dict(normalizer=n.Sequence([cm, n.Strip()]), pre_tokenizer=p.Metaspace(prepend_scheme="first"), **spm), []
    yield "unigram-bytes", "unigram-bytes", dict(normalizer=n.Nmt(), pre_tokenizer=p.Metaspace(), decoder=d.Sequence([d.ByteFallback(), d.Metaspace()])), []
    yield "llama", "bpe-bytes", dict(normalizer=n.Sequence([n.Prepend(META), n.Replace(" ", META)]), decoder=llama, post_processor=processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)])), \
        [{"content": "<s>", "special": True, "normalized": False}, {"content": "line", "normalized": False}]
    yield "llama-first", "bpe-bytes", dict(pre_tokenizer=p.Metaspace(prepend_scheme="first", split=False), decoder=llama), [{"content": "<s>", "special": True, "normalized": False}]
    yield "gemma", "bpe-bytes", dict(normalizer=n.Replace(" ", META), pre_tokenizer=p.Split(" ", "merged_with_previous"), decoder=d.Sequence([d.Replace(META, " "), d.ByteFallback(), d.Fuse()])), []
    for model in ["bpe-unk", "bpe-fuse", "bpe-plain", "bpe-whole"]:
        yield model, model, dict(normalizer=n.Sequence([n.NFKC(), n.Replace(" ", META)]), decoder=d.Sequence([d.Fuse(), d.Replace(META, " ")])), []
    yield "bpe-suffix", "bpe-suffix", dict(normalizer=n.NFD(), pre_tokenizer=p.Sequence([p.WhitespaceSplit(), p.Digits(True)]), decoder=d.BPEDecoder()), []
    yield "bpe-prefix", "bpe-prefix", dict(normalizer=n.Sequence([n.NFC(), n.Strip(left=True, right=False)]), pre_tokenizer=p.Whitespace(), decoder=d.WordPiece()), []
    yield "clip", "bpe-clip", dict(normalizer=n.Sequence([n.NFC(), n.Replace(Regex(r"\s+"), " "), n.Lowercase()]), pre_tokenizer=p.Sequence([p.Split(Regex(CLIP), "removed", invert=True), p.ByteLevel(add_prefix_space=False, use_regex=False)]),
                                   decoder=d.Sequence([d.ByteLevel()]), post_processor=processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False)), []
    yield "roberta", "bpe-byte-level", dict(pre_tokenizer=p.ByteLevel(add_prefix_space=True), decoder=d.ByteLevel(), post_processor=processors.RobertaProcessing(("</s>", 1), ("<s>", 0))), \
        [{"content": "[MASK]", "lstrip": True, "special": True, "normalized": False}]
    yield "byte-level-trim", "bpe-byte-level", dict(pre_tokenizer=p.ByteLevel(add_prefix_space=False), decoder=d.ByteLevel(), post_processor=processors.ByteLevel(trim_offsets=True)), []
    yield "byte-level-normalizer", "bpe-byte-level", dict(normalizer=n.Sequence([n.NFKD(), n.ByteLevel()]), decoder=d.ByteLevel()), []
    yield "byte-level-middle", "bpe-byte-level", dict(pre_tokenizer=p.Sequence([p.ByteLevel(add_prefix_space=True, use_regex=False), p.FixedLength(4)]), decoder=d.ByteLevel()), []
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        for invert in [False, True]:
            yield f"split-{behavior}{'-invert' if invert else ''}", "wordlevel", dict(pre_tokenizer=p.Split(Regex(r"\s|-|'|[aeiou]?"), behavior, invert)), []
        yield f"punctuation-{behavior}", "wordlevel", dict(pre_tokenizer=p.Sequence([p.WhitespaceSplit(), p.Punctuation(behavior)])), []
    yield "delimiter", "wordlevel", dict(pre_tokenizer=p.CharDelimiterSplit("-"), normalizer=n.Replace(Regex(r"(\s|e)+"), "-")), []
    yield "scripts", "wordlevel", dict(pre_tokenizer=p.UnicodeScripts(), normalizer=n.NFKC()), []
    yield "digits", "wordlevel", dict(pre_tokenizer=p.Digits(False), normalizer=n.Replace("the", "")), []
    yield "ctc", "wordlevel", dict(pre_tokenizer=p.WhitespaceSplit(), decoder=d.CTC(pad_token="[CLS]", word_delimiter_token="a")), []
    yield "strip-stop", "bpe-bytes", dict(normalizer=n.Replace(" ", META), decoder=d.Sequence([d.Replace(Regex(META), "  "), d.Fuse(), d.Strip(" ", 1, 1)])), []


def build(parts, model, added):
    root = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None}
    for key, part in parts.items():
        root[key] = json.loads(part.__getstate__())
    next_id = len(model["vocab"])
    for token in added:
        known = model["vocab"].get(token["content"]) if isinstance(model["vocab"], dict) else next((i for i, (t, _) in enumerate(model["vocab"]) if t == token["content"]), None)
        row = {"id": next_id if known is None else known, "single_word": False, "lstrip": False, "rstrip": False, "special": False, "normalized": True}
        next_id += known is None
        root["added_tokens"].append({**row, **token})
    return root


def in_bytes(text, spans):
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode()))
    return [x for a, b in spans for x in (at[a], at[b])]


def cases(t, texts):
    for text in texts:
        e = t.encode(text)
        yield {"text": text, "ids": e.ids, "spans": in_bytes(text, e.offsets)}
    for a, b in [("the model", "reads it"), ("", "모델 line"), ("line", "")]:
        e = t.encode(a, b)
        which = [text for text in (a, b)]
        spans = [x for i, s in enumerate(e.offsets) for x in in_bytes(which[e.sequence_ids[i] or 0], [s])]
        yield {"pair": [a, b], "ids": e.ids, "types": e.type_ids, "spans": spans, "special": e.special_tokens_mask}
    r = random.Random(9)
    size = t.get_vocab_size()
    lists = [t.encode(text).ids for text in texts[1:12]] + [[r.randrange(size) for _ in range(r.randint(1, 9))] for _ in range(8)]
    for ids in lists:
        if ids:
            yield {"decode": ids, "text": t.decode(ids, skip_special_tokens=False), "plain": t.decode(ids)}


def main():
    all_models = make_models()
    with open(os.path.join(OUT, "models.jsonl"), "w") as f:
        for name, model in all_models.items():
            f.write(json.dumps({"name": name, "model": model}, separators=(",", ":"), ensure_ascii=False) + "\n")
    with open(os.path.join(OUT, "parts.jsonl"), "w") as f:
        put = lambda row: f.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n")
        for name, model, parts, added in configurations():
            root = build(parts, all_models[model], added)
            put({"name": name, "model": model, "parts": root})
            t = Tokenizer.from_str(json.dumps(dict(root, model=all_models[model])))
            for case in cases(t, text_cases()):
                put(case)
    print("tokenizers", tokenizers.__version__)


if __name__ == "__main__":
    main()
