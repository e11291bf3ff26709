"""How well notes are understood, and how fast.

    python benchmarks/captions.py --notes tests/golden/notes/dev.jsonl
"""

import argparse
import json
from pathlib import Path

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import rules

LISTS = ("present", "absent", "uncertain", "history")


def closed(gold):
    """present upward, absent downward; written beats derived."""
    written = {n: s for s in LISTS for n in gold[s]}
    out = dict(written)
    rel = concepts.shipped()._relations
    for n in gold["present"]:
        for up in rel.above[n]:
            out.setdefault(up, "present")
    for n in gold["absent"]:
        for d in rel.below[n]:
            out.setdefault(d, "absent")
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--notes", type=Path)
    ap.add_argument("--quiet", action="store_true")
    a = ap.parse_args()
    recs = [json.loads(l) for l in a.notes.open()]
    tot = {s: [0, 0, 0] for s in LISTS}
    lat = [0, 0]
    ref = [0, 0, 0]
    for r in recs:
        ex = rules.extract(r["note"], r.get("eye", ""), [c for c in r.get("icd10", "").split(";") if c])
        ref[0] += bool(ex.refused) and r["refused"]; ref[1] += bool(ex.refused) and not r["refused"]; ref[2] += (not ex.refused) and r["refused"]
        G, P = set(), set()
        for e in "RL":
            g = closed(r["gold"][e])
            f = ex.eyes.get(e)
            p = closed({s: getattr(f, s) if f else () for s in LISTS})
            G |= {(c, s, e) for c, s in g.items()}
            P |= {(c, s, e) for c, s in p.items()}
        for s in LISTS:
            gs, ps = {x for x in G if x[1] == s}, {x for x in P if x[1] == s}
            tot[s][0] += len(gs & ps); tot[s][1] += len(ps - gs); tot[s][2] += len(gs - ps)
        sides = lambda S: {cs: {e for c, s, e in S if (c, s) == cs} for cs in {(c, s) for c, s, _ in S}}
        gg, pp = sides(G), sides(P)
        for cs in set(gg) & set(pp):
            lat[0] += gg[cs] == pp[cs]; lat[1] += 1
        if not a.quiet and (G != P or bool(ex.refused) != r["refused"]):
            print("=====", r["id"], r["kind"], r.get("eye", ""), "REFUSED " + ex.refused if ex.refused else "")
            print(r["note"])
            for e in "RL":
                w = {(c, s) for s in LISTS for c in r["gold"][e][s]}
                f = ex.eyes.get(e)
                q = {(c, s) for s in LISTS for c in (getattr(f, s) if f else ())}
                cg, cp = {(c,s) for c,s,x in G if x==e}, {(c,s) for c,s,x in P if x==e}
                print("  ", e, "missed:", sorted((w) - cp), "extra:", sorted(q - cg))
    for s, (tp, fp, fn) in tot.items():
        print(f"{s:10} P {tp/max(tp+fp,1):.3f} R {tp/max(tp+fn,1):.3f} F1 {2*tp/max(2*tp+fp+fn,1):.3f}  (tp {tp} fp {fp} fn {fn})")
    print(f"laterality {lat[0]/lat[1]:.3f} of {lat[1]}; refused right {ref[0]} wrongly {ref[1]} missed {ref[2]}")


main()
