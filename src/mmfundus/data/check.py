"""Look through an image folder or a manifest before work begins: every file gets one row, none is passed over.

Files are decoded whole. Rows say what is wrong with a file; findings say what is wrong
with the set: one picture in two splits, under two patients or for two eyes. Whatever can
be seen without opening an image is the manifest's own business (`manifest.read`).
"""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from mmfundus import tables
from mmfundus.data import images, lookalikes, manifest
from mmfundus.data.dicom import address
from mmfundus.errors import UnreadableImage, UsageError
from mmfundus.types import Refusal, Row

TABLES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, or one row of a manifest: readable ("ok") or "refused", and what there is to say of it."""

    image: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Entries in the order of the table, or of the paths in a folder; findings on the set as a whole."""

    entries: tuple[Entry, ...]
    findings: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """Files that cannot be used; the command line exits with 1 if there are any."""
        return tuple(Refusal(entry.image, entry.reason) for entry in self.entries if entry.status == "refused")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was learnt of one file; digests are empty and detail is zero where it is refused."""

    refused: str = ""
    note: str = ""
    bytes: str = ""
    pixels: str = ""
    detail: Float[np.ndarray, " d"] = field(default_factory=lambda: np.zeros(lookalikes.SIDE**2, np.float32))


def check(path: Path, root: Path | None = None) -> Report:
    """Read every image of a folder (with its subfolders) or of a manifest.

    In a folder everything that is no folder gets an entry, so a stray text file is refused,
    not passed over. `root`: the folder a manifest's paths are relative to, if not its own.
    Raises UsageError (no such path, nothing in the folder) and ManifestError.
    """
    if path.is_dir():
        rows, base = tuple(Row(image=name, modality="") for name in _files(path)), path
    elif path.suffix.lower() in TABLES:
        table = manifest.read(path, root)
        rows, base = table.rows, table.root
    else:
        raise UsageError(f"There is no folder or manifest at {str(path)!r}. Give a folder, a .csv or a .parquet file.")
    if not rows:
        raise UsageError(f"There is nothing to check in {path.name!r}: it holds no files.")
    seen = _look_at_all([base / row.image for row in rows])
    same = _groups(seen)
    alike = lookalikes.pairs([one.detail for one in seen]) if len(seen) <= lookalikes.MOST else []
    near = [pair for pair in alike if seen[pair[0]].pixels != seen[pair[1]].pixels]
    notes = _notes(rows, seen, same, near)
    entries = (_entry(row, one, said) for row, one, said in zip(rows, seen, notes, strict=True))
    return Report(tuple(entries), tuple(_findings(rows, same, near)))


def write(report: Report, file: Path) -> None:
    """The entries as a table with the columns image, status, reason."""
    tables.write(file, {name: [getattr(e, name) for e in report.entries] for name in ("image", "status", "reason")})


def _files(folder: Path) -> list[str]:
    """Paths of everything in a folder that is no folder itself, sorted; links to folders are named, not followed."""
    found = []
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        found += [Path(parent, name).relative_to(folder).as_posix() for name in chain(files, links)]
    return sorted(found)


def _look_at_all(paths: Sequence[Path]) -> list[_Seen]:
    """Two or more threads, for decoding leaves Python; results keep the order of the paths."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return list(tqdm(pool.map(_look_at, paths), "check", len(paths), unit=" images", file=sys.stderr, disable=None))


def _look_at(path: Path) -> _Seen:
    try:
        count, pixels, detail = _pictures(path)
        kind = images.kind(path)
        # Of a frame its address: a volume's bytes, read anew for each of its frames, would be read hundreds of times.
        digest = images.digest_bytes(path) if address.split(path)[1] is None else str(path)
    except UnreadableImage as error:
        return _Seen(refused=str(error))
    except OSError as error:  # the file went away between two looks
        return _Seen(refused=f"{path.name!r} cannot be opened any more ({error.strerror}).")
    known = kind == "DICOM" or path.suffix.lower() in images.ENDINGS[kind]  # DICOM's own names have no ending: PS3.10
    note = "" if known else f"Holds {kind} although its name ends in {path.suffix or 'nothing'}; read as {kind}."
    return _Seen("", note if count == 1 else f"Holds {count} frames.", digest, pixels, detail)


def _pictures(path: Path) -> tuple[int, str, Float[np.ndarray, " d"]]:
    """How many pictures a file holds, a digest of them all, and the detail of the middle one."""
    digests, details = [], []
    for picture in images.frames(path):
        digests.append(images.digest_pixels(picture))
        details.append(lookalikes.detail(picture))
    joined = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return len(digests), joined, details[len(details) // 2]


def _groups(seen: Sequence[_Seen]) -> list[tuple[int, ...]]:
    """Positions that hold the same pixels, two or more, in the order of the table."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(seen):
        if one.pixels:
            groups[one.pixels].append(i)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _notes(
    rows: Sequence[Row], seen: Sequence[_Seen], same: Iterable[tuple[int, ...]], near: Iterable[tuple[int, int]]
) -> list[str]:
    """For each row what is to be said of it; of two equal pictures the later one refers to the earlier."""
    notes = [[one.note] for one in seen]
    for first, *others in same:
        for i in others:
            what = "bytes" if seen[i].bytes == seen[first].bytes else "pixels"
            notes[i].append(f"Same {what} as {rows[first].image!r}.")
    for first, i in near:
        notes[i].append(f"Looks nearly the same as {rows[first].image!r}.")
    return [" ".join(filter(None, said)) for said in notes]


def _entry(row: Row, one: _Seen, note: str) -> Entry:
    return Entry(row.image, "refused", one.refused) if one.refused else Entry(row.image, "ok", note)


def _findings(rows: Sequence[Row], same: Iterable[tuple[int, ...]], near: Iterable[tuple[int, int]]) -> Iterator[str]:
    """What contradicts itself across rows; pictures are named, patients never."""
    if len(rows) > lookalikes.MOST:
        yield f"Nearly equal pictures were not looked for: {len(rows)} images, the limit is {lookalikes.MOST}."
    for what, groups in (("The same picture", same), ("Nearly the same picture", near)):
        for group in groups:
            members = [rows[i] for i in group]
            if _differ("" if row.patient == row.image else row.patient for row in members):
                yield f"{what} is filed under different patients: {_names(members)}. Keep the right one."
            if _differ(row.split for row in members):
                yield f"{what} is in more than one split: {_names(members)}. Keep it in one."
            if _differ(row.eye for row in members):
                yield f"{what} is stated as a right and as a left eye: {_names(members)}. Correct the eye."


def _differ(values: Iterable[str]) -> bool:
    """Whether two stated values contradict each other; empty is unknown, not different."""
    return len(set(values) - {""}) > 1


def _names(rows: Sequence[Row], most: int = 4) -> str:
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(repr(row.image) for row in rows[:most]) + more
