"""datatrove's side: its filters on a file of JSONL, on one core.

usage: peer.py run IN.jsonl OUT-FOLDER          the pipeline; prints seconds
       peer.py decide IN.jsonl OUT.jsonl        what each filter by itself says of each document
"""
import json
import logging
import os
import sys
import time

os.environ.setdefault("DATATROVE_COLORIZE_LOGS", "0")
from loguru import logger

logger.remove()
logging.disable(logging.CRITICAL)
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter

FILTERS = {
    "gopher-quality": GopherQualityFilter,
    "gopher-repetition": GopherRepetitionFilter,
    "fineweb-quality": FineWebQualityFilter,
    "c4": C4QualityFilter,
}


def run(source, out):
    source = os.path.abspath(source)
    # C4 last: it changes the text, and the others are to look at the one that came.
    steps = [JsonlReader(os.path.dirname(source), glob_pattern=os.path.basename(source), doc_progress=False)]
    steps += [filter() for filter in FILTERS.values()]
    steps.append(JsonlWriter(out, compression=None))
    from datatrove.utils.text import split_into_words

    split_into_words("The splitter is made before the clock starts.")
    start = time.perf_counter()
    data = None
    for step in steps:
        data = step.run(data, 0, 1)
    kept = sum(1 for _ in data)
    print(json.dumps({"seconds": time.perf_counter() - start, "kept": kept}))


def decide(source, out):
    filters = {name: filter() for name, filter in FILTERS.items()}
    with open(source, encoding="utf-8") as f, open(out, "w") as g:
        for line in f:
            row = json.loads(line)
            said = {}
            for name, filter in filters.items():
                document = Document(text=row["text"], id=row["id"])
                result = filter.filter(document)
                said[name] = "kept" if result is True else result[1]
                if name == "c4" and result is True:
                    said["text"] = document.text
            g.write(json.dumps({"id": row["id"], "said": said}) + "\n")


if sys.argv[1] == "run":
    run(sys.argv[2], sys.argv[3])
else:
    decide(sys.argv[2], sys.argv[3])
