"""Rows to one tar of prepared pictures in webdataset's form, whole or absent, with the same bytes at every making.

KEY.webp            a member of the tar: the prepared picture without loss; KEY is the row's number in the manifest
KEY.json            a member of the tar: the row
shard-000000.json   beside the tar and written after it: its digest, and places of pictures and reasons of refusals
"""

import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from mmfundus import tables
from mmfundus.data import images
from mmfundus.data.shards import Place
from mmfundus.errors import UnreadableImage
from mmfundus.types import Row

AHEAD = 64  # encoded pictures held at a time: bounds memory whatever the size of a shard
Columns = Mapping[str, Sequence[Any]]
Encode = Callable[[Row], bytes | str]
# Mean of the sample's pictures at 384 pixels (benchmarks/shards.py --formats): 77 KiB and 2.1 ms to decode, where
# PNG of level 1 has 131 KiB and 3.9 ms. It takes 19 ms to write, once; method 4 saves 2 % more for 66 ms.
QUALITY = {"lossless": True, "method": 2, "quality": 20}


def encoded(row: Row, root: Path, size: int) -> bytes | str:
    """The prepared picture of a row without loss, or the reason why there is none."""
    try:
        pixels = images.prepared(root / row.image, row.modality, size)
    except UnreadableImage as error:
        return str(error)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", **QUALITY)
    return file.getvalue()


def ahead(pool: ThreadPoolExecutor, encode: Encode, rows: Sequence[Row], bar: Any) -> Iterator[bytes | str]:
    """Encoded pictures or reasons in the rows' order, a bounded number ahead of the writer."""
    for first in range(0, len(rows), AHEAD):
        for done in pool.map(encode, rows[first : first + AHEAD]):
            yield done
            bar.update()


def make(path: Path, first: int, pictures: Iterable[bytes | str], columns: Columns) -> list[Place | str]:
    """Write one tar, and beside it what makes it a finished one; `first` is the number of its first row."""
    places: list[Place | str] = []
    with tables.whole(path) as beside:
        with open(beside, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for number, picture in enumerate(pictures, first):
                if isinstance(picture, str):
                    places.append(picture)
                    continue
                offset = file.tell() + tarfile.BLOCKSIZE  # past the member's header, which is one block
                places.append(Place(path.name, offset, len(picture), zlib.crc32(picture)))
                _add(tar, f"{key(number)}.webp", picture)
                _add(tar, f"{key(number)}.json", line(columns, number))
        digest = images.digest_bytes(beside)
    said = [place if isinstance(place, str) else place[1:] for place in places]
    write_json(path.with_suffix(".json"), {"sha256": digest, "places": said})
    return places


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # of time 0 and owner 0
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def key(number: int) -> str:
    """Name of a row's members; without a point, at which webdataset would cut it."""
    return f"{number:09d}"


def line(columns: Columns, number: int) -> bytes:
    """A row as JSON: its cells by column, as text."""
    row = {name: cells[number] for name, cells in columns.items()}
    return json.dumps(row, ensure_ascii=False).encode()


def finished(tar: Path, rows: Sequence[Row], encode: Encode) -> list[Place | str] | None:
    """What a finished tar holds; None where it must be made: torn, altered, or a refused picture can be read by now."""
    said = read_json(tar.with_suffix(".json"))
    try:
        if said is None or images.digest_bytes(tar) != said["sha256"]:
            return None
        places = [one if isinstance(one, str) else Place(tar.name, *one) for one in said["places"]]
        right = len(places) == len(rows) and _hold(tar, places)
    except (OSError, KeyError, TypeError, ValueError):
        return None
    refused = [(row, place) for row, place in zip(rows, places, strict=False) if isinstance(place, str)]
    return places if right and all(encode(row) == reason for row, reason in refused) else None


def _hold(tar: Path, places: Sequence[Place | str]) -> bool:
    """Whether all pictures lie where the places say."""
    with open(tar, "rb") as file:
        for place in places:
            if isinstance(place, Place):
                file.seek(place.offset)
                if zlib.crc32(file.read(place.length)) != place.crc32:
                    return False
    return True


def read_json(path: Path) -> dict[str, Any] | None:
    """What a JSON file says; None where it is absent or torn."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def write_json(path: Path, said: Mapping[str, Any]) -> None:
    """Write a JSON file that is whole or absent."""
    with tables.whole(path) as beside:
        beside.write_text(json.dumps(said) + "\n", encoding="utf-8")
