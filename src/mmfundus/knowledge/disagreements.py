"""What two captioners say of one note, beside each other: where they agree, and where somebody should look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmfundus.knowledge import concepts
from mmfundus.knowledge.redaction.redact import Redacted, redact
from mmfundus.types import STATUSES, Extraction, EyeFacts, Record, Statement

DIFFER, FIRST, SECOND, IMPLIED, SAME = "differ", "first", "second", "implied", "same"
KINDS = (DIFFER, FIRST, SECOND, IMPLIED, SAME)  # what should be looked at first stands first
DISAGREE = (DIFFER, FIRST, SECOND)
ANSWERS = {"present": 0, "absent": 1}  # which of the two sets of what follows


@dataclass(frozen=True, slots=True)
class Compared:
    """One concept of one eye: what each captioner says, "" for nothing."""

    eye: str
    concept: str
    first: str
    second: str
    kind: str  # one of KINDS; IMPLIED where the other says it in a narrower or wider word
    places: tuple[tuple[int, int], ...] = ()  # of the evidence in the note, each once


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One record as it is shown to a reviewer: by its number, and redacted."""

    row: int
    note: Redacted
    compared: tuple[Compared, ...]
    first: Extraction
    second: Extraction | None = None

    @property
    def disagreements(self) -> int:
        """How many of the concepts should be looked at."""
        return sum(one.kind in DISAGREE for one in self.compared)


def reviewed(row: int, record: Record, first: Extraction, second: Extraction | None = None) -> Reviewed:
    """A record with what one or two captioners say of it."""
    return Reviewed(row, redact(record.note, (record.patient,)), tuple(compare(first, second)), first, second)


def compare(first: Extraction, second: Extraction | None = None) -> list[Compared]:
    """Every concept that one of them says something of, in the order of KINDS; with one captioner alone all agree."""
    found = []
    for eye in ("R", "L"):
        one, two = first.eyes.get(eye, EyeFacts()), (second or first).eyes.get(eye, EyeFacts())
        said, told = _statuses(one), _statuses(two)
        for concept in {**said, **told}:
            a, b = said.get(concept, ""), told.get(concept, "")
            places = _places((*first.statements, *(second.statements if second else ())), eye, concept)
            found.append(Compared(eye, concept, a, b, _kind(concept, a, b, one, two), places))
    return sorted(found, key=lambda it: (KINDS.index(it.kind), it.places[:1], it.eye != "R"))


def _statuses(facts: EyeFacts) -> dict[str, str]:
    return {concept: status for status in STATUSES for concept in getattr(facts, status)}


def _places(statements: Iterable[Statement], eye: str, concept: str) -> tuple[tuple[int, int], ...]:
    """Where the note says it; a code of a column stands nowhere in it."""
    spans = {(s.start, s.end) for s in statements if s.concept == concept and s.eye == eye and s.end > s.start}
    return tuple(sorted(spans))


def _kind(concept: str, first: str, second: str, one: EyeFacts, two: EyeFacts) -> str:
    if first == second:
        return SAME
    if first and second:
        return DIFFER
    status, other = (first, two) if first else (second, one)
    if status in ANSWERS and concept in concepts.implied(other.present, other.absent)[ANSWERS[status]]:
        return IMPLIED
    return FIRST if first else SECOND


def table(items: Sequence[Reviewed], names: tuple[str, str]) -> dict[str, list[str]]:
    """What should be looked at, one row each: disagreements, rejected statements, refused records."""
    columns: dict[str, list[str]] = {
        name: [] for name in ("row", "eye", "concept", *names, "kind", "evidence", "reason")
    }
    for item in items:
        for line in _lines(item, names):
            for name, value in zip(columns, (str(item.row), *map(_no_formula, line)), strict=True):
                columns[name].append(value)
    return columns


def _no_formula(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: notes and models write what they like (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _lines(item: Reviewed, names: tuple[str, str]) -> Iterable[tuple[str, ...]]:
    for one in item.compared:
        if one.kind in DISAGREE:
            quoted = " … ".join(item.note.text[slice(*item.note.shown(*place))] for place in one.places)
            yield one.eye, one.concept, one.first, one.second, one.kind, quoted, ""
    for extraction, at in ((item.first, 0), (item.second, 1)):
        for bad in extraction.rejected if extraction else ():
            said = (bad.status, "") if at == 0 else ("", bad.status)
            yield bad.eye, bad.concept, *said, "rejected", bad.evidence, bad.reason
        if extraction and extraction.refused:
            yield "", "", "", "", "refused", "", f"{names[at]}: {extraction.refused}"
