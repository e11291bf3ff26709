"""What records say, as labels and captions of images."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional

from mmfundus import NOTICE, __version__
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, named


def caption(
    table: Positional[Path],
    out: Path,
    by: Annotated[Literal["rules", "llm"], tyro.conf.arg(name="with")] = "rules",
    images: Path | None = None,
    window: int = 30,
    root: Path | None = None,
    report: Path | None = None,
    workers: int = 1,
) -> int:
    """Read the notes of a table of records: what is present, absent, in doubt and past, and captions, a row an eye.

    Research software, not a medical device. Notes do not leave this machine and are not printed.

    Args:
        table: Records (CSV or Parquet): patient, note; date, eye and icd10 if known.
        out: The table to write (CSV or Parquet); with --images, a manifest of them.
        by: What reads the notes: rules, offline; or a language model.
        images: Manifest of images to join by patient, eye and, where both have it, the column date.
        window: With --images, the most days between an image and its record.
        root: Folder that the manifest's image paths are relative to; its own folder if not given.
        report: Write what became of every record and image to this CSV or Parquet file.
        workers: Processes that read notes.
    """
    from tqdm import tqdm

    from mmfundus import plugins
    from mmfundus.data import joining, manifest, records

    at_least(1, workers=workers)
    at_least(0, window=window)
    for path in (out, report):
        if path is not None:
            _table(path)
    pictures = manifest.read(images, root) if images is not None else None
    found, refused = records.read(table)
    captioner = plugins.load("mmfundus.knowledge.captions", by).captioner()
    reading = records.understand(found, captioner, workers)
    told = list(tqdm(reading, "reading", len(found), unit=" notes", file=sys.stderr, disable=None))
    refused = sorted([*refused, *records.refusals(told, table.name)], key=lambda one: int(one.item.split()[-1]))
    account = [*records.account(told), *((one.item, "refused", one.reason) for one in refused)]
    if pictures is None:
        made = {"mmfundus": __version__, "verb": "caption", "with": by, "records": table.name}
        count = records.write(told, out, made)
        print(f"{len(told)} records read, {len(refused)} refused; {count} eyes written to {out}. {NOTICE}")
    else:
        joined = joining.join(told, pictures, window)
        manifest.write(joined.rows, out)
        account += joining.account(joined)
        print("\n".join(joining.lines(joined)))
        print(f"{len(told)} records read, {len(refused)} refused; {len(joined.rows)} images written to {out}. {NOTICE}")
    if report is not None:
        records.write_account(account, report)
    return named([one.reason for one in refused])


def _table(path: Path) -> None:
    """Refuse a name that is no table's, and a folder that cannot be written to, before the work."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"{path.name!r} ends in {path.suffix!r}; a table ends in .csv or .parquet.")
    writable(path.parent)
