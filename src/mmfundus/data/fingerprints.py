"""What is kept of images so that they are known again: digests, a keyed hash of the patient, a texture, a vector.

`fingerprints.parquet` in a model directory says what the model was trained on without the images.
What it protects: no file name, no patient id and no label is in it; a digest tells only whoever has the
same file, and the patient's hash is keyed (HMAC-SHA256) with a salt that stands beside it, so tables of
hashes made beforehand do not fit. What it does not: whoever has the file and guesses ids can test each
guess (ids are short, so all of them), and the texture shows the vessels of an eye, which may identify a
person to whoever has another picture of that eye. Pass the file on only where the images' own
approval allows that; training can leave it out.
"""

import hashlib
import hmac
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mmfundus import tables
from mmfundus.data import images, texture
from mmfundus.errors import BrokenModel, ManifestError, UnreadableImage
from mmfundus.types import Embeddings, Row

FILE = "fingerprints.parquet"
COLUMNS = ("row", "bytes", "pixels", "patient", "split", "texture", "vector", "layered")
VERSION = 1  # raised whenever a digest or a texture would change
LAYERED = ("oct",)  # modalities that show sections
BETWEEN = re.compile(r"[\s\-_./]+")
ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Print:
    """One image as it is known again. Texts are empty and the texture is zero where it was refused."""

    image: str  # its path, or "row 17 of NAME" where it comes from a model directory
    bytes: str
    pixels: str
    patient: str  # keyed hash; empty where nobody named the patient
    split: str
    texture: bytes  # packed; empty where there is too little detail to recognise an altered copy by it
    refused: str = ""
    vector: bytes = b""  # a model's, float32 of unit length; empty where no model looked
    layered: bool = False  # a section: its texture is compared with those of sections

    @property
    def plain(self) -> bool:
        """Whether it was read and has too little detail."""
        return not self.refused and not self.texture


@dataclass(frozen=True, slots=True)
class Prints:
    """The prints of one table, and the salt its patients are hashed with."""

    name: str
    salt: str
    prints: tuple[Print, ...]


def patient_id(typed: str) -> str:
    """A patient's id however it was typed: without case, spaces, hyphens, points and leading zeros."""
    text = BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).casefold()
    return ZEROS.sub("", text)


def fresh_salt() -> str:
    """A salt for prints that are compared now and not kept."""
    return secrets.token_hex(16)


def hashed(row: Row, salt: str) -> str:
    """The patient's keyed hash; empty where the image is its own patient."""
    if row.patient in ("", row.image):
        return ""
    return hmac.new(bytes.fromhex(salt), patient_id(row.patient).encode(), hashlib.sha256).hexdigest()[:32]


def take(rows: Sequence[Row], root: Path, name: str, salt: str = "") -> Prints:
    """Prints of all rows, in their order; an unreadable image has the reason and no digests.

    Without a salt one is made from the files' digests: the same table gives the same prints.
    """
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        looked = pool.map(lambda row: _looked_at(root / row.image, row.modality in LAYERED), rows)
        seen = list(tqdm(looked, "prints", len(rows), unit=" images", file=sys.stderr, disable=None, leave=False))
    salt = salt or hashlib.sha256("".join(one[0] for one in seen).encode()).hexdigest()[:32]
    prints = (
        Print(row.image, bytes_, pixels, hashed(row, salt), row.split, detail, refused, b"", row.modality in LAYERED)
        for row, (bytes_, pixels, detail, refused) in zip(rows, seen, strict=True)
    )
    return Prints(name, salt, tuple(prints))


def _looked_at(path: Path, layered: bool) -> tuple[str, str, bytes, str]:
    try:
        pixels = images.read(path)
        detail = texture.packed(texture.texture(pixels, layered))
        return images.digest_bytes(path), images.digest_pixels(pixels), detail, ""
    except UnreadableImage as error:
        return "", "", b"", str(error)


def with_vectors(found: Prints, at: Sequence[int], seen: Embeddings) -> Prints:
    """The same prints, those at some places with the vectors that a model has of their rows."""
    prints = list(found.prints)
    for i, vector, refused in zip(at, seen.vectors, seen.refused, strict=True):
        prints[i] = replace(prints[i], vector=b"" if refused else vector.astype("<f4").tobytes())
    return replace(found, prints=tuple(prints))


def write(found: Prints, path: Path) -> None:
    """Without the images' names: a row's number stands for it."""
    used = [(i, one) for i, one in enumerate(found.prints, start=1) if not one.refused]
    columns: dict[str, Sequence[Any]] = {
        "row": [i for i, _ in used],
        **{name: [getattr(one, name) for _, one in used] for name in COLUMNS[1:]},
    }
    tables.write(path, columns, {"name": found.name, "salt": found.salt, "version": VERSION})


def read(path: Path) -> Prints:
    """The prints of a model directory. Raises BrokenModel where the file is not one this version can compare."""
    try:
        columns, about = tables.read(path), tables.provenance(path)
        lines = list(zip(*(columns[name] for name in COLUMNS), strict=True))
        if about["version"] != VERSION:
            raise BrokenModel(
                f"{path.name} has version {about['version']}; this mmfundus compares version {VERSION}. "
                "Use the mmfundus that the model was made by."
            )
        name, salt = str(about["name"]), str(about["salt"])
        prints = [
            Print(
                f"row {row} of {name}",
                file,
                pixels,
                patient,
                split,
                bytes(detail or b""),
                "",
                bytes(vector or b""),
                layered,
            )
            for row, file, pixels, patient, split, detail, vector, layered in lines
        ]
        for one in prints[:1]:
            texture.unpacked(one.texture)
    except (KeyError, ValueError, TypeError, ManifestError):
        raise BrokenModel(f"{path.name} is not a list of fingerprints. Copy the model directory again.") from None
    return Prints(name, salt, tuple(prints))
