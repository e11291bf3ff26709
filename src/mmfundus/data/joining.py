"""What records say, joined to images: the same patient, the same eye, the nearest date within a window.

The image's own labels stand; what a record says against them is named and left out, and so is what
two records of one day say against each other. Only what a picture of the modality can show becomes
a label or a caption. Every image stays in the table, also those that no record fits.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mmfundus.data import records
from mmfundus.data.records import Told
from mmfundus.data.splits import patient_key
from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import seen
from mmfundus.types import EyeFacts, Manifest, Row

DATE = "date"  # the manifest's own column, if it has one
KEPT = ("uncertain", "history")  # lists that become columns of their own


@dataclass(frozen=True, slots=True)
class Entry:
    """One image or record, and what became of it."""

    item: str  # the image's path, or the record's row
    status: str  # "joined", "unmatched" or "conflict"
    reason: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The rows of the manifest with what records say, and an account of images and records."""

    rows: tuple[Row, ...]
    entries: tuple[Entry, ...]

    def of(self, status: str) -> list[Entry]:
        """The entries of one status."""
        return [entry for entry in self.entries if entry.status == status]


def join(told: Sequence[Told], images: Manifest, window: int) -> Joined:
    """Give each image what the nearest record within `window` days says of its eye.

    Where image or record has no date, the record fits if it is the only one of that eye.
    """
    by_eye: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
    for one, eye, _ in records.eyes(told):
        by_eye[_key(Row("", "", one.record.patient)), eye].append(one)
    rows: list[Row] = []
    entries: list[Entry] = []
    used: set[int] = set()
    for row in images.rows:
        nearest, reason = _nearest(row, by_eye.get((_key(row), row.eye), []), window)
        if not nearest:
            rows.append(row)
            entries.append(Entry(row.image, "unmatched", reason))
            continue
        used |= {one.row for one in nearest}
        joined, against = _merged(row, nearest)
        rows.append(joined)
        entries.append(Entry(row.image, "joined", f"record of {nearest[0].name}{reason}"))
        entries += [Entry(row.image, "conflict", sentence) for sentence in against]
    said = {one.row for one, _, _ in records.eyes(told)}
    entries += [Entry(f"row {number}", "unmatched", "no image of this eye and time") for number in sorted(said - used)]
    return Joined(_with_columns(rows), tuple(entries))


def _key(row: Row) -> str:
    return patient_key(row)


def _nearest(row: Row, found: Sequence[Told], window: int) -> tuple[list[Told], str]:
    """The records of the nearest day within the window, and how far that is; or none and why."""
    if not row.eye:
        return [], "the image names no eye"
    if not found:
        return [], "no record of this patient and eye"
    day = records.day(row.extra.get(DATE, "").strip())
    if row.extra.get(DATE, "").strip() and not day:
        return [], "the image's date is not written as ISO 8601 does (2024-03-31)"
    if not day or not all(one.record.date for one in found):
        return (list(found), ", without date") if len(found) == 1 else ([], "several records, and no date to choose by")
    apart = {one.row: abs(_days(one.record.date) - _days(day)) for one in found}
    least = min(apart.values())
    if least > window:
        return [], f"the nearest record is {least} days away; the window is {window}"
    return [one for one in found if apart[one.row] == least], f", {least} days apart"


def _days(day: str) -> int:
    return datetime.date.fromisoformat(day).toordinal()


def _merged(row: Row, nearest: Sequence[Told]) -> tuple[Row, list[str]]:
    """An image's row with what its records say that nothing contradicts, and what was left out."""
    present, absent, captions = list(row.present), list(row.absent), list(row.captions)
    lists: dict[str, list[str]] = {name: [] for name in KEPT}
    against: list[str] = []
    whose = "the image"
    for one in nearest:
        facts, said = seen(one.extraction, row.eye, row.modality)
        clashes = _clashes(facts, present, absent)
        against += [
            f"record of {one.name} and {whose}: {sentence}; the record was left out there"
            for sentence in clashes.values()
        ]
        present += [name for name in facts.present if name not in present and name not in clashes]
        absent += [name for name in facts.absent if name not in absent and name not in clashes]
        for name in KEPT:
            lists[name] += [concept for concept in getattr(facts, name) if concept not in lists[name]]
        captions += [text for text in said if text not in captions] if not clashes else []
        whose = "a record of the same day, or the image"
    extra = {**row.extra, **{name: ";".join(found) for name, found in lists.items()}}
    return replace(row, present=tuple(present), absent=tuple(absent), captions=tuple(captions), extra=extra), against


def _clashes(facts: EyeFacts, present: Iterable[str], absent: Iterable[str]) -> dict[str, str]:
    """What of a record cannot stand beside what is there, each with the clause that says why."""
    here, denied = list(present), list(absent)
    found: dict[str, str] = {}
    for name in facts.present:
        if why := concepts.conflict([*here, name], denied):
            found[name] = why
        else:
            here.append(name)
    for name in facts.absent:
        if why := concepts.conflict(here, [*denied, name]):
            found[name] = why
        else:
            denied.append(name)
    return found


def _with_columns(rows: Sequence[Row]) -> tuple[Row, ...]:
    """All rows with the same further columns."""
    names = dict.fromkeys(name for row in rows for name in row.extra)
    return tuple(replace(row, extra={name: row.extra.get(name, "") for name in names}) for row in rows)


def lines(joined: Joined) -> Iterator[str]:
    """What became of the images, for the screen: counts, never a patient."""
    images = [entry for entry in joined.entries if not entry.item.startswith("row ")]
    yield (
        f"{len(joined.of('joined'))} of {len(joined.rows)} images joined, "
        f"{sum(entry.status == 'unmatched' for entry in images)} without a record; "
        f"{len(joined.entries) - len(images)} records without an image; {len(joined.of('conflict'))} conflicts."
    )


def account(joined: Joined) -> Iterator[tuple[str, str, str]]:
    """Item, status and reason of every entry."""
    return ((entry.item, entry.status, entry.reason) for entry in joined.entries)
