"""Makes tests/golden/tokenizer/windows.jsonl with Hugging Face tokenizers (0.23.3 when last run): truncation in windows and padding,
with the tokenizer "bert" of parts.jsonl. Run by hand:

    python tests/parity/tokenizer_windows.py
"""
import json
import os

from tokenizers import Tokenizer

from tokenizer_parts import OUT

TEXTS = [("the model reads a line and writes another", None), ("the model reads", "a line and writes another because it has learned"),
         ("a line and writes another because it has learned", "the model"), ("", None), ("one two three four five", "six seven eight nine ten")]


def main():
    models = {row["name"]: row["model"] for row in map(json.loads, open(os.path.join(OUT, "models.jsonl")))}
    row = next(r for r in map(json.loads, open(os.path.join(OUT, "parts.jsonl"))) if r.get("name") == "bert")
    t = Tokenizer.from_str(json.dumps(dict(row["parts"], model=models[row["model"]])))
    with open(os.path.join(OUT, "windows.jsonl"), "w") as f:
        put = lambda row: f.write(json.dumps(row, separators=(",", ":")) + "\n")
        put({"tokenizer": dict(row["parts"], model=models[row["model"]])})
        for text, pair in TEXTS:
            for strategy in ["longest_first", "only_first", "only_second"]:
                for length, stride in [(7, 0), (9, 2), (8, 1), (40, 3), (11, 0)]:
                    for left in [False, True]:
                        t.enable_truncation(length, stride=stride, strategy=strategy, direction="left" if left else "right")
                        case = {"text": text, "pair": pair, "length": length, "stride": stride, "strategy": ["longest_first", "only_first", "only_second"].index(strategy), "left": left}
                        try:
                            e = t.encode(text, pair)
                            put(dict(case, windows=[{"ids": w.ids, "types": w.type_ids, "spans": [x for s in w.offsets for x in s]} for w in [e] + e.overflowing]))
                        except Exception:
                            put(dict(case, windows=None))
        t.no_truncation()
        for kw in [{}, {"length": 20}, {"pad_to_multiple_of": 8}, {"direction": "left", "pad_id": 5, "pad_type_id": 1}]:
            t.enable_padding(**kw)
            batch = t.encode_batch([x if y is None else (x, y) for x, y in TEXTS])
            put({"pad": {"length": kw.get("length", 0), "multiple": kw.get("pad_to_multiple_of", 0), "id": kw.get("pad_id", 0), "type": kw.get("pad_type_id", 0), "left": "direction" in kw},
                 "ids": [e.ids for e in batch], "types": [e.type_ids for e in batch], "mask": [e.attention_mask for e in batch]})
            t.no_padding()


main()
