"""Which images of one table are in another: the same patient, file, pixels, or the same picture altered.

Near-duplicates are sought in two stages (`data.texture`): coarse vectors propose for each image the few
likeliest of the other table, mirrored ones too, and registration decides. Two pictures of one eye
taken in one sitting can agree as well as a copy; they are worth the same look.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mmfundus import tables
from mmfundus.data import texture
from mmfundus.data.fingerprints import Print, Prints, hashed
from mmfundus.types import Row

KINDS = ("bytes", "pixels", "near", "patient")  # the surest first
ALIKE = 0.8  # correlation from which two textures are one picture; how it was chosen is in LOG.md
LIKELY = 0.33  # correlation of coarse vectors below which no pair is registered
CANDIDATES = 5  # images of the other table that are registered against each image
BLOCK = 64  # images whose probes are compared at once


@dataclass(frozen=True, slots=True)
class Match:
    """An image and the image of another table that it matches."""

    table: str
    image: str
    other: str  # the other table's name
    match: str
    how: str  # kinds joined by ";"; "near (mirrored)" where the eye was flipped
    score: float  # 1 for equal pixels, the correlation of near ones, NaN for patients alone

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of KINDS, those that hold."""
        return tuple(kind for kind in KINDS if kind in self.how)


def between(one: Prints, other: Prints) -> list[Match]:
    """All matches of two tables, in the order of the first. Patients are compared where both have one salt."""
    assert one.salt == other.salt, "patients are hashed with different salts; `against` hashes them anew"
    found: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for kind in ("bytes", "pixels"):
        for pair in _equal(*([getattr(p, kind) for p in part.prints] for part in (one, other))):
            if "bytes" not in found[pair]:
                found[pair][kind] = 1.0
    for i, j, mirrored, score in near(one.prints, other.prints):
        if not {"bytes", "pixels"} & found.get((i, j), {}).keys():
            found[i, j]["near (mirrored)" if mirrored else "near"] = score
    for pair in _equal(*([p.patient for p in part.prints] for part in (one, other))):
        found[pair]["patient"] = np.nan
    return [
        Match(one.name, one.prints[i].image, other.name, other.prints[j].image, ";".join(how), next(iter(how.values())))
        for (i, j), how in sorted(found.items())
    ]


def against(rows: Sequence[Row], one: Prints, other: Prints) -> list[Match]:
    """Matches of a table's rows with prints of another salt, such as a model's."""
    prints = tuple(replace(p, patient=hashed(row, other.salt)) for row, p in zip(rows, one.prints, strict=True))
    return between(replace(one, prints=prints, salt=other.salt), other)


def within(found: Prints) -> list[Match]:
    """Matches of images in different splits of one table."""
    splits = sorted({one.split for one in found.prints})
    parts = [
        replace(found, name=f"{found.name}, {split}", prints=tuple(p for p in found.prints if p.split == split))
        for split in splits
    ]
    return [match for one, other in combinations(parts, 2) for match in between(one, other)]


def near(one: Sequence[Print], other: Sequence[Print]) -> list[tuple[int, int, bool, float]]:
    """Positions of pictures that are one, whether one is mirrored, and their correlation."""
    if not one or not other:
        return []
    table = np.stack([texture.coarse(texture.signed(p.texture)) for p in other])
    with ThreadPoolExecutor() as pool:
        checked = pool.map(lambda asked: _checked(one, other, asked), _candidates(one, table))
        return [found for found in checked if found is not None]


Asked = tuple[int, int, texture.Placement]


def _candidates(one: Sequence[Print], table: Float32[np.ndarray, "m d"]) -> Iterator[Asked]:
    """Pairs worth registering, and how the first roughly lies over the second."""
    count = min(CANDIDATES, len(table))
    for start in range(0, len(one), BLOCK):
        block = one[start : start + BLOCK]
        probes = np.stack([texture.probes(p.texture) for p in block])
        scores = probes.reshape(-1, probes.shape[-1]) @ table.T
        scores = scores.reshape(len(block), len(texture.PROBES), len(table))
        best = scores.max(axis=1)
        for i, line in enumerate(best):
            for j in np.argpartition(-line, count - 1)[:count]:
                if line[j] >= LIKELY:
                    yield start + i, int(j), texture.PROBES[int(scores[i, :, j].argmax())]


def _checked(one: Sequence[Print], other: Sequence[Print], asked: Asked) -> tuple[int, int, bool, float] | None:
    i, j, rough = asked
    score = texture.agreement(one[i].texture, other[j].texture, rough)
    return (i, j, rough.mirrored, score) if score >= ALIKE else None


def _equal(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Positions of equal texts; an empty one equals none."""
    places: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(right):
        places[text].append(j)
    yield from ((i, j) for i, text in enumerate(left) if text for j in places.get(text, ()))


def write(matches: Sequence[Match], path: Path) -> None:
    """A row a match: table, image, other, match, how, score."""
    names = ("table", "image", "other", "match", "how", "score")
    tables.write(path, {name: [getattr(match, name) for match in matches] for name in names})
