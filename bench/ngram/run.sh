#!/bin/sh
# An n-gram model of order 5 with modified Kneser-Ney from JSONL: seconds, MB/s, peak memory; and lmplz of KenLM on the same words.
#
#   SOCLE_SHARED     where the texts lie (default ../shared); skipped by name without them
#   LMPLZ            KenLM's lmplz; without it socle's figures alone
#   DOCUMENTS        of 1.9 KB, made of real English (default 60000: 110 MB)
#   MEMORY           of both (default 2G)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
SOCLE_SHARED=${SOCLE_SHARED:-$root/../shared}
DOCUMENTS=${DOCUMENTS:-60000} MEMORY=${MEMORY:-2G}
if [ ! -r "$SOCLE_SHARED/data/20newsgroups/20news-bydate.train.jsonl.gz" ]; then
    echo "SKIP bench/ngram: SOCLE_SHARED=$SOCLE_SHARED has no data/20newsgroups"
    exit 0
fi
need_socle
work=$SOCLE_BENCH_DIR/ngram
SOCLE_HOME=$work/home # its registry
export SOCLE_HOME
mkdir -p "$work/in"
[ "$(cat "$work/made" 2>/dev/null)" = "$DOCUMENTS" ] || {
    python3 "$here/../dedup/corpus.py" "$SOCLE_SHARED" "$DOCUMENTS" "$work/in"
    # <unk> of WikiText and control characters in words: here they are unknown words, for lmplz none and known ones
    python3 - "$work/in" <<'EOF'
import glob, json, re, sys
for path in glob.glob(sys.argv[1] + "/*.jsonl"):
    records = [json.loads(x) for x in open(path)]
    with open(path, "w") as out:
        for r in records:
            r["text"] = re.sub("[\x00-\x09\x0b-\x1f]", " ", r["text"].replace("<unk>", "unknown"))
            out.write(json.dumps(r) + "\n")
EOF
    echo "$DOCUMENTS" >"$work/made"
}

# time_of LABEL COMMAND...: seconds, MB/s of the JSONL, peak memory
time_of() {
    python3 - "$work/in" "$@" <<'EOF'
import glob, os, resource, subprocess, sys, time
size = sum(os.path.getsize(x) for x in glob.glob(sys.argv[1] + "/*.jsonl"))
start = time.perf_counter()
subprocess.run(sys.argv[3:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.perf_counter() - start
r = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[2]:44} {wall:7.1f} s {r.ru_utime + r.ru_stime:7.1f} s of processors {size / wall / 1e6:6.1f} MB/s {r.ru_maxrss / 1024:6.0f} MB resident", flush=True)
EOF
}
for threads in 1 2; do
    time_of "socle, $threads thread(s), --max-memory $MEMORY" "$SOCLE" data ngram "$work/in" --words whitespace --order 5 \
        --threads $threads --max-memory "$MEMORY" --quiet --out "$work/socle.arpa"
done
time_of "socle, 2 threads, --max-memory 200M" "$SOCLE" data ngram "$work/in" --words whitespace --order 5 \
    --threads 2 --max-memory 200M --quiet --out "$work/small.arpa"
cmp "$work/socle.arpa" "$work/small.arpa"

# The perplexity tagger on news that the model has not seen as documents, and what a model says of them: e to the mean logarithm.
news=$work/news.jsonl
gzip -dc "$SOCLE_SHARED/data/20newsgroups/20news-bydate.test.jsonl.gz" >"$news"
say() {
    "$SOCLE" data tag "$news" --tagger perplexity --set "perplexity.model=$1" --words whitespace --quiet --out "$work/said.jsonl"
    python3 - "$work/said.jsonl" <<'EOF'
import json, math, sys
logs = [math.log(v[0][2]) for line in open(sys.argv[1]) for k, v in json.loads(line)["attributes"].items() if k.endswith("__perplexity")]
print("%.3f" % math.exp(sum(logs) / len(logs)))
EOF
}
echo "perplexity by socle's model: $(say "$work/socle.arpa")"
if [ -z "${LMPLZ-}" ]; then
    echo "SKIP lmplz: LMPLZ is not given"
    exit 0
fi
python3 - "$work" <<'EOF'
import glob, json, sys
with open(sys.argv[1] + "/lines.txt", "w") as out:
    for path in sorted(glob.glob(sys.argv[1] + "/in/*.jsonl")):
        for line in open(path):
            out.writelines(w + "\n" for w in (" ".join(x.split()) for x in json.loads(line)["text"].splitlines()) if w)
EOF
time_of "lmplz, its threads, -S $MEMORY" "$LMPLZ" -o 5 -S "$MEMORY" -T "$work" --skip_symbols --text "$work/lines.txt" --arpa "$work/lmplz.arpa"
echo "perplexity by lmplz's model: $(say "$work/lmplz.arpa")"
sed -n '2,6p' "$work/socle.arpa" >"$work/a"
sed -n '2,6p' "$work/lmplz.arpa" >"$work/b"
paste "$work/a" "$work/b"
