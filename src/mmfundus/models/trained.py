"""What a model directory says of the rows it was trained on, and how a model knows other rows again."""

from collections.abc import Sequence
from pathlib import Path

from mmfundus.data import fingerprints
from mmfundus.data.fingerprints import FILE, Prints
from mmfundus.data.leakage import Match, against
from mmfundus.errors import UsageError
from mmfundus.models.bundle import Bundle, open_bundle
from mmfundus.models.embed import embed
from mmfundus.models.reader import Reader
from mmfundus.types import Manifest, Row


def prints(bundle: Bundle) -> Prints | None:
    """The fingerprints of its training and validation rows; None where it was made without them. Raises BrokenModel."""
    return fingerprints.read(bundle.file(FILE)) if FILE in bundle.info["files"] else None


def of_directory(folder: Path) -> Prints:
    """The fingerprints of a model directory. Raises UsageError where it has none, BrokenModel where it is altered."""
    found = prints(open_bundle(folder))
    if found is None:
        raise UsageError(
            f"The model {folder.name!r} has no {FILE}: it was made before mmfundus wrote one, or without it. "
            "Name the manifest it was trained on instead."
        )
    return found


def seen_by(reader: Reader, found: Prints, rows: Sequence[Row], root: Path, all_of_them: bool = True) -> Prints:
    """Prints with a model's vectors of their rows, or of those alone that are too plain to be known by their detail."""
    at = [i for i, one in enumerate(found.prints) if all_of_them or one.plain]
    return fingerprints.with_vectors(found, at, embed(reader, [rows[i] for i in at], root)) if at else found


def matches(reader: Reader, table: Manifest, found: Prints, known: Prints, altered: bool = True) -> list[Match]:
    """Rows of a table, of which these are the prints, that are among those the model was trained or chosen on.

    Not `altered`: known by digests and patients alone.
    """
    looked = seen_by(reader, found, table.rows, table.root, all_of_them=False) if altered else found
    return against(table.rows, looked, known, altered)


def manifest(bundle: Bundle) -> str:
    """Name of the manifest it was trained on; empty where it is not recorded."""
    return str(bundle.info.get("training", {}).get("manifest", ""))
