"""A public data set as downloaded to manifest rows: every image file and every table line is converted or named.

What a set's own file (`data/sources/`) yields is checked here, once for all: the image is there, it has one row, its
labels do not contradict each other, no patient is in two splits. What fails is refused by name; image files that
nothing speaks of are refused too; files that are no pictures of an eye, such as masks, are counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmfundus import plugins, tables
from mmfundus.data.manifest import write as write_manifest
from mmfundus.data.sources._files import READABLE, Folder, matches
from mmfundus.data.sources._source import Asked, Source
from mmfundus.data.splits import SPLITS, patient_key, split_by_patient
from mmfundus.errors import UsageError, WorkError
from mmfundus.knowledge import concepts
from mmfundus.types import Refusal, Row

SOURCES = "mmfundus.data.sources"
FRACTIONS: Mapping[str, float] = {"train": 0.6, "val": 0.2, "test": 0.2}
JUNK = {"._*": "left behind by an operating system", "__MACOSX/*": "left behind by an operating system"}


@dataclass(frozen=True, slots=True)
class Converted:
    """Rows with their splits, what was refused, and how many image files were set aside for which reason."""

    rows: tuple[Row, ...]
    refused: tuple[Refusal, ...]
    aside: Mapping[str, int]
    dealt: int  # rows whose split was dealt here and not by the source
    ownerless: int  # rows whose patient is not published: each image counts as its own
    published: int | None  # images the publishers count


def catalogue() -> Iterator[tuple[str, Source]]:
    """Every source by name; its facts, without looking at a file."""
    for name in plugins.names(SOURCES):
        yield name, plugins.load(SOURCES, name).SOURCE


def convert(name: str, root: Path, asked: Asked | None = None, seed: int = 0, val: float = 0.0) -> Converted:
    """Rows of one data set; the source's own splits are kept, all others dealt by patient from the seed.

    `val`: the part of the patients of an official `train` to deal to `val`, for sets that have none.
    Raises UsageError (no such source or folder, a table missing) and WorkError where not one row came out.
    """
    module = plugins.load(SOURCES, name)
    source: Source = module.SOURCE
    if not root.is_dir():
        raise UsageError(f"There is no folder at {str(root)!r}. Give the folder of the unpacked data set.")
    if not 0 <= val < 1:
        raise UsageError(f"--val is {val:g}; it is a part of the training patients, from 0 to below 1.")
    asked = asked or Asked()
    _refuse_unheeded(name, source, asked)
    folder = Folder(root, asked)
    rows = _sound(folder, sorted(module.rows(folder), key=lambda row: row.image))
    rows = _undivided(folder, rows)
    aside = _leftover(folder, source, rows)
    if not rows:
        reasons = f" The first refusal: {folder.refused[0].item}: {folder.refused[0].reason}" if folder.refused else ""
        raise WorkError(f"Nothing below {root.name!r} could be converted as {name!r}.{reasons}")
    dealt = sum(row.split == "" for row in rows)
    split = [_own(row, name, source) for row in _dealt(rows, seed, val)]
    ownerless = sum(row.patient == row.image for row in split)
    refused = tuple(sorted(set(folder.refused), key=lambda r: (r.item, r.reason)))
    return Converted(tuple(split), refused, aside, dealt, ownerless, source.images)


def write(converted: Converted, root: Path, out: Path) -> Path | None:
    """The manifest, and beside it the table of refusals if there are any.

    Image paths are relative to the manifest's folder where the data lie below it, and the result is None. Else they
    are relative to the data's root, which is returned: other verbs need it as --root.
    """
    place, data = out.parent.resolve(), root.resolve()
    inside = data.is_relative_to(place)
    below = data.relative_to(place).as_posix() if inside else "."
    prefix = "" if below == "." else f"{below}/"
    write_manifest([_moved(row, prefix) for row in converted.rows], out)
    refusals(out).unlink(missing_ok=True)  # of an earlier call
    if converted.refused:
        items = {"item": [r.item for r in converted.refused], "reason": [r.reason for r in converted.refused]}
        tables.write(refusals(out), items)
    return None if inside else root


def refusals(out: Path) -> Path:
    """Where the refusals of a manifest are written."""
    return out.with_name(f"{out.stem}-refused.csv")


def _refuse_unheeded(name: str, source: Source, asked: Asked) -> None:
    given = [
        field for field in ("modality", "patient", "exclusive", "table", "columns", "key") if getattr(asked, field)
    ]
    for option in given:
        if option not in source.takes:
            raise UsageError(
                f"--{option} means nothing to the source {name!r}, which knows it by itself. Leave it out."
            )


def _sound(folder: Folder, rows: Sequence[Row]) -> list[Row]:
    """Rows whose image is there, once, with labels that can hold together."""
    there, modalities = frozenset(folder.images), plugins.names("mmfundus.modalities")
    named: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        named[row.image].append(row)
    sound = []
    for image, same in named.items():
        first = same[0]
        if image not in there:
            folder.refuse(image, "there is no such file.")
        elif Path(image).suffix.lower() not in READABLE and image not in folder.adopted:
            folder.refuse(image, "it is of a format that is not read here. Save it as PNG beside it.")
        elif first.modality not in modalities:
            folder.refuse(image, f"its modality {first.modality!r} is none of {', '.join(modalities)}.")
        elif any(other != first for other in same):
            labels = " and ".join(repr(row.extra.get("source_label", "")) for row in same)
            folder.refuse(image, f"it is named {len(same)} times and not alike: {labels}.")
        elif conflict := concepts.conflict(first.present, first.absent):
            folder.refuse(image, f"its labels contradict each other: {conflict}.")
        else:
            sound.append(first)
    return sound


def _undivided(folder: Folder, rows: Sequence[Row]) -> list[Row]:
    """No patient in two of the source's splits: the test split is kept whole, then validation."""
    stated: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        stated[patient_key(row)].add(row.split)
    kept = []
    for row in rows:
        splits = stated[patient_key(row)] - {""}
        last = max(splits, key=SPLITS.index, default="")
        if row.split in ("", last):
            kept.append(replace(row, split=last))
        else:
            folder.refuse(row.image, f"the source has it in {row.split!r} and its patient also in {last!r}.")
    return kept


def _leftover(folder: Folder, source: Source, rows: Iterable[Row]) -> dict[str, int]:
    """Image files without a row: set aside where the source says why, else refused."""
    spoken = {row.image for row in rows} | {refusal.item for refusal in folder.refused}
    known = (JUNK | dict(source.aside)).items()
    aside: Counter[str] = Counter()
    for image in folder.images:
        if image in spoken:
            continue
        why = next((why for pattern, why in known if matches(image, (pattern,))), "")
        if why:
            aside[why] += 1
        else:
            folder.refuse(image, "no table or folder of the set says anything of this image.")
    return dict(aside)


def _dealt(rows: Sequence[Row], seed: int, val: float) -> tuple[Row, ...]:
    """Rows in their order, every one with a split. Raises UsageError where `val` has nothing to be taken from."""
    parts: dict[str, Row] = {row.image: row for row in rows}
    if val and {row.split for row in rows} & {"", "val"}:
        raise UsageError("--val is for sources that have a training split and no validation split. Leave it out.")
    if open_ := [row for row in rows if not row.split]:
        parts |= {row.image: row for row in split_by_patient(open_, FRACTIONS, seed)}
    if val:
        train = [row for row in rows if row.split == "train"]
        parts |= {row.image: row for row in split_by_patient(train, {"train": 1 - val, "val": val}, seed)}
    return tuple(parts[row.image] for row in rows)


def _own(row: Row, name: str, source: Source) -> Row:
    """The row with its source's name, and ids that stay unique when manifests are put together."""
    extra = {"source": name} | dict(row.extra)
    if not source.own_ids:
        return replace(row, extra=extra)
    patient = row.patient if row.patient == row.image else f"{name}_{row.patient}"
    return replace(row, patient=patient, study=row.study and f"{name}_{row.study}", extra=extra)


def _moved(row: Row, prefix: str) -> Row:
    image = prefix + row.image
    return replace(row, image=image, patient=image if row.patient == row.image else row.patient)
