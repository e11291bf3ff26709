"""The manifest: one row an image, read with every fault named and written so that it reads back.

A cell that holds only `nan`, `NA` or the like is what a spreadsheet or pandas leaves in an
empty cell, and is read as empty. Not so in `patient`, where it could be initials: there it
is refused, for one patient too many or too few would falsify splits and intervals. Columns
that the contract does not name are kept as they are.
"""

import functools
import heapq
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from mmfundus import plugins, tables
from mmfundus.data.splits import SPLITS, patient_key, split_by_patient
from mmfundus.errors import ManifestError, UnknownName, WorkError
from mmfundus.knowledge import concepts
from mmfundus.types import Manifest, Row

__all__ = ["labels", "read", "split_by_patient", "write"]

REQUIRED = ("image", "modality")
COLUMNS = ("image", "modality", "patient", "eye", "study", "present", "absent", "split")
EYES = ("R", "L", "")
CAPTION = re.compile(r"caption(?:_(\d+))?")
EMPTY = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "none", "null"})  # compared in lower case
SHOWN = 10  # faults in one message

Columns = Mapping[str, Sequence[str]]
Fault = tuple[int, str]  # index of the row, sentence about it


def read(path: Path, root: Path | None = None) -> Manifest:
    """A validated manifest; image paths are relative to `root`, or else to the table's own folder.

    An empty split is `train`; an image without patient is its own patient. Raises UsageError
    (no such table) and ManifestError with the first ten faults, in the table's order.
    """
    rows = _rows(tables.read(path), path.name)
    return Manifest(rows, root if root is not None else path.parent, path.name)


def write(rows: Manifest | Iterable[Row], path: Path) -> None:
    """Write rows that `read` will accept; raises ManifestError where it would not, and writes nothing."""
    columns = _columns(tuple(rows.rows if isinstance(rows, Manifest) else rows))
    _rows(columns, path.name)
    tables.write(path, columns)


def labels(rows: Sequence[Row], names: Sequence[str]) -> Float[np.ndarray, "n c"]:
    """1 present, 0 absent, NaN unknown, with what follows from the stated labels (`concepts.implied`)."""

    @functools.cache  # a table has few distinct sets of labels
    def line(present: tuple[str, ...], absent: tuple[str, ...]) -> tuple[float, ...]:
        up, down = concepts.implied(present, absent)
        return tuple(1.0 if name in up else 0.0 if name in down else math.nan for name in names)

    table = [line(row.present, row.absent) for row in rows]
    return np.array(table, dtype=np.float64).reshape(len(rows), len(names))


def _rows(columns: Mapping[str, Sequence[Any]], table: str) -> tuple[Row, ...]:
    _check_columns(columns, table)
    n = len(columns["image"])
    if not n:
        raise ManifestError(f"{table} has a header but no rows. Add one row for each image.")
    cells = {name: _cells(columns.get(name, [""] * n), name) for name in COLUMNS}
    found = heapq.merge(*(check(cells) for check in CHECKS), key=lambda fault: fault[0])
    _refuse(table, list(itertools.islice(found, SHOWN + 1)))
    return tuple(_build(cells, columns))


def _check_columns(columns: Mapping[str, Sequence[Any]], table: str) -> None:
    for name in columns:
        meant = name.strip().lower()
        if name != meant and (meant in COLUMNS or CAPTION.fullmatch(meant)):
            raise ManifestError(f"{table}: the column {name!r} must be written {meant!r}. Rename it.")
    for name in REQUIRED:
        if name not in columns:
            raise ManifestError(
                f"{table} has no column {name!r}; its columns are: {', '.join(columns)}. "
                f"A manifest needs {' and '.join(repr(column) for column in REQUIRED)}."
            )


def _refuse(table: str, faults: Sequence[Fault]) -> None:
    if faults:
        lines = [f"{table}, row {i + 1} below the header: {sentence}" for i, sentence in faults[:SHOWN]]
        if len(faults) > SHOWN:
            lines.append(f"There are more faults; these are the first {SHOWN}.")
        raise ManifestError("\n".join(lines))


def _cells(values: Sequence[Any], column: str) -> list[str]:
    texts = [value.strip() if type(value) is str else text_of(value) for value in values]
    if column == "patient":
        return texts
    # Few cells are this short, and only they need a second look.
    texts = ["" if len(text) <= 4 and text.lower() in EMPTY else text for text in texts]
    if column == "image":
        return [_tidy(text) if "//" in text or "./" in text else text for text in texts]
    return [text or "train" for text in texts] if column == "split" else texts


def text_of(value: Any) -> str:
    """What a Parquet cell of any type says as text; whole floats are ids that met a missing value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ";".join(text_of(item) for item in value)
    return str(value)


def _tidy(image: str) -> str:
    """`./a//b.jpg` and `a/b.jpg` are one file and must be one name; a leading `/` is kept to be refused."""
    parts = [part for part in image.split("/") if part not in ("", ".")]
    return ("/" if image.startswith("/") else "") + "/".join(parts)


def _bad_images(cells: Columns) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for i, image in enumerate(cells["image"]):
        if fault := _bad_path(image):
            yield i, fault
        elif (earlier := first.setdefault(image, i)) != i:
            yield i, f"the image {image!r} is already in row {earlier + 1}. Keep one row for each image."


def _bad_path(image: str) -> str:
    if not image:
        return "the cell 'image' is empty. Give the image's path, or remove the row."
    if image[0] in "/~" or "\\" in image or ":" in image.split("/", 1)[0]:
        return f"the image {image!r} is not a relative path with forward slashes. Write it relative to the manifest."
    if ".." in image or image.endswith((".", " ")) or "./" in image or " /" in image:
        for part in image.split("/"):
            if part.strip(". ") == "":  # Windows reads ".. " as ".."
                return f"the image {image!r} leads out of its folder. Move it there and drop the {part!r}."
    if not image.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in image):
        return f"the image {image!r} holds a control character. Rename the file."
    return ""


def _bad_words(column: str, kind: str, legal: Callable[[], Iterable[str]]) -> Callable[[Columns], Iterator[Fault]]:
    """A check that a column holds nothing but certain words."""

    def check(cells: Columns) -> Iterator[Fault]:
        words = tuple(legal())
        known = frozenset(words)
        for i, cell in enumerate(cells[column]):
            if cell not in known:
                yield i, f"column {column!r}: {_unknown(kind, cell, words)}"

    return check


def _unknown(kind: str, cell: str, words: Iterable[str]) -> str:
    return str(UnknownName(kind, cell, (word if word else "(empty)" for word in words)))


def _bad_patients(cells: Columns) -> Iterator[Fault]:
    for i, patient in enumerate(cells["patient"]):
        if len(patient) <= 4 and patient.lower() in EMPTY:
            yield i, "the cell 'patient' holds a word for a missing value. Leave it empty or give the patient's id."


def _divided_patients(cells: Columns) -> Iterator[Fault]:
    """Never with the id itself: a message may be shown to others than the table."""
    first: dict[str, int] = {}
    split = cells["split"]
    key = functools.lru_cache(maxsize=1 << 16)(lambda patient: patient_key(Row("", "", patient)))
    for i, patient in enumerate(cells["patient"]):
        if not patient:
            continue
        earlier = first.setdefault(key(patient), i)
        if split[earlier] != split[i]:
            typed = "" if cells["patient"][earlier] == patient else " (the id differs only in case or spaces)"
            yield (
                i,
                f"the patient of row {earlier + 1}{typed} is in {split[earlier]!r} there and in {split[i]!r} here. "
                "Keep all rows of a patient in one split.",
            )


def _bad_concepts(cells: Columns) -> Iterator[Fault]:
    verdict = functools.cache(_concept_fault)  # a table has few distinct pairs of cells
    for i, pair in enumerate(zip(cells["present"], cells["absent"], strict=True)):
        if fault := verdict(*pair):
            yield i, fault


def _concept_fault(present: str, absent: str) -> str:
    for column, cell in (("present", present), ("absent", absent)):
        for name in _ids(cell):
            if name not in concepts.concepts():
                return f"column {column!r}: {_unknown_concept(name)}"
    conflict = concepts.conflict(_ids(present), _ids(absent))
    return f"{conflict}. Correct 'present' or 'absent'; leave out what is not known." if conflict else ""


def _unknown_concept(name: str) -> str:
    try:
        meant = concepts.find(name).id
    except WorkError as ambiguous:
        return str(ambiguous)
    except UnknownName as unknown:
        return str(unknown)
    return f"there is no concept id {name!r}. Write {meant!r}."


@functools.lru_cache(maxsize=1 << 16)
def _ids(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in cell.split(";") if (name := part.strip())))


CHECKS: tuple[Callable[[Columns], Iterator[Fault]], ...] = (
    _bad_images,
    _bad_words("modality", "modality", lambda: plugins.names("mmfundus.modalities")),
    _bad_words("eye", "eye", lambda: EYES),
    _bad_words("split", "split", lambda: SPLITS),
    _bad_patients,
    _bad_concepts,
    _divided_patients,
)


def _build(cells: Columns, columns: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    numbered = sorted((int(match[1] or 1), name) for name in columns if (match := CAPTION.fullmatch(name)))
    captions = [_cells(columns[name], name) for _, name in numbered]
    others = [name for name in columns if name not in COLUMNS and not CAPTION.fullmatch(name)]
    extras = zip(*([v if type(v) is str else text_of(v) for v in columns[name]] for name in others), strict=True)
    texts = zip(*captions, strict=True) if captions else itertools.repeat(())
    values = extras if others else itertools.repeat(())
    for line in zip(*(cells[name] for name in COLUMNS), texts, values):  # noqa: B905 - repeat() has no end
        image, modality, patient, eye, study, present, absent, split, said, extra = line
        yield Row(
            image=image,
            modality=modality,
            patient=patient or image,
            eye=eye,
            study=study,
            present=_ids(present),
            absent=_ids(absent),
            captions=tuple(text for text in said if text),
            split=split,
            extra=dict(zip(others, extra, strict=True)),
        )


def _columns(rows: Sequence[Row]) -> dict[str, list[str]]:
    columns = {name: [str(getattr(row, name)) for row in rows] for name in ("image", "modality")}
    columns["patient"] = ["" if row.patient == row.image else row.patient for row in rows]
    columns["eye"] = [row.eye for row in rows]
    columns["study"] = [row.study for row in rows]
    columns["present"] = [";".join(row.present) for row in rows]
    columns["absent"] = [";".join(row.absent) for row in rows]
    for number in range(max((len(row.captions) for row in rows), default=0)):
        name = f"caption_{number + 1}" if number else "caption"
        columns[name] = [row.captions[number] if number < len(row.captions) else "" for row in rows]
    columns["split"] = [row.split for row in rows]
    for name in dict.fromkeys(name for row in rows for name in row.extra):
        if name in columns or CAPTION.fullmatch(name):
            raise ManifestError(f"An extra column is named {name!r}, which is a column of the manifest. Rename it.")
        columns[name] = [row.extra.get(name, "") for row in rows]
    return columns
