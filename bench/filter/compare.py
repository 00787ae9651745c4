"""Decisions of both sides on the same documents, set by set: how many are the same, and which rules differ.

usage: compare.py PEER.jsonl OURS-FOLDER     OURS-FOLDER/SET/{documents,dropped}/*.jsonl(.zst)
"""
import collections
import glob
import json
import subprocess
import sys

SAME = {
    "gopher-quality.min_words": "gopher_short_doc",
    "gopher-quality.max_words": "gopher_long_doc",
    "gopher-quality.min_word_length": "gopher_below_avg_threshold",
    "gopher-quality.max_word_length": "gopher_above_avg_threshold",
    "gopher-quality.max_hashes": "gopher_too_many_hashes",
    "gopher-quality.max_ellipses": "gopher_too_many_ellipsis",
    "gopher-quality.max_bullet_lines": "gopher_too_many_bullets",
    "gopher-quality.max_ellipsis_lines": "gopher_too_many_end_ellipsis",
    "gopher-quality.min_letter_words": "gopher_below_alpha_threshold",
    "gopher-quality.min_stop_words": "gopher_enough_stop_words",
    "gopher-repetition.max_paragraphs": "dup_para_frac",
    "gopher-repetition.max_paragraph_chars": "dup_para_char_frac",
    "gopher-repetition.max_lines": "dup_line_frac",
    "gopher-repetition.max_line_chars": "dup_line_char_frac",
    "fineweb-quality.min_punctuated_lines": "line_punct_ratio",
    "fineweb-quality.max_short_lines": "short_line_ratio",
    "fineweb-quality.max_duplicate_line_chars": "char_dup_ratio",
    "fineweb-quality.max_newlines": "list_ratio",
    "c4.lorem_ipsum": "lorem_ipsum",
    "c4.curly_bracket": "curly_bracket",
    "c4.min_sentences": "too_few_sentences",
}
SAME.update({f"gopher-repetition.max_top_{n}_gram": f"top_{n}_gram" for n in range(2, 5)})
SAME.update({f"gopher-repetition.max_duplicate_{n}_grams": f"duplicated_{n}_n_grams" for n in range(5, 11)})


def rows(folder):
    for path in glob.glob(f"{folder}/*.jsonl*"):
        text = subprocess.run(["zstd", "-dcqf", path], capture_output=True, check=True).stdout
        for line in text.splitlines():
            yield json.loads(line)


def ours(folder):
    said = {row["id"]: ("kept", row["text"]) for row in rows(f"{folder}/documents")}
    for row in rows(f"{folder}/dropped"):
        said[row["id"]] = (SAME[row["metadata"]["dropped"]["rule"]], "")
    return said


def main():
    peer = {row["id"]: row["said"] for row in map(json.loads, open(sys.argv[1]))}
    sets = ["gopher-quality", "gopher-repetition", "fineweb-quality", "c4"]
    bad = set()
    for name in sets:
        mine = ours(f"{sys.argv[2]}/{name}")
        differ, shown = collections.Counter(), []
        for id, said in peer.items():
            if mine[id][0] != said[name]:
                differ[f"{said[name]} there, {mine[id][0]} here"] += 1
                shown.append(id)
                bad.add(id)
        same = 100 * (1 - sum(differ.values()) / len(peer))
        print(f"{name:20} same decision and rule on {same:.3f} % of {len(peer)}", dict(differ) or "", shown[:8])
        if name == "c4":
            texts = [id for id, said in peer.items() if said["c4"] == mine[id][0] == "kept" and said["text"] != mine[id][1]]
            print(f"{name:20} other text in {len(texts)} of {sum(1 for s in peer.values() if s['c4'] == 'kept')} kept", texts[:8])
    print(json.dumps({"documents": len(peer), "identical": 100 * (1 - len(bad) / len(peer))}))


main()
