"""What one table shares with another, or with what a model was trained on."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import can_be_table, writable
from mmfundus.verbs._ends import distinct, named, roots

if TYPE_CHECKING:
    from mmfundus.data.fingerprints import Prints
    from mmfundus.data.leakage import Match
    from mmfundus.types import Manifest

SHOWN = 5  # matches that are printed; the file holds all
LONG, LONGEST = 60, 24 * 3600  # seconds from which a search says how long it takes, and is not begun


def leakage(
    manifests: Positional[tuple[str, ...]],
    out: Path,
    model: tuple[str, ...] = (),
    root: tuple[Path, ...] = (),
    vectors_by: str = "",
    near: bool = True,
) -> int:
    """Find images and patients that tables share, or that a model was trained on: one row a match; exit 1 if any.

    Research software, not a medical device. One table alone is searched for what its splits share. No model is
    needed; one helps with pictures that have too little detail to be known by it.

    Args:
        manifests: Tables of images (CSV or Parquet), or "sample".
        out: Write the matches to this CSV or Parquet file.
        model: Model directories whose fingerprints each table is compared with too.
        root: Folders that image paths are relative to, one a table in their order; the tables' own if not given.
        vectors_by: Model whose vectors are compared where a picture has too little detail.
        near: Also search for altered copies. Without, files, pixels and patients alone are compared, in any number.
    """
    from mmfundus.data import fingerprints, sample
    from mmfundus.data import leakage as search
    from mmfundus.models import trained
    from mmfundus.models.reader import open_reader

    _refuse(manifests, out, root, vectors_by, near)
    at = roots(manifests, root)
    writable(out.parent)
    tables = [sample.named(name, folder) for name, folder in zip(manifests, at, strict=True)]
    shown = distinct([table.name for table in tables])
    tables = [replace(table, name=name) for table, name in zip(tables, shown, strict=True)]
    models = [(open_reader(name), trained.of_directory(Path(name))) for name in model]
    _announce(tables, [len(known.prints) for _, known in models], near)
    reader = open_reader(vectors_by) if vectors_by else None
    salt = fingerprints.fresh_salt()
    prints = [fingerprints.take(table.rows, table.root, table.name, salt) for table in tables]
    if reader is not None:
        prints = [trained.seen_by(reader, one, t.rows, t.root) for one, t in zip(prints, tables, strict=True)]
    found = [match for one, other in combinations(prints, 2) for match in search.between(one, other, near)]
    if len(tables) == 1 and not models:
        found = search.within(prints[0], near)
    for table, one in zip(tables, prints, strict=True):
        for its_reader, known in models:
            found += trained.matches(its_reader, table, one, known, near)
    search.write(found, out)
    print("\n".join(_told(tables, prints, found)))
    print(f"Written to {out}. {NOTICE}")
    return _end(prints, found)


def _refuse(manifests: "Sequence[str]", out: Path, root: "Sequence[Path]", vectors_by: str, near: bool) -> None:
    if not manifests:
        raise UsageError("No table is given. Name at least one manifest.")
    twice = [name for name, times in Counter(manifests).items() if times > 1 and not root]
    if twice:
        raise UsageError(f"{Path(twice[0]).name!r} is given twice, and all of it would match. Name each table once.")
    can_be_table(out)
    if vectors_by and not near:
        raise UsageError("--vectors-by has no use with --no-near. Leave one of them out.")


def _announce(tables: "Sequence[Manifest]", known: "Sequence[int]", near: bool) -> None:
    """Say how long it will take. Raises UsageError where that is days, or there is nothing to compare."""
    from mmfundus.data.leakage import TAKEN, seconds

    sizes = [len(table.rows) for table in tables]
    pairs = [*combinations(sizes, 2), *product(sizes, known)]
    if len(tables) == 1 and not known:
        parts = Counter(row.split for row in tables[0].rows)
        pairs = [(parts[one], parts[other]) for one, other in combinations(sorted(parts), 2)]
        if not pairs:
            raise UsageError(
                f"{tables[0].name} is one table of one split, so there is nothing to compare. Give a second table or "
                "--model; `mmfundus check` finds what one table holds twice."
            )
    compared = sum(seconds(*pair) for pair in pairs) if near else 0
    total = sum(sizes) * TAKEN + compared
    if compared > LONGEST:
        raise UsageError(
            f"To search {sum(sizes):,} images for altered copies takes some {compared / 3600:,.0f} hours on two cores, "
            f"and {LONGEST // 3600} is the most. Name the smaller table first, compare parts, or give --no-near."
        )
    if total > LONG:
        print(f"This takes about {total / 60:,.0f} minutes on two cores.", file=sys.stderr)


def _told(tables: "Sequence[Manifest]", prints: "Sequence[Prints]", found: "Sequence[Match]") -> Iterator[str]:
    from mmfundus.data.leakage import KINDS

    images = sum(len(table.rows) for table in tables)
    matched = len({(m.table, m.image) for m in found})
    yield f"{images} images, tables: {len(tables)}. Images that match another: {matched}."
    for kind in KINDS:
        of_kind = [match for match in found if kind in match.kinds]
        if of_kind:
            yield f"  {kind:8} {len(of_kind)} pairs"
    plain = Counter(part.name for part in prints for p in part.prints if not p.refused and p.plain)
    for name, number in plain.items():
        yield f"  {name}: {number} images are too plain to be recognised when altered; only digests and patients count"


def _end(prints: "Sequence[Prints]", found: "Sequence[Match]") -> int:
    """Name what matched and what could not be read, on stderr; 1 if anything was."""
    from mmfundus.report.words import one_line

    for match in found[:SHOWN]:
        first, second = f"{one_line(match.image)} ({match.table})", f"{one_line(match.match)} ({match.other})"
        print(f"leaked: {first}: {match.how} as {second}", file=sys.stderr)
    if len(found) > SHOWN:
        print(f"leaked: {len(found) - SHOWN} pairs more, all of them in the table", file=sys.stderr)
    return max(named([p.refused for part in prints for p in part.prints if p.refused]), int(bool(found)))
