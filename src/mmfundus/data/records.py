"""Records: a note of a visit a row, read with every fault named, and what was understood of them, a row an eye.

A faulty row is refused and the others go on; it is named by its number, never by its patient. A
cell that holds only `nan` or the like is empty, as in a manifest. Other columns are not used.
"""

import datetime
import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from mmfundus import tables
from mmfundus.data.manifest import EMPTY, text_of
from mmfundus.errors import ManifestError
from mmfundus.knowledge.captions import Captioner
from mmfundus.knowledge.codes import WRITTEN
from mmfundus.types import Extraction, EyeFacts, Record, Refusal

COLUMNS = ("patient", "note", "date", "eye", "icd10")
REQUIRED = ("patient", "note")
EYES = ("R", "L")
LISTS = ("present", "absent", "uncertain", "history")
BATCH = 512  # records that are under way at a time: memory stays flat


@dataclass(frozen=True, slots=True)
class Told:
    """A record and what was understood of it."""

    row: int  # of the table, counted from 1 below the header
    record: Record
    extraction: Extraction

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"row {self.row}"


def read(path: Path) -> tuple[list[tuple[int, Record]], list[Refusal]]:
    """The records of a table by row number, and the rows that were refused.

    Raises UsageError (no such table) and ManifestError for a table without its columns or rows.
    """
    columns = tables.read(path)
    for name in REQUIRED:
        if name not in columns:
            raise ManifestError(
                f"{path.name} has no column {name!r}; its columns are: {', '.join(columns)}. "
                "A table of records needs 'patient' and 'note'; 'date', 'eye' and 'icd10' may be added."
            )
    count = len(columns["note"])
    if not count:
        raise ManifestError(f"{path.name} has a header but no rows. Add one row for each record.")
    cells = {name: [_cell(value) for value in columns.get(name, [""] * count)] for name in COLUMNS}
    records: list[tuple[int, Record]] = []
    refused: list[Refusal] = []
    for number, values in enumerate(zip(*cells.values(), strict=True), start=1):
        row = dict(zip(COLUMNS, values, strict=True))
        if fault := _fault(row):
            refused.append(Refusal(f"row {number}", f"{path.name}, row {number} below the header: {fault}"))
        else:
            records.append((number, _record(row)))
    return records, refused


def _cell(value: Any) -> str:
    text = text_of(value).strip()
    return "" if text.lower() in EMPTY else text


def _fault(row: Mapping[str, str]) -> str:
    """What is wrong with a row, as a sentence that names no patient; "" where nothing is."""
    if not row["patient"]:
        return "the cell 'patient' is empty. Give the patient's id."
    if row["eye"].upper() not in (*EYES, ""):
        return f"the eye {row['eye']!r} is none. Write R, L, or leave the cell empty."
    if row["date"] and not day(row["date"]):
        return f"the date {row['date']!r} is not written as ISO 8601 does. Write the day as 2024-03-31."
    for code in _codes(row["icd10"]):
        if not WRITTEN["icd10cm"].fullmatch(_pointed(code)):
            return f"{code!r} is not written as a code of ICD-10-CM. Write codes as H35.3221, joined by semicolons."
    if not row["note"] and not row["icd10"]:
        return "the cells 'note' and 'icd10' are empty. Give the note's text, or remove the row."
    return ""


def _record(row: Mapping[str, str]) -> Record:
    return Record(row["patient"], row["note"], day(row["date"]), row["eye"].upper(), tuple(_codes(row["icd10"])))


def _codes(cell: str) -> list[str]:
    return [code for code in re.split(r"[;,\s]+", cell.upper()) if code]


def _pointed(code: str) -> str:
    """A code with its point, which records may leave out."""
    return code if "." in code or len(code) < 4 else f"{code[:3]}.{code[3:]}"


def day(text: str) -> str:
    """The day of an ISO 8601 date or date and time; "" for anything else."""
    try:
        return datetime.datetime.fromisoformat(text).date().isoformat() if re.match(r"\d{4}-\d\d-\d\d", text) else ""
    except ValueError:
        return ""


def understand(records: Iterable[tuple[int, Record]], captioner: Captioner, workers: int = 1) -> Iterator[Told]:
    """What a captioner understands of each record, in order; with several workers, in processes of their own."""
    if workers == 1:
        yield from (Told(number, record, _ask(captioner, record)) for number, record in records)
        return
    remaining = iter(records)
    deaf = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    with get_context("spawn").Pool(workers, signal.signal, deaf) as pool:
        while batch := list(islice(remaining, BATCH * workers)):
            asked = [(captioner, record) for _, record in batch]
            found = pool.starmap(_ask, asked, chunksize=max(BATCH // 8, 1))
            yield from (Told(number, record, one) for (number, record), one in zip(batch, found, strict=True))


def _ask(captioner: Captioner, record: Record) -> Extraction:
    return captioner(record.note, record.eye, record.icd10)


def refusals(told: Iterable[Told], table: str) -> list[Refusal]:
    """The records that a captioner refused."""
    return [
        Refusal(one.name, f"{table}, row {one.row} below the header: {_small(one.extraction.refused)}")
        for one in told
        if one.extraction.refused
    ]


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def eyes(told: Iterable[Told]) -> Iterator[tuple[Told, str, EyeFacts]]:
    """Each eye of which a record says something."""
    for one in told:
        yield from ((one, eye, facts) for eye, facts in one.extraction.eyes.items())


def write(told: Iterable[Told], path: Path, made_by: Mapping[str, Any]) -> int:
    """Write a row for each eye of which a record says something; returns how many."""
    rows = list(eyes(told))
    texts = [one.extraction.captions.get(eye, ()) for one, eye, _ in rows]
    columns: dict[str, Sequence[str]] = {
        "patient": [one.record.patient for one, _, _ in rows],
        "eye": [eye for _, eye, _ in rows],
        "date": [one.record.date for one, _, _ in rows],
    }
    columns |= {name: [";".join(getattr(facts, name)) for _, _, facts in rows] for name in LISTS}
    for number in range(max((len(said) for said in texts), default=1)):
        name = "caption" if number == 0 else f"caption_{number + 1}"
        columns[name] = [said[number] if number < len(said) else "" for said in texts]
    tables.write(path, columns, provenance=dict(made_by))
    return len(rows)


def account(told: Iterable[Told]) -> Iterator[tuple[str, str, str]]:
    """Item, status and reason of every record that was read: used, silent, and what it says both ways."""
    for one in told:
        if one.extraction.refused:
            continue
        silent = "it names no concept" if not one.extraction.eyes else ""
        yield one.name, "used", silent
        yield from ((one.name, "conflict", sentence) for sentence in one.extraction.conflicts)


def write_account(entries: Iterable[tuple[str, str, str]], path: Path) -> None:
    """Write what became of every record and image, a row each: item, status, reason."""
    rows = list(entries)
    tables.write(path, {name: [row[i] for row in rows] for i, name in enumerate(("item", "status", "reason"))})
