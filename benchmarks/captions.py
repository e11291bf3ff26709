"""How well notes are understood by rules, and how fast.

Notes are scored against gold answers (tests/golden/notes/README.md says how they were made): precision,
recall and F1 of what is present, absent, uncertain and past, over concepts of an eye, both sides
closed under the hierarchy (a present concept implies its parents, an absent one its kinds; a label
that is written beats one that is derived). Laterality is the share of (concept, status) pairs,
found and right irrespective of side, whose eyes are right. It says nothing of pairs that were
missed. Do not tune on notes that are to be scored once.

ODIR's keywords are scored against its label column, which does not tell old from new: what is past
counts as stated. Without `--split` only the rows for writing rules (train) are scored.

    python benchmarks/captions.py --notes tests/golden/notes/dev.jsonl --errors
    python benchmarks/captions.py --odir ../shared/data/odir5k/labels.csv --split val test
    python benchmarks/captions.py --speed 20000 --workers 2
"""

import argparse
import csv
import functools
import itertools
import json
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmfundus.data import records
from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions.rules import captioner, extract
from mmfundus.types import EyeFacts, Record

LISTS = ("present", "absent", "uncertain", "history")
NOTES = Path(__file__).parents[1] / "tests" / "golden" / "notes" / "dev.jsonl"
# Labels of ODIR that are not a concept's id, and what their keywords state.
ODIR = {
    "dr_unspecified": ("diabetic_retinopathy", "stated"),
    "amd_unspecified": ("amd", "stated"),
    "suspected_glaucoma": ("glaucoma", "uncertain"),
}
UNLISTED = "other"  # a keyword outside ODIR's list

Labels = set[tuple[str, str, str]]  # concept, status, eye


@dataclass
class Score:
    """Counts of one list."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)

    def add(self, gold: Labels, found: Labels) -> None:
        """Count one note or row."""
        self.right += len(gold & found)
        self.wrong += len(found - gold)
        self.missed += len(gold - found)


@dataclass
class Share:
    """So many of so many."""

    right: int = 0
    all: int = 0

    @property
    def share(self) -> float:
        """As a number from 0 to 1."""
        return self.right / max(self.all, 1)


@functools.cache
def kinds(name: str) -> frozenset[str]:
    """A concept and all its kinds."""
    return frozenset(one for one in concepts.concepts() if name in concepts.implied((one,), ())[0])


def closed(lists: Mapping[str, Sequence[str]], eye: str) -> Labels:
    """The labels of an eye with what follows by the hierarchy; what is written beats what is derived."""
    status = {name: one for one in LISTS for name in lists[one]}
    for name in lists["present"]:
        for above in concepts.implied((name,), ())[0]:
            status.setdefault(above, "present")
    for name in lists["absent"]:
        for below in kinds(name):
            status.setdefault(below, "absent")
    return {(name, one, eye) for name, one in status.items()}


def judge(path: Path) -> tuple[dict[str, Score], Share, tuple[int, int, int], list[str]]:
    """Scores by list, laterality, notes refused rightly, wrongly and not though they should be, and the errors."""
    scores: dict[str, Score] = {name: Score() for name in LISTS}
    sides, refused, errors = Share(), [0, 0, 0], []
    for line in path.open(encoding="utf-8"):
        record = json.loads(line)
        codes = [code for code in record.get("icd10", "").split(";") if code]
        found = extract(record["note"], record.get("eye", ""), codes)
        refused[0] += bool(found.refused) and record["refused"]
        refused[1] += bool(found.refused) and not record["refused"]
        refused[2] += not found.refused and record["refused"]
        told = {eye: {name: getattr(found.eyes.get(eye, EyeFacts()), name) for name in LISTS} for eye in "RL"}
        gold = set().union(*(closed(record["gold"][eye], eye) for eye in "RL"))
        said = set().union(*(closed(told[eye], eye) for eye in "RL"))
        for name in LISTS:
            scores[name].add({one for one in gold if one[1] == name}, {one for one in said if one[1] == name})
        right, mine = by_pair(gold), by_pair(said)
        for pair in right.keys() & mine.keys():
            sides.all += 1
            sides.right += right[pair] == mine[pair]
        errors += list(differences(record, told, gold, said))
    return scores, sides, (refused[0], refused[1], refused[2]), errors


def by_pair(labels: Labels) -> dict[tuple[str, str], set[str]]:
    """The eyes of each concept and status."""
    eyes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for concept, status, eye in labels:
        eyes[concept, status].add(eye)
    return eyes


def differences(record: Mapping, told: Mapping, gold: Labels, said: Labels) -> Iterator[str]:
    """A line for each label as written that the other side lacks, closed under the hierarchy."""
    for eye, name in itertools.product("RL", LISTS):
        yield from (
            f"{record['id']} {record['kind']:10} missed  {eye} {name:9} {concept}"
            for concept in record["gold"][eye][name]
            if (concept, name, eye) not in said
        )
        yield from (
            f"{record['id']} {record['kind']:10} too much {eye} {name:9} {concept}"
            for concept in told[eye][name]
            if (concept, name, eye) not in gold
        )


def judge_keywords(path: Path, splits: Sequence[str]) -> tuple[Score, dict[str, Score]]:
    """Micro score of ODIR's keywords against its labels, and the score of each concept."""
    overall, by_concept = Score(), defaultdict(Score)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in splits]
    known = {label for row in rows for label in row["label"].split(";")} - {UNLISTED}
    wanted = {ODIR.get(label, (label, "stated")) for label in known}
    for row in rows:
        eye = row["eye"][0].upper()
        labels = {ODIR.get(label, (label, "stated")) for label in row["label"].split(";")} - {(UNLISTED, "stated")}
        facts = extract(row["caption"], eye).eyes.get(eye, EyeFacts())
        stated = {(name, "stated") for name in (*facts.present, *facts.history)}
        found = (stated | {(name, "uncertain") for name in facts.uncertain}) & wanted
        gold = {(name, status, eye) for name, status in labels}
        mine = {(name, status, eye) for name, status in found}
        overall.add(gold, mine)
        for name, status in labels | found:
            one = {(name, status, eye)}
            by_concept[name if status == "stated" else f"{name}, suspected"].add(gold & one, mine & one)
    return overall, dict(by_concept)


def speed(count: int, workers: int) -> None:
    """Notes a second, and the memory that the readers took at most after each part of them."""
    notes = [json.loads(line)["note"] for line in NOTES.open(encoding="utf-8")]
    drawn = ((number, Record("p", notes[number % len(notes)])) for number in range(count))
    for _ in records.understand([(0, Record("p", "OD drusen"))] * workers, captioner(), workers):
        pass  # once unmeasured: names and cues are loaded
    begun, said = time.perf_counter(), 0
    step = max(count // 4, 1)
    for done, told in enumerate(records.understand(drawn, captioner(), workers), start=1):
        said += len(told.extraction.statements)
        if done % step == 0:
            used = [
                resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            ]
            print(
                f"{done:>8} notes {done / (time.perf_counter() - begun):>8.0f} a second   at most {used[0]:.0f} MB here"
            )
    print(
        f"{workers} processes, {sum(map(len, notes)) / len(notes):.0f} characters a note, "
        f"{said / count:.1f} statements a note"
    )


def main() -> None:
    """Measure and print."""
    asked = arguments()
    if asked.notes:
        scores, sides, refused, errors = judge(asked.notes)
        print("\n".join(errors) if asked.errors else f"{len(errors)} errors; --errors lists them")
        print(f"{'':10}{'precision':>10}{'recall':>8}{'F1':>8}{'right':>8}{'wrong':>7}{'missed':>8}")
        for name, s in scores.items():
            print(f"{name:10}{s.precision:>10.3f}{s.recall:>8.3f}{s.f1:>8.3f}{s.right:>8}{s.wrong:>7}{s.missed:>8}")
        print(f"laterality {sides.share:.3f} of {sides.all} pairs")
        print(f"refused: {refused[0]} rightly, {refused[1]} wrongly; read though to be refused: {refused[2]}")
    if asked.odir:
        overall, by_concept = judge_keywords(asked.odir, asked.split)
        print(f"{'':36}{'precision':>10}{'recall':>8}{'right':>8}{'wrong':>7}{'missed':>8}")
        for name, s in [("all, micro", overall), *sorted(by_concept.items())]:
            print(f"{name:36}{s.precision:>10.3f}{s.recall:>8.3f}{s.right:>8}{s.wrong:>7}{s.missed:>8}")
    if asked.speed:
        speed(asked.speed, asked.workers)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path, help="notes with gold answers, JSON lines")
    parser.add_argument("--errors", action="store_true", help="with --notes, list what was missed and too much")
    parser.add_argument("--odir", type=Path, help="labels.csv of odir5k")
    parser.add_argument("--split", nargs="+", default=["train"], help="with --odir, the rows")
    parser.add_argument("--speed", type=int, default=0, help="notes to read")
    parser.add_argument("--workers", type=int, default=2, help="with --speed, processes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
