#!/usr/bin/env python3
"""Precision and recall of the tagger `pii` by kind, on made-up data in the forms in which people write it, among numbers that look like it;
and what it says of two megabytes of text that holds next to none.

usage: pii.py SOCLE SHARED WORK

A find counts when its kind is right and it covers the whole of what was put there; anything else that is found is a false one. The data
is made here, from the standards, by other code than the tagger's: it says how well forms are known, not how often they come in a crawl.
"""
import json, os, random, subprocess, sys, uuid, zipfile

N = 300
rng = random.Random(7)
digits = lambda n: "".join(rng.choice("0123456789") for _ in range(n))
pick = rng.choice


def luhn(body):
    s = 0
    for i, c in enumerate(reversed(body)):
        v = int(c) * (2 - i % 2)
        s += v - 9 if v > 9 else v
    return body + str(-s % 10)


def grouped(text, sizes, sign):
    out, at = [], 0
    for n in sizes:
        out.append(text[at:at + n])
        at += n
    return sign.join(out)


def date():
    return f"{rng.randint(1, 12):02}", f"{rng.randint(1, 28):02}"


def email():
    name = pick(["anna", "j.smith", "minsu_kim", "li-wei", "o'brien", "sales+eu", "x1y2", "info", "first.last"])
    return f"{name}{pick(['', digits(2)])}@{pick(['mail.', '', 'uni-'])}{pick(['acme', 'hanguk', 'bureau7'])}.{pick(['com', 'co.kr', 'org', 'de', 'io', 'ac.uk', 'cn'])}"


def ipv4():
    return f"{pick([8, 34, 52, 91, 151, 203])}.{rng.randint(114, 255)}.{rng.randint(20, 255)}.{rng.randint(1, 254)}"


def ipv6():
    return pick(["2a00:1450:4001:{:x}::{:x}", "2606:4700:{:x}::{:x}:2", "240e:{:x}:1:2:3:4:5:{:x}"]).format(rng.randint(0x100, 0xFFFF), rng.randint(0x1000, 0xFFFF))


def phone():
    d = digits
    return pick([lambda: f"+82 10-{d(4)}-{d(4)}", lambda: f"010-{d(4)}-{d(4)}", lambda: f"02-{pick('23456')}{d(3)}-{d(4)}", lambda: f"+1 {pick('23456789')}{d(2)}-{pick('23456789')}{d(2)}-{d(4)}",
                 lambda: f"({pick('23456789')}{d(2)}) {pick('23456789')}{d(2)}-{d(4)}", lambda: f"{pick('23456789')}{d(2)}.{pick('23456789')}{d(2)}.{d(4)}", lambda: f"+86 13{d(1)} {d(4)} {d(4)}",
                 lambda: f"138{d(8)}", lambda: f"+49 30 {pick('123456789')}{d(6)}", lambda: f"+44 20 7{d(3)} {d(4)}", lambda: f"01 {pick('23456789')}{d(1)} {d(2)} {d(2)} {d(2)}",
                 lambda: f"+81-3-{pick('3456')}{d(3)}-{d(4)}", lambda: f"090-{pick('123456789')}{d(3)}-{d(4)}", lambda: f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}", lambda: f"031-{pick('23456789')}{d(2)}-{d(4)}"])()


def card():
    kind = pick(["visa", "master", "amex"])
    if kind == "amex":
        return grouped(luhn("37" + digits(12)), pick([(15,), (4, 6, 5)]), pick(" -"))
    body = luhn(("4" + digits(14)) if kind == "visa" else "5" + pick("12345") + digits(13))
    return grouped(body, pick([(16,), (4, 4, 4, 4)]), pick(" -"))


def iban():
    country, form = pick([("DE", "18"), ("FR", "23"), ("NL", "A10"), ("GB", "A14"), ("ES", "20"), ("IT", "L22")])
    body = {"18": digits(18), "23": digits(23), "20": digits(20), "A10": "INGB" + digits(10), "A14": "WEST" + digits(14), "L22": pick("ABX") + digits(22)}[form]
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    text = f"{country}{check:02}{body}"
    return text if rng.random() < 0.5 else " ".join(text[i:i + 4] for i in range(0, len(text), 4))


def kr_rrn():
    m, d = date()
    body = f"{rng.randint(50, 99)}{m}{d}{pick('12')}{digits(5)}"
    check = (11 - sum(int(c) * w for c, w in zip(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])) % 11) % 10
    return body[:6] + pick(["-", "-", ""]) + body[6:] + str(check)


def cn_id():
    m, d = date()
    body = f"{pick(['110105', '310104', '440308', '510107'])}{rng.randint(1950, 2015)}{m}{d}{digits(3)}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) % 11]


def us_ssn():
    return f"{rng.randint(1, 665):03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


KINDS = {"email": email, "ipv4": ipv4, "ipv6": ipv6, "phone": phone, "card": card, "iban": iban, "kr_rrn": kr_rrn, "cn_id": cn_id, "us_ssn": us_ssn}


def negatives():
    m, d = date()
    return {"ISO date": f"20{digits(2)}-{m}-{d}", "time": f"20{digits(2)}-{m}-{d} 12:{rng.randint(10, 59)}:{rng.randint(10, 59)}", "version": f"{rng.randint(0, 19)}.{rng.randint(0, 19)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}",
            "private address": pick([f"10.{rng.randint(0, 255)}.0.1", f"192.168.{rng.randint(0, 255)}.7", "127.0.0.1"]), "UUID": str(uuid.UUID(int=rng.getrandbits(128))),
            "SHA-1": "%040x" % rng.getrandbits(160), "ISBN": f"978-{pick('0123')}-{digits(2)}-{digits(6)}-{digits(1)}", "amount": f"{rng.randint(1, 999)},{digits(3)},{digits(3)}.{digits(2)}",
            "file": f"icon{digits(1)}@2x.png", "handle": "@" + pick(["anna", "minsu_kim"]), "C++": "std::map::iterator", "arXiv": f"arXiv:2{digits(1)}{m}.{digits(5)}",
            "coordinates": f"{rng.randint(10, 80)}.{digits(6)}, {rng.randint(100, 170)}.{digits(6)}", "order": f"#{digits(8)}", "16 digits": "9" + digits(15), "DOI": f"10.{digits(4)}/s{digits(5)}-0{digits(2)}-{digits(4)}-{digits(1)}",
            "ratio": f"{digits(1)}:{digits(2)}:{digits(2)}", "score": f"{rng.randint(1, 30)}-{rng.randint(1, 30)}", "years": "1990-2004", "MAC": ":".join("%02x" % rng.getrandbits(8) for _ in range(6)),
            "hex": "0x%08x" % rng.getrandbits(32), "timestamp": f"16{digits(8)}", "RRN wrong": f"90{m}{d}-1{digits(5)}" + "x", "price list": f"{digits(3)} {digits(3)} {digits(3)}", "Unix path": f"/usr/lib64/a-{digits(1)}.{digits(1)}/x@y"}


FRAMES = ["Please write {} down.", "See {}, thanks", "연락처는 {}입니다.", "号码：{}。", "<td>{}</td>", "id={};", "({})", "{}", "- {}\n- next"]


def main():
    socle, shared, work = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    docs = []  # text, kind or None, span, what
    for kind, make in KINDS.items():
        for _ in range(N):
            x, frame = make(), pick(FRAMES)
            at = frame.index("{}")
            docs.append((frame.format(x), kind, (at, at + len(x)), x))
    for _ in range(N):
        for what, x in negatives().items():
            docs.append((pick(FRAMES).format(x), None, None, what))
    plain = []
    with zipfile.ZipFile(f"{shared}/data/udhr/udhr2.zip") as z:
        for name in sorted(z.namelist()):
            if name.endswith(".txt") and len(plain) < 150:
                plain.append(z.read(name).decode("utf-8", "replace"))
    with open(f"{work}/pii.jsonl", "w") as f:
        for i, text in enumerate([d[0] for d in docs] + plain):
            f.write(json.dumps({"id": str(i), "text": text}) + "\n")
    subprocess.run([socle, "data", "tag", f"{work}/pii.jsonl", "--tagger", "pii", "--quiet", "--out", f"{work}/said.jsonl"], check=True)
    hit, false, missed, wrong, in_plain = {}, {}, {}, {}, 0
    for line in open(f"{work}/said.jsonl"):
        said = json.loads(line)
        i = int(said["id"])
        found = [(k[len("pii__"):], s, e) for k, v in said["attributes"].items() for s, e, public in v if public]
        if i >= len(docs):
            in_plain += len(found)
            continue
        text, kind, span, what = docs[i]
        right = [x for x in found if x[0] == kind and x[1] <= span[0] and x[2] >= span[1]] if kind else []
        hit[kind] = hit.get(kind, 0) + bool(right)
        if kind and not right:
            missed.setdefault(kind, []).append(what)
        for x in found:
            if x not in right:
                false[x[0]] = false.get(x[0], 0) + 1
                wrong.setdefault((x[0], kind or what), []).append(text[x[1]:x[2]])
    print(f"{'kind':10} {'recall':>7} {'precision':>10}   ({N} of each, {N} of each of {len(negatives())} things that are none)")
    for kind in KINDS:
        print(f"{kind:10} {hit[kind] / N:7.3f} {hit[kind] / max(hit[kind] + false.get(kind, 0), 1):10.3f}   missed: {', '.join(missed.get(kind, [])[:4])}")
    for (kind, what), x in sorted(wrong.items(), key=lambda kv: -len(kv[1])):
        print(f"  {len(x):4} {kind} in what is {what}: {', '.join(x[:3])}")
    print(f"{len(plain)} declarations of human rights: {in_plain} finds")


main()
