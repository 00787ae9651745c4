"""Runs both sides of run.sh and prints its rows."""
import json, os, resource, shutil, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))
shared, scratch = sys.argv[1:3]
socle = os.environ["SOCLE"]
documents = int(os.environ.get("DOCUMENTS", 200000))
peer_documents = int(os.environ.get("PEER_DOCUMENTS", 20000))
repeat = int(os.environ.get("REPEAT", 3))
substring_mb = int(os.environ.get("SUBSTRING_MB", 500))
os.makedirs(scratch, exist_ok=True)
os.environ["SOCLE_HOME"] = f"{scratch}/home"


def run(*command):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.time() - start, cpu, json.loads(out.splitlines()[-1]) if out.strip() else None


def corpus(n):
    path = f"{scratch}/corpus-{n}"
    if not os.path.exists(path):
        os.makedirs(path + ".new", exist_ok=True)
        run(sys.executable, f"{here}/corpus.py", shared, str(n), path + ".new")
        os.rename(path + ".new", path)
    return path


def ours(path, threads):
    best = None
    for _ in range(repeat):
        shutil.rmtree(f"{scratch}/out", ignore_errors=True)
        wall, cpu, report = run(socle, "data", "dedup", path, "--out", f"{scratch}/out", "--threads", str(threads), "--json")
        best = (min(best[0], wall), min(best[1], cpu), report) if best else (wall, cpu, report)
    return best


def by_processes(path, n):
    """n processes of one thread each, one phase after another: the slowest of each phase, as n machines would take; whether the corpus is
    the same."""
    out, total = f"{scratch}/shared", 0
    shutil.rmtree(out, ignore_errors=True)
    for phase in ("keys", "groups", "sets", "pairs", "write"):
        total += max(run(socle, "data", "dedup", path, "--out", out, "--threads", "1", "--shard", f"{i}/{n}", "--phase", phase, "--json")[0] for i in range(n))
    same = all(subprocess.run(["diff", "-rq", f"{scratch}/out/{kind}", f"{out}/{kind}"]).returncode == 0 for kind in ("documents", "dropped", "clusters"))
    shutil.rmtree(out)
    return total, same


bars = []


def bar(what, value, good, limit):
    """A row of the table at the end."""
    bars.append((what, value, limit, good))


small, large = corpus(peer_documents), corpus(documents)
wall, cpu, _ = ours(small, 1)
print(f"socle     {peer_documents:7} documents, 1 thread   {wall:7.2f} s  {cpu:7.2f} s cpu  {peer_documents / cpu:8.0f} documents/s", flush=True)
shutil.rmtree(f"{scratch}/peer", ignore_errors=True)
_, _, peer = run(sys.executable, f"{here}/peer.py", small, f"{scratch}/peer")
print(f"datatrove {peer_documents:7} documents, 1 process  {peer['seconds']:7.2f} s  {peer['cpu']:7.2f} s cpu  {peer_documents / peer['cpu']:8.0f} documents/s", flush=True)
bar("MinHash against datatrove, one core, processor seconds", f"{peer['cpu'] / cpu:.0f} x", peer["cpu"] >= 20 * cpu, ">= 20 x")
one, cpu, _ = ours(large, 1)
print(f"socle     {documents:7} documents, 1 thread   {one:7.2f} s  {cpu:7.2f} s cpu  {documents / one:8.0f} documents/s", flush=True)
two, cpu, report = ours(large, 2)
print(f"socle     {documents:7} documents, 2 threads  {two:7.2f} s  {cpu:7.2f} s cpu  {documents / two:8.0f} documents/s", flush=True)
bar("MinHash, what the second core gives, wall clock", f"{one / two:.2f} x", one >= 1.8 * two, ">= 1.8 x")
four, same = by_processes(large, 4)
print(f"socle     {documents:7} documents, 4 processes of one thread, the slowest of each phase  {four:7.2f} s  {one / four:.2f} x one", flush=True)
bar("the same bytes by four processes as by one", "yes" if same else "no", same, "yes")
_, _, check = run(sys.executable, f"{here}/check.py", large, f"{scratch}/out")
few = check["few_recall"]
print(f"exact     {check['true_pairs']} pairs at 0.8 or above; {check['few_pairs']} of them not equal and among at most 50 that hang together")
bar("MinHash, recall over all pairs at 0.8", f"{check['recall']:.4f}", check["recall"] >= 0.95, ">= 0.95")
bar("the same without pages and templates by the hundred", f"{few:.4f}", few >= 0.95, ">= 0.95")
bar(f"of {check['dropped']} dropped, for a document less alike", str(check["dropped_below_threshold"]), check["dropped_below_threshold"] == 0, "0")
bar("clusters joined below the threshold", str(check["clusters_joined_below_threshold"]), check["clusters_joined_below_threshold"] == 0, "0")
_, _, sub = run(sys.executable, f"{here}/substring.py", socle, shared, f"{scratch}/substring", str(substring_mb), "1G")
for threads in (1, 2):
    seconds, resident = sub[f"seconds_{threads}"], sub[f"resident_{threads}"]
    print(f"substring {sub['megabytes']:7.0f} MB, --max-memory 1G, {threads} thread(s)  {seconds:7.2f} s  {sub['megabytes'] / seconds:8.0f} MB/s  {resident:.0f} MiB resident")
    bar(f"substring, {sub['megabytes']:.0f} MB, {threads} thread(s): MiB resident", f"{resident:.0f}", resident <= 1024, "<= 1024")
bar(f"substring, {sub['sample_cut']} characters of 4 MB cut as by brute force", "yes" if sub["same"] else "no", sub["same"], "yes")
print()
for what, value, limit, good in bars:
    print(f"{'pass' if good else 'FAIL'}  {value:>8}  {limit:8}  {what}")
sys.exit(not all(good for _, _, _, good in bars))
