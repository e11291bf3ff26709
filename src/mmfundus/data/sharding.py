"""A manifest to shards: every picture prepared once, packed in webdataset tars, with an index of where each lies.

    shards.json         what the shards are of: manifest and its digest, side, preparation versions
    shard-000000.tar    the pictures of the first `per_shard` rows, and so on; see `packing`
    shard-000000.json   its digest and what it holds; written after the tar, it makes it a finished one
    index.parquet       written last, from all of these; see `shards` for reading

Which rows a shard holds follows from the manifest alone, and nothing in a tar from the clock
or the user, so the same manifest gives the same bytes and work that was cut off goes on.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from mmfundus import __version__, tables
from mmfundus.data import manifest as manifests
from mmfundus.data import packing
from mmfundus.data.shards import ABOUT, COLUMNS, INDEX, MAX_SIDE, Place, preparation
from mmfundus.errors import ManifestError, UsageError
from mmfundus.types import Manifest, Refusal

OTHER = "Give another folder."
SAME = {  # what must agree for shards to be continued, and what it is called
    "manifest_digest": "another manifest",
    "size": "another size",
    "per_shard": "another number of images a shard",
    "preparation": "another version of the preparation",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written: pictures + refused = rows of the manifest."""

    pictures: int
    refused: tuple[Refusal, ...]
    shards: int
    made: int  # shards made by this call; the others were there, whole
    bytes: int  # of all tars


def write(manifest: Manifest, out: Path, size: int, per_shard: int = 1000, workers: int = 2) -> Summary:
    """Shard a manifest into a folder, or go on where an earlier call was cut off.

    A finished tar whose digest is right is kept; a torn or altered one is made again, as is one
    with a refused picture that can be read by now. Pictures of finished tars are not looked at
    again: images that were changed since need a new folder. One process writes to a folder at a time.
    Raises UsageError (numbers out of range; the folder is another manifest's or size's) and
    ManifestError (rows that would not read back as they are).
    """
    for name, number, most in (("size", size, MAX_SIDE), ("per_shard", per_shard, 10**6), ("workers", workers, 256)):
        if not 1 <= number <= most:
            raise UsageError(f"{name} is {number}; it must be from 1 to {most}.")
    columns = _columns(manifest)
    about = _about(manifest, columns, size, per_shard)
    _claim(out, about)
    encode = partial(packing.encoded, root=manifest.root, size=size)
    places: list[Place | str] = []
    tars: list[Path] = []
    made = 0
    with ThreadPoolExecutor(workers) as pool, _progress(len(manifest.rows)) as bar:
        for first in range(0, len(manifest.rows), per_shard):
            rows = manifest.rows[first : first + per_shard]
            tars.append(out / f"shard-{len(tars):06d}.tar")
            found = packing.finished(tars[-1], rows, encode)
            if found is None:
                found = packing.make(tars[-1], first, packing.ahead(pool, encode, rows, bar), columns)
                made += 1
            else:
                bar.update(len(rows))
            places += found
    tables.write(out / INDEX, {**columns, **_place_columns(places)}, about)
    refused = [Refusal(r.image, said) for r, said in zip(manifest.rows, places, strict=True) if isinstance(said, str)]
    weight = sum(tar.stat().st_size for tar in tars)
    return Summary(len(places) - len(refused), tuple(refused), len(tars), made, weight)


def _columns(manifest: Manifest) -> packing.Columns:
    """The manifest as the columns it is written in. Raises ManifestError where it would not read back the same."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.parquet"
        manifests.write(manifest, path)
        columns, back = tables.read(path), manifests.read(path).rows
    for row, again in zip(manifest.rows, back, strict=True):
        if row != again:
            raise ManifestError(f"The row of {row.image!r} would not read back as it is. Write and read the manifest.")
    if taken := sorted(set(COLUMNS) & set(columns)):
        raise ManifestError(f"{manifest.name} has a column {taken[0]!r}, which the index of shards needs. Rename it.")
    return columns


def _about(manifest: Manifest, columns: packing.Columns, size: int, per_shard: int) -> dict[str, Any]:
    digest = hashlib.sha256()
    for number in range(len(manifest.rows)):
        digest.update(packing.line(columns, number) + b"\n")
    return {
        "manifest": manifest.name,
        "manifest_digest": digest.hexdigest(),
        "size": size,
        "per_shard": per_shard,
        "preparation": preparation({row.modality for row in manifest.rows}),
        "mmfundus": __version__,
    }


def _claim(out: Path, about: Mapping[str, Any]) -> None:
    """Make `out` a folder of these shards, or find that it already is; drop what a cut-off call left half-written."""
    out.mkdir(parents=True, exist_ok=True)
    described = out / ABOUT
    if described.exists():
        older = packing.read_json(described)
        if older is None:
            raise UsageError(f"{ABOUT} in {out.name!r} cannot be read, so its shards stay as they are. {OTHER}")
        for name, other in SAME.items():
            if older.get(name) != about[name]:
                told = f" ({older.get(name)}, not {about[name]})" if isinstance(about[name], int) else ""
                raise UsageError(f"The folder {out.name!r} holds shards of {other}{told}. {OTHER}")
    elif (out / INDEX).exists() or any(out.glob("shard-*.tar")):
        raise UsageError(f"The folder {out.name!r} holds shards but no {ABOUT} that says of what. {OTHER}")
    else:
        packing.write_json(described, about)
    for leftover in [*out.glob(".shard*.part"), *out.glob(f".{INDEX}.*.part")]:
        leftover.unlink()


def _place_columns(places: Sequence[Place | str]) -> dict[str, list[Any]]:
    """The index's own columns; where a picture was refused, its reason and nothing else."""
    found = [None if isinstance(place, str) else place for place in places]
    return {
        "shard": [place.shard if place else None for place in found],
        "shard_key": [packing.key(number) if place else None for number, place in enumerate(found)],
        "shard_offset": [place.offset if place else None for place in found],
        "shard_length": [place.length if place else None for place in found],
        "shard_crc32": [place.crc32 if place else None for place in found],
        "refused_because": [place if isinstance(place, str) else "" for place in places],
    }


def _progress(total: int) -> tqdm:
    return tqdm(total=total, desc="sharding", unit="image", disable=None, leave=False)
