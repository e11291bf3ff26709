"""Public data sets to manifests, and the catalogue of those that are known."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable

if TYPE_CHECKING:
    from mmfundus.data.converting import Converted
    from mmfundus.data.sources._source import Source
    from mmfundus.types import Refusal

SHOWN = 20  # refusals on the screen; the file has them all


def manifest(
    source: Positional[str] = "",
    root: Positional[Path | None] = None,
    out: Path | None = None,
    catalogue: Annotated[bool, tyro.conf.arg(name="list")] = False,
    split_seed: int = 0,
    val: float = 0.0,
    modality: str = "",
    patient: str = "",
    exclusive: bool = False,
    table: str = "",
    columns: tuple[str, ...] = (),
    key: Path | None = None,
) -> int:
    """Turn a public data set as downloaded, a folder of classes or any table into a manifest.

    Research software, not a medical device. Every image and every line of the set's tables is converted or named with
    the reason; whatever was refused also stands in a table beside the manifest.

    Args:
        source: A name of the catalogue; `folder` and `table` take images of your own.
        root: The folder of the unpacked data set.
        out: The manifest to write (CSV or Parquet).
        catalogue: Print the catalogue, or of one source all that is known, and do nothing else.
        split_seed: Seed of the splits that are dealt here, by patient, where the source has none.
        val: Part of the patients of an official training split to deal to val, where the source has no val.
        modality: Of `folder` and `table`: cfp, uwf, oct, fa or another modality's name.
        patient: Of `folder`: pattern whose first group is the patient in a file's name.
        exclusive: Of `folder`: an image of one class is known to show none of the others.
        table: Of `table`: the table, as a path below the root.
        columns: Of `table`: what is what, as in image=file patient=pid label=diagnosis glaucoma=is_glaucoma.
        key: Of `dicom`: file with the secret that pseudonyms are made with, made where it is not there; beside the
            manifest if not given.
    """
    from mmfundus import plugins
    from mmfundus.data import converting
    from mmfundus.data.sources._source import Asked

    if catalogue:
        one = plugins.load(converting.SOURCES, source).SOURCE if source else None
        print("\n".join(_entry_lines(source, one) if one else _lines(list(converting.catalogue()))))
        return 0
    if not source or root is None or out is None:
        raise UsageError("Say which source, the folder of its data and the manifest: manifest SOURCE ROOT --out M.csv.")
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"{out.name!r} ends in {out.suffix!r}; a manifest ends in .csv or .parquet.")
    writable(out.parent)
    if source == "dicom" and key is None:
        key = out.with_name(f"{out.stem}.key")
    asked = Asked(modality, patient, exclusive, table, _pairs(columns), key)
    converted = converting.convert(source, root, asked, split_seed, val)
    outside = converting.write(converted, root, out)
    print("\n".join(_told(converted, source, out, outside)))
    if source == "dicom":
        print(f"Patients are pseudonyms made with {key}: keep it apart from the manifest, and for the next one.")
    return _named(converted.refused, converting.refusals(out))


def _pairs(columns: Sequence[str]) -> dict[str, str]:
    """`image=file` as image -> file."""
    pairs = [pair.partition("=") for pair in columns]
    for name, sign, column in pairs:
        if not (name and sign and column):
            raise UsageError(f"--columns {name}{sign}{column} is not NAME=COLUMN, as in image=file.")
    return {name: column for name, _, column in pairs}


def _named(refused: Sequence[Refusal], file: Path) -> int:
    """Name what was refused on stderr, the first of it if it is much; 1 if anything was."""
    from mmfundus.report.words import one_line

    for refusal in refused[:SHOWN]:
        print(f"refused: {one_line(refusal.item)}: {one_line(refusal.reason)}", file=sys.stderr)
    if len(refused) > SHOWN:
        print(f"refused: {len(refused) - SHOWN} more, all of them in {file}", file=sys.stderr)
    return 1 if refused else 0


def _told(done: Converted, source: str, out: Path, outside: Path | None) -> Iterator[str]:
    """What became of the files, and what a user has to know of the manifest."""
    from mmfundus.data.splits import SPLITS

    splits = Counter(row.split for row in done.rows)
    parts = ", ".join(f"{splits[name]} {name}" for name in SPLITS if splits[name])
    yield f"{source}: {len(done.rows)} images converted ({parts}), {len(done.refused)} refused."
    if done.published and done.published != len(done.rows):
        yield f"  Its publishers count {done.published} images."
    for why, number in done.aside.items():
        yield f"  {number} image files set aside: each is {why}."
    if done.dealt:
        yield f"  The source has no split for {done.dealt} of them: dealt by patient."
    if done.ownerless:
        yield f"  {done.ownerless} name no patient and count as one each: one person may be in two splits."
    hint = f" Its paths are relative to {outside}: give --root {outside} with it." if outside else ""
    yield f"Written: {out}.{hint} {NOTICE}"


def _lines(known: Sequence[tuple[str, Source]]) -> Iterator[str]:
    """One line a source: name, modalities, images, patients, layout, licence."""
    cells: list[tuple[str, ...]] = [("source", "modality", "images", "patients", "layout", "licence")]
    for name, source in known:
        figures = (f"{number:,}" if number else "-" for number in (source.images, source.patients))
        cells.append((name, " ".join(source.modalities), *figures, source.layout, source.licence))
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield f"{len(known)} sources. manifest NAME --list says where a layout was seen, and what of it was not."


def _entry_lines(name: str, source: Source) -> Iterator[str]:
    """All that is known of one source."""
    yield f"{name}: {source.title}"
    for what in ("url", "licence", "citation", "images", "patients", "layout", "confirmed", "unconfirmed"):
        yield f"  {what:12}{getattr(source, what) or '-'}"
    for label, why in source.unmapped.items():
        yield f"  no concept  {label}: {why}"
    for pattern, why in source.aside.items():
        yield f"  set aside   {pattern}: {why}"
