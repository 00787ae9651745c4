"""Makes tests/golden/filters/ with datatrove 0.10.0 and spaCy 3.8. Run by hand:

    pip install 'datatrove[processing]' spacy
    python tests/parity/filters.py

cases.jsonl   texts of our own, what each filter by itself says of each ("kept" or its reason), and the text that the C4
              filter leaves
words.jsonl   texts full of what English words are made of, and the words and sentences of each
Texts are drawn with a fixed seed until every reason that the filters can give was given several times.
"""
import collections
import json
import logging
import os
import random

from loguru import logger

logger.remove()
logging.disable(logging.CRITICAL)
import datatrove
import spacy
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.text import split_into_sentences, split_into_words

OUT = os.path.join(os.path.dirname(__file__), "..", "golden", "filters")
FILTERS = {
    "gopher-quality": GopherQualityFilter(),
    "gopher-repetition": GopherRepetitionFilter(),
    "fineweb-quality": FineWebQualityFilter(),
    "c4": C4QualityFilter(),
}
WORDS = ("stone base statue old garden river bridge with that have and the of to be it stands under every house a small light "
         "morning winter people carried water bread letter window quiet field made long before road mountain never again "
         "because nobody remembers who built wall there was market on Sundays where they sold salt wool copper").split()
LONG = "transcontinental misunderstanding incomprehensibility internationalization counterrevolutionary".split()


def sentence(r, low=5, high=14, words=WORDS):
    text = " ".join(r.choice(words) for _ in range(r.randint(low, high)))
    if r.random() < 0.15:
        text = text.replace(" ", ", ", 1)
    return text.capitalize() + r.choice("....!?")


def prose(r, lines, low=1, high=4):
    return "\n".join(" ".join(sentence(r) for _ in range(r.randint(low, high))) for _ in range(lines))


def spoil(r, text):
    """One of the ways in which web texts are bad, more or less of it."""
    lines = text.split("\n")
    much = r.random()
    kind = r.randrange(26)
    if kind == 0:
        text = " ".join(text.split()[: r.randint(30, 70)])
    elif kind == 1:
        text = " ".join(r.choice(["a", "I", "to", "be", "of", "it", "in"]) for _ in range(r.randint(60, 120)))
    elif kind == 2:
        text = sentence(r, 60, 90, LONG + (["the", "of"] if much < 0.5 else []))
    elif kind in (3, 4):
        sign = "#" if kind == 3 else r.choice(["...", "…"])
        text = " ".join(w + (" " + sign if r.random() < 0.25 * much else "") for w in text.split(" "))
    elif kind == 5:
        text = "\n".join((r.choice(["- ", "• ", "  - "]) if r.random() < 0.8 + much / 4 else "") + l for l in lines * 3)
    elif kind == 6:
        text = "\n".join(l[:-1] + (r.choice(["...", "… "]) if r.random() < 0.6 * much else ".") for l in lines)
    elif kind == 7:
        text = " ".join(w if r.random() < 0.6 + 0.4 * much else str(r.randint(1, 9999)) for w in text.split(" "))
    elif kind == 8:
        text = " ".join(w for w in text.split(" ") if w.lower() not in ("the", "be", "to", "of", "and", "that", "have", "with"))
    elif kind == 9:
        text = "\n\n".join(r.choice(lines) if r.random() < 0.6 * much else sentence(r) for _ in range(12))
    elif kind == 10:
        text = "\n".join(r.choice(lines) if r.random() < 0.6 * much else sentence(r) for _ in range(20))
    elif kind in (11, 12, 13):
        again = " ".join(sentence(r).split()[: r.randint(2, 12)])
        text = " ".join(w + (" " + again if r.random() < 0.08 * much else "") for w in text.split(" "))
    elif kind == 14:
        text = "\n".join(w for w in text.split(" ")) if much < 0.4 else "\n".join(sentence(r, 2, 5) for _ in range(30))
    elif kind == 15:
        text = "\n".join(l.rstrip(".!?") if r.random() < 0.7 + much / 3 else l for l in lines * 3)
    elif kind == 16:
        text = text.replace("\n", "\n" * r.randint(2, 9)) + "\n" * r.randint(0, 20)
    elif kind == 17:
        text = text.replace(".", r.choice([" {x}.", ". Lorem ipsum dolor.", ". Please enable JavaScript."]), r.randint(1, 3))
    elif kind == 18:
        text = "\n".join(l + r.choice(["", " We use cookies.", " See our Privacy Policy."]) for l in lines)
    elif kind == 19:
        text = "\n".join(l[:-1] + r.choice([".[1]", ".[12] ", ". [edit]", ".[citation needed]", '."']) for l in lines)
    elif kind == 20:
        text = "\n".join(r.choice(["Menu", "Home page", "Two words.", "x" * r.randint(990, 1010) + " is long.", l]) for l in lines * 2)
    elif kind == 21:
        text = "\r\n".join("  " + l + " \t" for l in lines)
    elif kind == 22:
        text = r.choice(["한국어 문장입니다. ", "今日は天気がいいです。", "我们都住在北京。", "Это предложение. ", "هذه جملة. "]) * r.randint(3, 40)
    elif kind == 23:
        text = text.replace(" ", r.choice(["  ", "\u00a0", " \u2009"]), 20).replace("\n", "\u2028", 1)
    elif kind == 24:
        text = text.replace(".", r.choice(["。", ".\u201d", ".)", "\u2026", " .", "?!"]))
    else:
        text = r.choice(["\n", " ", "", "\n\n"]) + text + r.choice(["\n", " \n ", "\x85", "\n\n\n"])
    return text


def decide(text):
    said = {}
    for name, filter in FILTERS.items():
        document = Document(text=text, id="")
        result = filter.filter(document)
        said[name] = "kept" if result is True else result[1]
        if name == "c4" and result is True:
            said["text"] = document.text
    return said


def cases():
    r = random.Random(20)
    seen = collections.Counter()
    while len(seen) < 27 or min(seen.values()) < 3:
        text = prose(r, r.randint(2, 7))
        for _ in range(r.choice([0, 1, 1, 2])):
            text = spoil(r, text)
        if not text.strip():
            continue
        said = decide(text)
        reasons = {said[name] for name in FILTERS} - {"kept"}
        if reasons and all(seen[reason] >= 6 for reason in reasons):
            continue
        if not reasons and seen["all kept"] >= 12:
            continue
        seen.update(reasons or {"all kept"})
        yield {"text": text, "said": said}
    print(dict(seen))


PIECES = ("I can't won't they'll've we're he'd y'all gonna cannot don\u2019t it\u2019s dont im its were let's o'clock ma'am 'em 'tis "
          "Mr. Mrs. Dr. St. e.g. i.e. U.S. N.Y. a.m. 8am 12p.m. 9:30 p. Jan. Inc. Ph.D. vs. No. etc. 1,000 3.14 10km 5kg 20% $5 "
          "US$7.50 €9 10€ 3+4 2-3 5^2 2*3 20°C. 20°F :) :-) ;-) :D <3 xD ^_^ :( (: >.< o_O (hello) [a] {b} \"quoted\" 'single' "
          "\u201ccurved\u201d \u00abguillemets\u00bb end. end! end? end... end… \u2026 ... .. . , ; -- --- \u2014 \u2013 well-known "
          "mother-in-law a--b a\u2014b x/y and/or w/o C++ #tag @user a_b snake_case foo.bar end.Start a,b a:b a=b http://a.example/b "
          "https://www.a.example:8080/x?y=1#z www.a.example a.example mail@host.example 8.8.8.8 10.0.0.1 ftp://h.example/ "
          "file.txt v1.2.3 *** ### === ~~~ !!! ??? ?! § & © ® ™ ★ 😀 한국어 漢字 カタカナ ünïcödé naïve Straße ' '' `code` <b> </p> "
          "km/h m² A.B.C. X. ab. AB. Ab. 1. (1) 1) [1] 'S 's dogs' rock'n'roll O'Neil 4'2\" ... the end").split()


def words():
    r = random.Random(21)
    for _ in range(260):
        n = r.randint(1, 14)
        text = "".join(r.choice(PIECES) + r.choice([" "] * 9 + ["", "", "  ", ", ", "\u00a0"]) for _ in range(n)).strip()
        yield {"text": text, "words": split_into_words(text), "sentences": len(split_into_sentences(text))}


def write(name, rows):
    with open(os.path.join(OUT, name), "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")


os.makedirs(OUT, exist_ok=True)
write("words.jsonl", words())
write("cases.jsonl", cases())
with open(os.path.join(OUT, "versions.json"), "w") as f:
    import importlib.metadata

    json.dump({"datatrove": importlib.metadata.version("datatrove"), "spacy": spacy.__version__}, f, indent=2)
    f.write("\n")
