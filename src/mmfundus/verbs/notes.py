"""What records say, as labels and captions of images."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from tyro.conf import Positional

from mmfundus import NOTICE, __version__
from mmfundus.errors import UsageError
from mmfundus.tables import can_be_table, writable
from mmfundus.types import Manifest, Record
from mmfundus.verbs._ends import at_least, named
from mmfundus.verbs._reviewing import NO_SERVER, Server, asked, left_to_look_at, settings


def caption(
    table: Positional[Path],
    out: Path,
    by: Annotated[Literal["rules", "llm"], tyro.conf.arg(name="with")] = "rules",
    images: Path | None = None,
    window: int = 30,
    root: Path | None = None,
    report: Path | None = None,
    review: Path | None = None,
    workers: int = 1,
    server: Annotated[Server, tyro.conf.arg(name="")] = NO_SERVER,
) -> int:
    """Read the notes of a table of records: what is present, absent, in doubt and past, and captions, a row an eye.

    Research software, not a medical device. By rules no note leaves this machine; a language model gets notes redacted.

    Args:
        table: Records (CSV or Parquet): patient, note; date, eye and icd10 if known.
        out: The table to write (CSV or Parquet); with --images, a manifest of them.
        by: What reads the notes: rules, offline; or a language model.
        images: Manifest of images to join by patient, eye and, where both have it, the column date.
        window: With --images, the most days between an image and its record.
        root: Folder that the manifest's image paths are relative to; its own folder if not given.
        report: Write what became of every record and image to this CSV or Parquet file.
        review: Write an HTML page of redacted notes beside what was found in them.
        workers: With rules: processes that read notes.
        server: What a language model needs.
    """
    from mmfundus import plugins
    from mmfundus.data import manifest, records

    at_least(1, workers=workers)
    at_least(0, window=window)
    _writable((out, report, server.disagreements), review)
    _apart((table, images), (out, report, server.disagreements, review))
    told_to = settings(server, by, workers, out)
    captioner = plugins.load("mmfundus.knowledge.captions", by).captioner(**told_to)
    pictures = manifest.read(images, root) if images is not None else None
    found, refused = records.read(table)
    told = list(asked(found, captioner) if by == "llm" else _by_rules(found, captioner, workers))
    refused = sorted([*refused, *records.refusals(told, table.name)], key=lambda one: int(one.item.split()[-1]))
    made = {"mmfundus": __version__, "verb": "caption", "with": by, "records": table.name}
    account = [*records.account(told), *((one.item, "refused", one.reason) for one in refused)]
    account += _written(told, pictures, window, out, made | getattr(captioner, "provenance", {}))
    if report is not None:
        records.write_account(account, report)
    print(f"{len(told)} records read, {len(refused)} refused.")
    if by == "llm":
        spent = captioner.usage
        print(
            f"{spent.asked} answers asked for, {spent.kept} kept ones used; {spent.tokens_in:,} tokens in, "
            f"{spent.tokens_out:,} out. Answers: {told_to['cache']}"
        )
    for line in left_to_look_at(told, by, review, server.disagreements):
        print(line)
    print(NOTICE)
    return named([one.reason for one in refused])


def _by_rules(found: Sequence[tuple[int, Record]], captioner: Any, workers: int) -> Iterable[Any]:
    from tqdm import tqdm

    from mmfundus.data import records

    reading = records.understand(found, captioner, workers)
    yield from tqdm(reading, "reading", len(found), unit=" notes", file=sys.stderr, disable=None)


def _written(told: Sequence[Any], pictures: Manifest | None, window: int, out: Path, made: Mapping[str, Any]) -> list:
    """Write the table of eyes, or the manifest joined to images; what became of the images."""
    from mmfundus.data import joining, manifest, records

    if pictures is None:
        print(f"{records.write(told, out, made)} eyes written to {out}.")
        return []
    joined = joining.join(told, pictures, window)
    manifest.write(joined.rows, out)
    print("\n".join(joining.lines(joined)))
    print(f"{len(joined.rows)} images written to {out}.")
    return list(joining.account(joined))


def _writable(found: Iterable[Path | None], page: Path | None) -> None:
    """Refuse names that are no table's or page's, and folders that cannot be written to, before the work."""
    for path in found:
        if path is not None:
            _table(path)
    if page is not None:
        if page.suffix.lower() != ".html":
            raise UsageError(f"{page.name!r} ends in {page.suffix!r}; a review page ends in .html.")
        writable(page.parent)


def _apart(read: Sequence[Path | None], written: Sequence[Path | None]) -> None:
    """Refuse to write over a table that is read, or two tables to one place."""
    taken = {path.resolve(): "is read" for path in read if path is not None}
    for path in (one for one in written if one is not None):
        if path.resolve() in taken:
            raise UsageError(f"{path.name!r} {taken[path.resolve()]}; nothing is written over it. Give another name.")
        taken[path.resolve()] = "is written already"


def _table(path: Path) -> None:
    """Refuse a name that is no table's, and a folder that cannot be written to, before the work."""
    can_be_table(path)
    if path.is_dir():
        raise UsageError(f"{path.name!r} is a folder; give the name of a file in it.")
    writable(path.parent)
