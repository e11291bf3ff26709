"""Prepared pictures from shards: of any row, in any order, from a folder or an fsspec address. Written by `sharding`.

    shard-000000.tar   in webdataset's form: KEY.webp (a picture as prepared, without loss) and KEY.json (its row)
    index.parquet      one row an image in the manifest's order: the manifest's columns, and where its picture lies

A picture is a range of bytes that the index names and a checksum confirms. Tars are never
unpacked, so whatever else is put into one, a link, a device or a path, is never followed.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from mmfundus import plugins, tables
from mmfundus.data import manifest as manifests
from mmfundus.data import ranges
from mmfundus.errors import ManifestError, UnreadableImage, UsageError, WorkError
from mmfundus.types import Manifest, Row

INDEX = "index.parquet"
ABOUT = "shards.json"  # what the shards are of; written first, while the index is written last
NAME = re.compile(r"shard-[0-9]{6,}\.tar")
COLUMNS = ("shard", "shard_key", "shard_offset", "shard_length", "shard_crc32", "refused_because")
MAX_SIDE = 4096  # pixels; far above any tower's, and what a hostile index may make us hold
MAX_OFFSET = 1 << 50  # bytes; beyond any file
AGAIN = "Copy it again, or make the shards anew with mmfundus shard."


class Place(NamedTuple):
    """Where a picture lies: bytes `offset` to `offset + length` of a tar, and their checksum."""

    shard: str
    offset: int
    length: int
    crc32: int


@dataclass(frozen=True)
class Shards:
    """Prepared pictures of a manifest's rows; may be read from several threads and processes at once."""

    manifest: Manifest  # the rows that were sharded, in their order
    size: int  # side of a picture in pixels
    places: tuple[Place | str, ...]  # per row; a text is the reason why it was refused
    files: ranges.Folder | ranges.Remote

    def pixels(self, row: int) -> UInt8[np.ndarray, "s s 3"]:
        """The picture of the manifest's row of that index, bit for bit what `images.prepared` made.

        Raises UnreadableImage with the same reason where it was refused when the shards were
        made; WorkError where the tar is missing, cut off or altered, which is no fault of the image.
        """
        place, image = self.places[row], self.manifest.rows[row].image
        if isinstance(place, str):
            raise UnreadableImage(place)
        encoded = self.files.read(place.shard, place.offset, place.length)
        if len(encoded) < place.length:
            raise WorkError(f"{place.shard} is cut off: it ends before the picture of {image!r} does. {AGAIN}")
        if zlib.crc32(encoded) != place.crc32:
            raise WorkError(f"{place.shard} is altered: the checksum of the picture of {image!r} differs. {AGAIN}")
        if _side(encoded) != (self.size, self.size):
            raise ManifestError(f"{place.shard} has no picture of {self.size} pixels for {image!r}. {AGAIN}")
        return _decoded(encoded, place.shard, image)

    def pixels_of(self, row: Row) -> UInt8[np.ndarray, "s s 3"]:
        """The picture of a row of the manifest, found by its image. Raises what `pixels` does, and UsageError."""
        if row.image not in self._numbers:
            raise UsageError(f"The shards of {self.manifest.name} have no image {row.image!r}. Shard its manifest.")
        return self.pixels(self._numbers[row.image])

    def must_hold(self, table: Manifest) -> None:
        """Raise UsageError where a row of another table has no picture here, or was prepared as another modality."""
        for row in table.rows:
            number = self._numbers.get(row.image)
            if number is None:
                raise UsageError(f"The shards of {self.manifest.name} have no image {row.image!r}. Shard its manifest.")
            if self.manifest.rows[number].modality != row.modality:
                raise UsageError(
                    f"The shards of {self.manifest.name} hold {row.image!r} as {self.manifest.rows[number].modality}, "
                    f"not as {row.modality}. Shard the manifest anew."
                )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {row.image: number for number, row in enumerate(self.manifest.rows)}


def open_shards(address: str) -> Shards:
    """Shards in a local folder, or at any address that fsspec reads.

    Raises UsageError (no shards there, or not finished), ManifestError (an index that breaks
    its contract), WorkError (pictures of another preparation than the installed one).
    """
    found = ranges.files(address)
    if isinstance(found, ranges.Folder):
        if not (found.path / INDEX).is_file():
            raise _not_there(found.path)
        return _opened(found.path / INDEX, found.path, found)
    with TemporaryDirectory() as beside:
        index = Path(beside) / INDEX
        index.write_bytes(found.read(INDEX))
        return _opened(index, Path(), found)


def preparation(modalities: set[str]) -> dict[str, int]:
    """Version of the preparation of each modality, as installed."""
    return {name: plugins.load("mmfundus.modalities", name).VERSION for name in sorted(modalities)}


def _not_there(folder: Path) -> UsageError:
    if (folder / ABOUT).is_file():
        return UsageError(f"The shards in {folder.name!r} are not finished. Run the same mmfundus shard command again.")
    return UsageError(f"There are no shards in {str(folder)!r}: it has no {INDEX}. Make them with mmfundus shard.")


def _opened(index: Path, root: Path, files: ranges.Folder | ranges.Remote) -> Shards:
    rows = manifests.read(index).rows
    name, size, prepared = _about(tables.provenance(index))
    here = preparation({row.modality for row in rows})
    for modality, version in here.items():
        if prepared.get(modality) != version:
            raise WorkError(
                f"The shards hold {modality} pictures of preparation version {prepared.get(modality)}; this mmfundus "
                f"prepares version {version}. Make them anew with mmfundus shard, or install the mmfundus they are of."
            )
    places = tuple(_place(row, size) for row in rows)
    plain = tuple(replace(row, extra={k: v for k, v in row.extra.items() if k not in COLUMNS}) for row in rows)
    return Shards(Manifest(plain, root, name), size, places, files)


def _about(said: Mapping[str, Any]) -> tuple[str, int, dict[str, Any]]:
    """Name of the manifest, side of the pictures and preparation versions that an index states."""
    match said:
        case {"manifest": str(name), "size": int(size), "preparation": dict(versions)} if 0 < size <= MAX_SIDE:
            return name, size, versions
    raise ManifestError(f"{INDEX} does not say what its shards are of. {AGAIN}")


def _place(row: Row, size: int) -> Place | str:
    said = row.extra
    try:
        if said["refused_because"]:
            return said["refused_because"]
        place = Place(said["shard"], *(int(said[f"shard_{name}"]) for name in ("offset", "length", "crc32")))
    except (KeyError, ValueError):
        raise ManifestError(f"{INDEX} does not say where the picture of {row.image!r} lies. {AGAIN}") from None
    if not NAME.fullmatch(place.shard):
        raise ManifestError(
            f"{INDEX} names the file {place.shard!r}; a shard is named like 'shard-000000.tar'. {AGAIN}"
        )
    if not 0 <= place.offset <= MAX_OFFSET or not 0 < place.length <= longest(size):
        raise ManifestError(
            f"{INDEX} places {row.image!r} at byte {place.offset} with {place.length} bytes; a picture of {size} "
            f"pixels has 1 to {longest(size)}. {AGAIN}"
        )
    return place


def longest(size: int) -> int:
    """Bytes that no picture of that side exceeds: lossless WebP stores noise in little more than its three bytes."""
    return 4 * size * size + 4096


def _side(encoded: bytes) -> tuple[int, int] | None:
    """Width and height in the header of a lossless WebP (RFC 9649), before anything is decoded; None if not one."""
    if encoded[:4] != b"RIFF" or encoded[8:16] != b"WEBPVP8L":
        return None
    bits = int.from_bytes(encoded[21:25], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _decoded(encoded: bytes, shard: str, image: str) -> UInt8[np.ndarray, "s s 3"]:
    try:
        with Image.open(BytesIO(encoded), formats=("WEBP",)) as picture:
            return np.array(picture.convert("RGB"))
    except Exception:  # noqa: BLE001 - its checksum is right, so it was written so; Pillow raises nearly anything
        raise ManifestError(f"{shard} has no picture that can be decoded for {image!r}. {AGAIN}") from None
