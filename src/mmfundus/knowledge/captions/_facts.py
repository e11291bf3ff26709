"""From statements to the four lists of each eye, in the order of the guide (tests/golden/notes/README.md, 3).

Today's answer beats what was asked; then present beats uncertain, uncertain history, history absent.
What then still contradicts itself by definition (a wide concept denied, a narrow one present) is
settled for what is present, and named.
"""

from collections.abc import Iterable, Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _sentences
from mmfundus.knowledge.concepts import NORMAL
from mmfundus.types import Extraction, EyeFacts, Measure, Statement

EYES = ("R", "L")
SIDES = {"R": "right", "L": "left"}
REMOVABLE = frozenset({"silicone_oil"})  # in the eye until it is taken out
STRONGEST = ("present", "uncertain", "history", "absent")


def extraction(statements: Iterable[Statement], measures: Iterable[Measure] = ()) -> Extraction:
    """Facts and captions of both eyes from what was found."""
    found, sizes = tuple(statements), tuple(measures)
    eyes: dict[str, EyeFacts] = {}
    captions: dict[str, tuple[str, ...]] = {}
    conflicts: list[str] = []
    for eye in EYES:
        said = [statement for statement in found if statement.eye == eye]
        facts, against = of_eye(said)
        conflicts += [f"{SIDES[eye]} eye: {sentence}" for sentence in against]
        if facts != EyeFacts():
            eyes[eye] = facts
            captions[eye] = _sentences.captions(facts, said, [m for m in sizes if m.eye == eye])
    return Extraction(found, eyes, captions, sizes, tuple(conflicts))


def of_eye(statements: Sequence[Statement]) -> tuple[EyeFacts, list[str]]:
    """The four lists of one eye, and sentences about what was said both ways."""
    by_concept: dict[str, list[Statement]] = {}
    for statement in statements:
        by_concept.setdefault(statement.concept, []).append(statement)
    lists: dict[str, list[str]] = {status: [] for status in STRONGEST}
    conflicts = []
    denied = {one.concept for one in statements if one.status == "absent" and not one.asked}
    found = [one.concept for one in statements if one.status == "present" and not one.asked]
    implied = concepts.implied(found, ())[0]
    for concept, said in by_concept.items():
        if all(one.asked and one.status == "uncertain" for one in said) and concept in implied:
            continue  # the answer is narrower than the question
        today = [one for one in said if not one.asked] or said
        if all(one.asked for one in said) and concepts.implied((concept,), ())[0] & denied:
            lists["absent"].append(concept)  # the answer is wider than the question
            continue
        statuses = {one.status for one in today}
        taken = concept in REMOVABLE and any("removed" in one.certainty for one in today)
        kept = "history" if taken and "history" in statuses else min(statuses, key=STRONGEST.index)
        lists[kept].append(concept)
        if {"present", "absent"} <= statuses:
            conflicts.append(f"{concept!r} is both present and absent; kept as present.")
    conflicts += _settle(lists)
    return EyeFacts(*(tuple(lists[status]) for status in ("present", "absent", "uncertain", "history"))), conflicts


def _settle(lists: dict[str, list[str]]) -> list[str]:
    """Take away what cannot stand beside what is present; a manifest would refuse the row otherwise."""
    present, conflicts = lists["present"], []
    known = concepts.concepts()
    abnormal = [name for name in present if known[name].abnormal]
    if NORMAL in present and abnormal:
        present.remove(NORMAL)
        conflicts.append(f"{NORMAL!r} stands beside {abnormal[0]!r}; {NORMAL!r} was dropped.")
    for milder, graver in _exclusive(present):
        if milder in present and graver in present:
            present.remove(milder)
            conflicts.append(f"{milder!r} and {graver!r} exclude each other; {graver!r} was kept.")
    implied, _ = concepts.implied(present, ())
    for name in [name for name in lists["absent"] if name in implied]:
        lists["absent"].remove(name)
        conflicts.append(f"{name!r} is denied, but a kind of it is present; kept as present.")
    return conflicts


def _exclusive(present: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of which an eye has only one, the one lower on its scale first; in no order the later one."""
    dictionary = concepts.shipped()
    pairs = [(a, b) for i, a in enumerate(present) for b in present[i + 1 :] if b in dictionary.excluded(a)]
    return [(b, a) if _rank(b) <= _rank(a) else (a, b) for a, b in pairs]


def _rank(name: str) -> int:
    """How high a concept, or what it is a kind of, stands on an exclusive scale; 0 where on none."""
    above, _ = concepts.implied((name,), ())
    scales = concepts.shipped().scales.values()
    orders = [scale.concepts for scale in scales if scale.exclusive and scale.ordered]
    return max((order.index(one) + 1 for order in orders for one in above if one in order), default=0)
