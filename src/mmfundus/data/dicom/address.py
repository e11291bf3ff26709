"""How one frame of a file is named: `scan.dcm#12` is the twelfth, as DICOM counts, from 1."""

import os
import re
from pathlib import Path

ADDRESS = re.compile(r"(?s)(.+)#([1-9]\d{0,5})")


def split(path: Path) -> tuple[Path, int | None]:
    """The file and the frame that a path names; None where it names the whole file.

    A file that is really called so comes first: `eye#2.png` stays a file's name.
    """
    named = ADDRESS.fullmatch(path.name)
    if not named or os.path.exists(path) or not os.path.exists(file := path.with_name(named[1])):  # noqa: PTH110
        return path, None  # os.path says no to names that are too long, where Path raises
    return file, int(named[2])


def join(image: str, frame: int) -> str:
    """The address of a frame."""
    return f"{image}#{frame}"
