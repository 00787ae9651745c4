#!/usr/bin/env python3
"""How often the tagger `language` names the language of a paragraph, on the Universal Declaration of Human Rights.

usage: language.py SOCLE SHARED WORK

Each paragraph is a document; its language is the one of the greatest share, none where there is none. Languages are those of the
declaration that CLD2 knows, by its codes; the closest pairs (Bokmal and Nynorsk, Croatian, Bosnian and Serbian in Latin script) are
told apart, as a person who names one of them expects.
"""
import json, os, subprocess, sys, zipfile

CODES = dict(x.split("=") for x in """
afr=af als=sq amh=am arb=ar azj_latn=az bel=be ben=bn bos_latn=bs bul=bg cat=ca ces=cs ceb=ceb chr=chr cmn_hans=zh cmn_hant=zh-Hant cym=cy
dan=da deu=de div=dv ell_monotonic=el eng=en est=et eus=eu fin=fi fra=fr gle=ga glg=gl guj=gu hat_kreyol=ht heb=iw hin=hi hrv=hr hun=hu
hye=hy ike=iu ind=id isl=is ita=it jav=jw jpn=ja kan=kn kat=ka khm=km kin=rw kor=ko lao=lo lav=lv lit=lt lug=lg mal=ml mar=mr mkd=mk
mlt=mt mya=my nld=nl nno=nn nob=no nya_chechewa=ny ori=or pan=pa pes_1=fa pol=pl por_PT=pt ron=ro rus=ru slk=sk slv=sl som=so spa=es
srp_cyrl=sr sun=su swe=sv swh=sw tam=ta tel=te tgl=tl tha=th tur=tr ukr=uk urd=ur vie=vi ydd=yi zul=zu
""".split())
LENGTHS = [(20, 50), (50, 100), (100, 200), (200, 10**9)]  # characters


def paragraphs(shared):
    with zipfile.ZipFile(f"{shared}/data/udhr/udhr2.zip") as z:
        names = set(z.namelist())
        for name, code in sorted(CODES.items()):
            if f"udhr2/{name}.txt" not in names:
                continue
            for line in z.read(f"udhr2/{name}.txt").decode("utf-8", "replace").splitlines():
                if len(line.strip()) >= LENGTHS[0][0]:
                    yield code, line.strip()


def main():
    socle, shared, work = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    truth = []
    with open(f"{work}/udhr.jsonl", "w") as f:
        for code, text in paragraphs(shared):
            f.write(json.dumps({"id": str(len(truth)), "text": text}) + "\n")
            truth.append((code, len(text)))
    subprocess.run([socle, "data", "tag", f"{work}/udhr.jsonl", "--tagger", "language", "--quiet", "--out", f"{work}/said.jsonl"], check=True)
    right, n, by_code = {}, {}, {}
    for line in open(f"{work}/said.jsonl"):
        said = json.loads(line)
        shares = {k[len("language__"):]: v[0][2] for k, v in said["attributes"].items()}
        found = {k: v for k, v in shares.items() if k != "reliable" and not k.startswith("paragraph_")}
        best = max(found, key=found.get) if found else "none"
        code, length = truth[int(said["id"])]
        bin = next(i for i, (low, high) in enumerate(LENGTHS) if low <= length < high)
        for key in (("all", bin), ("reliable", bin)):
            if key[0] == "all" or shares.get("reliable") == 1:
                n[key] = n.get(key, 0) + 1
                right[key] = right.get(key, 0) + (best == code)
        x = by_code.setdefault(code, [0, 0, {}])
        x[0] += best == code
        x[1] += 1
        if best != code:
            x[2][best] = x[2].get(best, 0) + 1
    print(f"{len(truth)} paragraphs of {len(by_code)} languages")
    for bin, (low, high) in enumerate(LENGTHS):
        a, r = n[("all", bin)], n.get(("reliable", bin), 0)
        print(f"{low:4}{'+' if high > 10**6 else '-' + str(high - 1):6} characters: {a:5} paragraphs, {right[('all', bin)] / a:.3f} right; "
              f"{r / a:.3f} said to be reliable, of those {right.get(('reliable', bin), 0) / max(r, 1):.3f}")
    long = [sum(d.get((k, b), 0) for b in (2, 3)) for d in (right, n) for k in ("all",)]
    print(f"100 characters and more: {long[0] / long[1]:.4f}")
    worst = sorted(by_code.items(), key=lambda kv: kv[1][0] / kv[1][1])[:12]
    print("worst:", "; ".join(f"{c} {x[0] / x[1]:.2f} (for it: {', '.join(sorted(x[2], key=x[2].get)[::-1][:3])})" for c, x in worst))


main()
