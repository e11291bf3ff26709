"""A reading to DICOM files beside each other: the structured report and the capture, each whole or not at all.

Their names and ids follow from the image, the model and the labels asked, so writing them again, after a kill or on
another day, replaces them and adds nothing.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from pydicom import Dataset

from mmfundus import tables
from mmfundus.clinic.dicom import capture, origin, structured
from mmfundus.clinic.dicom.origin import By
from mmfundus.errors import UnreadableImage
from mmfundus.types import Reading

WRITTEN = ("report", "capture")  # what names of files begin with, in the order of writing
Draw = Callable[[Reading], UInt8[np.ndarray, "s s 3"] | None]  # the map of a reading over its picture, if it has one


def write(reading: Reading, by: By, out: Path, draw: Draw) -> tuple[Path, ...]:
    """Report and capture of a reading that was not refused, into a folder. Raises UnreadableImage."""
    path = Path(reading.row.image)
    image = origin.read(path)
    try:
        with origin.quiet():
            made = (structured.report(image, reading, by), capture.capture(image, reading, by, draw(reading)))
    except (AttributeError, TypeError, ValueError) as error:  # their words may quote the header
        raise UnreadableImage(
            f"{path.name!r} has a header that no report can refer to ({type(error).__name__})."
        ) from None
    return tuple(_saved(one, out / f"{what}-{one.SOPInstanceUID}.dcm") for one, what in zip(made, WRITTEN, strict=True))


def clear(out: Path) -> None:
    """Remove what a killed process had half written; for who alone writes to the folder."""
    for what in WRITTEN:
        for left in out.glob(f".{what}-*.part"):
            left.unlink(missing_ok=True)


def _saved(made: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tables.whole(path) as beside, origin.quiet():
        made.save_as(beside, enforce_file_format=True)
    return path
