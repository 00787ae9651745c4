"""Makes tests/golden/tokenizer/ with Hugging Face tokenizers (0.23.3 when last run). Run by hand:

    python tests/parity/tokenizer_golden.py

train.txt      documents of our own, one a line, that both sides learn from
gpt2.json      GPT-2's pre-tokenizer, 900 tokens
llama3.json    Llama-3's pattern, ignore_merges, a template that adds a first token
plus.json      what few files use: NFC, added tokens with lstrip, rstrip, single_word, a prefix space
cases.jsonl    one hostile text a line (hexadecimal bytes) and its ids by each of the three
decodes.jsonl  ids and their text, characters cut in the middle
"""
import json
import os
import random

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

OUT = os.path.join(os.path.dirname(__file__), "..", "golden", "tokenizer")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

ENGLISH = ("the quick model reads a line and writes another because it has learned what follows "
           "we cannot say why it's so but they're sure that you'll see they've tried I'm here "
           "under the stones of an old base stands a statue nobody remembers").split()
KOREAN = "모델은 글을 읽고 다음 낱말을 쓴다 우리는 왜 그런지 모르지만 오래된 받침돌 위에 동상이 서 있다 학습하다 학습했다 학습한다".split()
CHINESE = ["模型读一行字", "然后写下一行", "石像立在旧的基座上", "没有人记得它", "学习", "学习了", "文字"]
CODE = ["for (int i = 0; i < n; i++) {", "    return x[i] * 2;", "}", "def f(a, b=1):", "\treturn a + b",
        "if (!p) goto done;", "#include <stdio.h>", "x = {'a': 1, \"b\": [2, 3]}"]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🇰🇷", "👍🏽", "❤️", "🏳️‍🌈", "🎉🎉"]


def documents():
    r = random.Random(7)
    for _ in range(260):
        kind = r.choice(["en", "ko", "zh", "code", "mixed", "run"])
        if kind == "en":
            yield " ".join(r.choice(ENGLISH) for _ in range(r.randint(4, 16))).capitalize() + r.choice([".", "!", "?", " ..."])
        elif kind == "ko":
            yield " ".join(r.choice(KOREAN) for _ in range(r.randint(3, 10))) + "."
        elif kind == "zh":
            yield "，".join(r.choice(CHINESE) for _ in range(r.randint(2, 6))) + "。"
        elif kind == "code":
            yield r.choice(CODE) + "  // " + str(r.randint(0, 99999))
        elif kind == "mixed":
            yield " ".join(r.choice(ENGLISH + KOREAN + CHINESE + EMOJI) for _ in range(r.randint(3, 12)))
        else:
            yield r.choice("ab-= ") * r.randint(1, 23) + r.choice(["", "x", "1"]) + r.choice("ab") * r.randint(1, 9)


def hostile():
    yield b""
    for s in [
        "plain", " leading", "trailing ", "  two", "a  b", "a   b", "\n", "\n\n", "a\n\nb", "a \n b", "a\n  b", "\r\n", "a\r\n\r\nb",
        "\t\tx", " \t \n", "   ", "x" * 300, " " * 300, "\n" * 70 + "x", "ab" * 200, "=" * 77 + "a",
        "I'm you're they've he'll she'd it's can't", "I'M YOU'RE THEY'VE HE'LL SHE'D IT'S CAN'T", "I'm'Re'vE 'S's''s 'll'l 're'r",
        "'ſ ſ's K'K 'ſx", "don’t ‘quoted’", "x's3's 's", "123456789 1 12 1234", "x1y22z333w4444", "①②③ ½ Ⅻ ٣٤٥ १२३", "3.14e-10",
        "모델은 글을 읽는다", "한글과English섞임", "ㅋㅋㅋㅋ ㅠㅠ", "한\u1100\u1161\u11a8", "模型读一行字，石像。", "漢字かなカナ𠮷野家", "汉字123汉字",
        "😀", "👩‍👩‍👧‍👦 👍🏽 🇰🇷🇨🇳", "❤️‍🔥x🏳️‍🌈", "e\u0301 é n\u0303o\u0308", "ﬁ ﷺ ㌔", "שלום עולם", "مرحبا بالعالم", "नमस्ते", "ภาษาไทย",
        "\u00a0x\u00a0\u00a0y", "\u2003\u3000a\u3000b", "a\u0085b", "a\u180eb", "a\u200bb\u200cc\u200dd\ufeffe", "\u2028\u2029", "\x01\x02\x7f\x1b[0m",
        "\0a\0", "\ufffd", "\u0378\U0010ffff\ue000", "\U0001E030\U00031350\U000105C0\U0001E4F0x\u1c89", "for (int i = 0; i < n; i++) {\n\treturn x[i];\n}",
        "def f(a, b=1):\n    return {'a': a}\n\n\n", "https://example.org/?q=a%20b&c=d#e", "a.b,c;d:e!f?g", "!!!\n\n\nx", "...\r\n", "x \u3000\ny",
        "<|endoftext|>", "a<|endoftext|>b", "a <|endoftext|> b", "<|endoftext|><|endoftext|>", "<|endoftext", "<|begin|>x<|begin|>", "<|end", "<||>",
        "<mask>", "a <mask> b", "a  <mask>  b", "a<mask>b", "\n<mask>\n", "<mask><mask>", " <mask> <mask> ", "whole", "a whole b", "awholeb",
        "whole.", "한whole", "_whole", "the whole\u0301", "né", "ne\u0301", "a né b", "the", "The the THE",
    ]:
        yield s.encode("utf-8", "surrogatepass")
    for b in [b"\xff", b"a\xffb", b"\xc3", b"\xc3(", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf0\x9f\x98 \x80x", b"\xe2\x82\xe2\x82\xac", b"\xc0\xaf",
              b"\xf4\x90\x80\x80", b"ok \xea\xb0", b"'s\xff's", b" \xff \xff"]:
        yield b
    r = random.Random(11)
    pool = ENGLISH + KOREAN + CHINESE + CODE + EMOJI + [" ", "  ", "\n", "\n\n", "\t", "'", "'s", "'LL", "\u3000", "1", "22", "3333", "é", "<mask>",
                                                          "<|endoftext|>", "!", "---", "\r\n", "\u00a0", "́"]
    for _ in range(120):
        yield "".join(r.choice(pool) for _ in range(r.randint(1, 25))).encode()
    for _ in range(40):
        yield bytes(r.choice([r.randint(0, 255), r.randint(0x80, 0xf4), 0x20, 0x61]) for _ in range(r.randint(1, 40)))


def train(t, **more):
    trainer = trainers.BpeTrainer(initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, **more)
    t.train_from_iterator(documents(), trainer)


def main():
    os.makedirs(OUT, exist_ok=True)
    path = lambda name: os.path.join(OUT, name)
    with open(path("train.txt"), "w", encoding="utf-8", newline="\n") as f:
        for d in documents():
            assert "\n" not in d
            f.write(d + "\n")

    gpt2 = Tokenizer(models.BPE())
    gpt2.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt2.decoder = decoders.ByteLevel()
    gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
    train(gpt2, vocab_size=900, special_tokens=["<|endoftext|>"])
    gpt2.save(path("gpt2.json"), pretty=False)

    llama3 = Tokenizer(models.BPE(ignore_merges=True))
    llama3.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    llama3.decoder = decoders.ByteLevel()
    train(llama3, vocab_size=700, min_frequency=2, special_tokens=[])
    first = llama3.get_vocab_size()
    llama3.add_special_tokens(["<|begin|>", "<|endoftext|>", "<|end"])
    llama3.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<|begin|> $A", pair="<|begin|> $A <|begin|> $B", special_tokens=[("<|begin|>", first)])])
    llama3.save(path("llama3.json"), pretty=False)

    plus = Tokenizer(models.BPE())
    plus.normalizer = normalizers.NFC()
    plus.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                  pre_tokenizers.Split("--", behavior="removed"),
                                                  pre_tokenizers.ByteLevel(add_prefix_space=True)])
    plus.decoder = decoders.ByteLevel()
    train(plus, vocab_size=500, special_tokens=["<|endoftext|>", "<mask>"])
    plus.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, special=True, normalized=False)])
    plus.add_tokens([AddedToken("whole", single_word=True), AddedToken("ne\u0301", normalized=True)])
    plus.post_processor = processors.RobertaProcessing(("<mask>", 1), ("<|endoftext|>", 0))
    plus.save(path("plus.json"), pretty=False)

    all_three = {"gpt2": gpt2, "llama3": llama3, "plus": plus}
    with open(path("cases.jsonl"), "w") as f:
        for b in hostile():
            text = b.decode("utf-8", "replace")
            row = {"hex": b.hex()}
            row.update({k: t.encode(text).ids for k, t in all_three.items()})
            f.write(json.dumps(row, separators=(",", ":")) + "\n")
    r = random.Random(3)
    with open(path("decodes.jsonl"), "w") as f:
        for _ in range(60):
            ids = [r.randrange(gpt2.get_vocab_size()) for _ in range(r.randint(1, 12))]
            row = {"ids": ids, "text": gpt2.decode(ids, skip_special_tokens=False), "plain": gpt2.decode(ids)}
            f.write(json.dumps(row, separators=(",", ":")) + "\n")
    print("tokenizers", tokenizers.__version__)


if __name__ == "__main__":
    main()
