"""The embeddings table: `image, modality, patient, eye, bytes, refused_because, vector`, and its use as a cache.

A vector is a cell of bytes, float32 in little-endian order (`numpy.frombuffer(cell, "<f4")`), of unit length;
it is empty where the image was refused. The table says inside whose vectors they are: the model's name and
digest, and the version of each modality's preparation. An image is known again by its name, its modality and
its file's size; another size is another picture and is read anew.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmfundus import tables
from mmfundus.errors import ManifestError, UsageError
from mmfundus.models import bundle
from mmfundus.models.embed import embed
from mmfundus.models.reader import Reader
from mmfundus.models.runtime import OnnxReader
from mmfundus.types import Embeddings, Row

COLUMNS = ("image", "modality", "patient", "eye", "bytes", "refused_because", "vector")
BLOCK = 4096  # rows read between two writings, at least: what a run that is cut off may lose

Key = tuple[str, str, int]  # image, modality, bytes of its file
Known = dict[Key, tuple[Row, str, bytes]]  # the row as first read, why it was refused, its vector's bytes


def identity(reader: Reader) -> str:
    """A digest that differs where a picture's vector would: of the image graph, or of what it says of one picture."""
    if isinstance(reader, OnnxReader):
        return str(reader.bundle.info["files"]["image.onnx"]["sha256"])
    grid = np.arange(reader.size**2 * 3, dtype=np.uint32).reshape(1, reader.size, reader.size, 3)
    said = reader.images((grid * 2654435761 >> 7).astype(np.uint8))
    return hashlib.sha256(np.round(said, 3).tobytes()).hexdigest()


def embedded(
    reader: Reader, rows: Sequence[Row], root: Path, path: Path | None = None, manifest: str = ""
) -> Embeddings:
    """Vectors of rows; with `path` those that the table there holds are taken from it, and the others added to it.

    A run that is cut off goes on where the table was last written. Raises UsageError where the table is of another
    model or preparation, or is not Parquet; ManifestError where it is no embeddings table.
    """
    if path is None:
        return embed(reader, rows, root)
    made_by = {"model": reader.name, "model_digest": identity(reader), "preparation": bundle.modality_versions()}
    known = _read(path, made_by) if path.exists() else {}
    keys = [(row.image, row.modality, _size(root / row.image)) for row in rows]
    missing = [i for i, key in enumerate(keys) if key not in known]
    while missing:
        block, missing = missing[: max(BLOCK, len(known) // 4)], missing[max(BLOCK, len(known) // 4) :]
        fresh = embed(reader, [rows[i] for i in block], root)
        for i, vector, refused in zip(block, fresh.vectors, fresh.refused, strict=True):
            known[keys[i]] = (rows[i], refused, b"" if refused else vector.astype("<f4").tobytes())
        tables.write(path, _columns(known), {**made_by, "manifest": manifest, "versions": tables.versions()})
    return _gathered(rows, [known[key] for key in keys])


def _size(path: Path) -> int:
    """Bytes of a file; -1 where there is none, which `embed` refuses by name."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _columns(known: Known) -> dict[str, list[Any]]:
    rows = [row for row, _, _ in known.values()]
    return {
        "image": [image for image, _, _ in known],
        "modality": [modality for _, modality, _ in known],
        "patient": [row.patient for row in rows],
        "eye": [row.eye for row in rows],
        "bytes": [size for _, _, size in known],
        "refused_because": [refused for _, refused, _ in known.values()],
        "vector": [vector for _, _, vector in known.values()],
    }


def _read(path: Path, made_by: Mapping[str, Any]) -> Known:
    if path.suffix.lower() != ".parquet":
        raise UsageError(f"{path.name!r} cannot hold embeddings: they are kept as .parquet. Give such a name.")
    table, told = tables.read(path), tables.provenance(path)
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ManifestError(f"{path.name} is no embeddings table: it has no column {missing[0]!r}. Give another file.")
    for name, value in made_by.items():
        if name != "model" and told.get(name) != value:
            what = "another model's" if name == "model_digest" else "of pictures prepared otherwise"
            raise UsageError(
                f"The vectors in {path.name} are {what} (made by {told.get('model', 'an unknown model')!r}); asked is "
                f"{made_by['model']!r}. Give another file to --embeddings, or remove this one."
            )
    cells = zip(*(table[name] for name in COLUMNS), strict=True)
    return {
        (image, modality, size): (Row(image, modality, patient, eye), refused or "", vector or b"")
        for image, modality, patient, eye, size, refused, vector in cells
    }


def _gathered(rows: Sequence[Row], found: Sequence[tuple[Row, str, bytes]]) -> Embeddings:
    width = max((len(vector) // 4 for _, _, vector in found), default=0) or 1
    table = np.full((len(rows), width), np.nan, np.float32)
    for i, (_, refused, vector) in enumerate(found):
        if not refused:
            table[i] = np.frombuffer(vector, "<f4")
    return Embeddings(tuple(rows), table, tuple(refused for _, refused, _ in found))
