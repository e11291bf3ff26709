"""Rows to prepared pictures to vectors, every row accounted for."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from tqdm import tqdm

from mmfundus.data import images
from mmfundus.data.images import Picture
from mmfundus.errors import UnreadableImage
from mmfundus.models.reader import Reader
from mmfundus.models.runtime import CORES
from mmfundus.types import Embeddings, Refusal, Row

CHUNK = 64  # rows prepared while the model reads those before them: bounds memory whatever the table's length


@dataclass(frozen=True)
class Prepared:
    """Rows and the pictures of those that could be read, in order."""

    rows: tuple[Row, ...]
    pixels: UInt8[np.ndarray, "k s s 3"]  # of the k rows with refused == ""
    refused: tuple[str, ...]  # per row: "" or the reason

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The rows that could not be read."""
        pairs = zip(self.rows, self.refused, strict=True)
        return tuple(Refusal(row.image, reason) for row, reason in pairs if reason)

    def spread(self, vectors: Float32[np.ndarray, "k d"]) -> Float32[np.ndarray, "n d"]:
        """Vectors of the read rows at their rows' places; NaN at refused ones."""
        spread = np.full((len(self.rows), vectors.shape[1]), np.nan, np.float32)
        spread[[not reason for reason in self.refused]] = vectors
        return spread


def prepare(rows: Sequence[Row], picture: Picture, size: int, trained_on: Sequence[str] | None = None) -> Prepared:
    """Read and prepare rows, a core each; an unreadable image or a modality not trained on is refused by name."""
    with ThreadPoolExecutor(CORES) as pool:
        return _together(rows, [pool.submit(_one, row, picture, trained_on) for row in rows], size)


def _one(row: Row, picture: Picture, trained_on: Sequence[str] | None) -> UInt8[np.ndarray, "s s 3"] | str:
    """The prepared picture of a row, or why there is none."""
    if trained_on is not None and row.modality not in trained_on:
        return f"{row.image}: the model was not trained on {row.modality} images, only on {', '.join(trained_on)}."
    try:
        return picture(row)
    except UnreadableImage as error:
        return str(error)


def _together(rows: Sequence[Row], begun: Sequence[Future[UInt8[np.ndarray, "s s 3"] | str]], size: int) -> Prepared:
    found = [one.result() for one in begun]
    pixels = [item for item in found if not isinstance(item, str)]
    stacked = np.stack(pixels) if pixels else np.zeros((0, size, size, 3), np.uint8)
    return Prepared(tuple(rows), stacked, tuple(item if isinstance(item, str) else "" for item in found))


def _ahead(rows: Sequence[Row], picture: Picture, size: int, trained_on: Sequence[str] | None) -> Iterator[Prepared]:
    """`prepare` a chunk at a time, the next one being prepared while the last is in use."""
    with ThreadPoolExecutor(CORES) as pool:

        def begin(start: int) -> list[Future[UInt8[np.ndarray, "s s 3"] | str]]:
            return [pool.submit(_one, row, picture, trained_on) for row in rows[start : start + CHUNK]]

        coming = begin(0)
        for start in range(0, len(rows), CHUNK):
            ready = _together(rows[start : start + CHUNK], coming, size)
            coming = begin(start + CHUNK)
            yield ready


def from_files(root: Path, size: int) -> Picture:
    """Pictures prepared from the files of a folder."""
    return lambda row: images.prepared(root / row.image, row.modality, size)


def embed(reader: Reader, rows: Sequence[Row], root: Path) -> Embeddings:
    """Vectors of all rows, with progress on a terminal; memory does not grow with the pictures."""
    picture = from_files(root, reader.size)
    vectors: list[Float32[np.ndarray, "k d"]] = []
    refused: list[str] = []
    with tqdm(total=len(rows), desc="reading", unit="image", disable=None, leave=False) as bar:
        for ready in _ahead(rows, picture, reader.size, reader.trained_on):
            if len(ready.pixels):
                vectors.append(reader.images(ready.pixels))
            refused += ready.refused
            bar.update(len(ready.rows))
    table = np.full((len(rows), vectors[0].shape[1] if vectors else 1), np.nan, np.float32)
    if vectors:
        table[[not reason for reason in refused]] = np.concatenate(vectors)
    return Embeddings(tuple(rows), table, tuple(refused))
