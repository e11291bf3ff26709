"""What a model directory says of the rows it was trained on."""

from pathlib import Path

from mmfundus.data import fingerprints
from mmfundus.data.fingerprints import FILE, Prints
from mmfundus.errors import UsageError
from mmfundus.models.bundle import Bundle, open_bundle


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


def manifest(bundle: Bundle) -> str:
    """Name of the manifest it was trained on; empty where it is not recorded."""
    return str(bundle.info.get("training", {}).get("manifest", ""))
