"""Runs both sides of run.sh and prints its rows."""
import json, os, resource, shutil, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))
shared, scratch = sys.argv[1:3]
socle = os.environ["SOCLE"]
documents = int(os.environ.get("DOCUMENTS", 200000))
peer_documents = int(os.environ.get("PEER_DOCUMENTS", 20000))
repeat = int(os.environ.get("REPEAT", 3))
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


small, large = corpus(peer_documents), corpus(documents)
wall, cpu, _ = ours(small, 1)
print(f"socle     {peer_documents:7} documents, 1 thread   {wall:7.2f} s  {cpu:7.2f} s cpu  {peer_documents / cpu:8.0f} documents/s", flush=True)
shutil.rmtree(f"{scratch}/peer", ignore_errors=True)
_, _, peer = run(sys.executable, f"{here}/peer.py", small, f"{scratch}/peer")
print(f"datatrove {peer_documents:7} documents, 1 process  {peer['seconds']:7.2f} s  {peer['cpu']:7.2f} s cpu  {peer_documents / peer['cpu']:8.0f} documents/s")
print(f"ratio     {peer['cpu'] / cpu:.0f} x in processor seconds, {peer['seconds'] / wall:.0f} x in wall clock (bar: 20)", flush=True)
one, cpu, _ = ours(large, 1)
print(f"socle     {documents:7} documents, 1 thread   {one:7.2f} s  {cpu:7.2f} s cpu  {documents / one:8.0f} documents/s", flush=True)
two, cpu, report = ours(large, 2)
print(f"socle     {documents:7} documents, 2 threads  {two:7.2f} s  {cpu:7.2f} s cpu  {documents / two:8.0f} documents/s")
print(f"ratio     {one / two:.2f} x by the second core (bar: 1.8)", flush=True)
_, _, check = run(sys.executable, f"{here}/check.py", large, f"{scratch}/out")
print(f"exact     {check['true_pairs']} pairs at 0.8 or above, recall {check['recall']:.4f}; {check['few_pairs']} of them not equal and among "
      f"at most 50 that hang together, recall {check['few_recall']:.4f} (bar: 0.95)")
print(f"exact     {check['dropped']} dropped, {check['dropped_below_threshold']} of them for a document that is less alike; "
      f"{check['clusters_joined_below_threshold']} clusters joined below the threshold (bar: 0)")
