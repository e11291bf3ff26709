"""Which images of one table are in another: the same patient, file, pixels, or the same picture altered.

Near-duplicates are sought in two stages (`data.texture`): coarse vectors propose for each image the few
likeliest of the other table, mirrored ones too, and registration decides. This needs no model. Where one has
looked, its vectors decide on the pictures too plain for that, and on no others: vectors of small models bring
copies no nearer than some two eyes. Two pictures of one eye taken in one sitting can agree as well as a
copy; they are worth the same look. Thresholds were chosen on train rows (LOG.md).
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64
from tqdm import tqdm

from mmfundus import tables
from mmfundus.data import texture
from mmfundus.data.fingerprints import Print, Prints, hashed
from mmfundus.types import Row

KINDS = ("bytes", "pixels", "near", "patient")  # the surest first
ALIKE = 0.8  # correlation from which two textures are one picture; how it was chosen is in LOG.md
ALIKE_LAYERED = 0.85  # the same of sections: layers of healthy eyes run alike
NEARER, USUAL_OF = 0.4, 50  # share of the usual distance below which vectors are one picture's; pictures to know it
LIKELY = 0.25  # correlation of coarse vectors below which no pair is registered
CANDIDATES = 5  # images of the other table that are registered against each image
PROBED, BLOCK = 1024, 4096  # images of either table that are in memory at once
AT_ONCE = 32  # of the first, in one matrix product
TAKEN, PLACED, COMPARED = 0.01, 0.06, 1.1e-6  # seconds on two cores: a print, an image of the first, a pair (LOG.md)


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


def seconds(one: int, other: int) -> float:
    """About how long two tables of that many prints are searched for near-duplicates; digests take no time."""
    return one * (PLACED + other * COMPARED)


def between(one: Prints, other: Prints, altered: bool = True) -> list[Match]:
    """All matches of two tables, in the order of the first. Patients are compared where both have one salt.

    Not `altered`: digests and patients alone, which takes no time.
    """
    assert one.salt == other.salt, "patients are hashed with different salts; `against` hashes them anew"
    found: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for kind in ("bytes", "pixels"):
        for pair in _equal(*([getattr(p, kind) for p in part.prints] for part in (one, other))):
            if "bytes" not in found[pair]:
                found[pair][kind] = 1.0
    for i, j, how, score in near(one.prints, other.prints) if altered else ():
        if not {"bytes", "pixels"} & found.get((i, j), {}).keys():
            found[i, j][how] = score
    for pair in _equal(*([p.patient for p in part.prints] for part in (one, other))):
        found[pair]["patient"] = np.nan
    return [
        Match(one.name, one.prints[i].image, other.name, other.prints[j].image, ";".join(how), next(iter(how.values())))
        for (i, j), how in sorted(found.items())
    ]


def against(rows: Sequence[Row], one: Prints, other: Prints, altered: bool = True) -> list[Match]:
    """Matches of a table's rows with prints of another salt, such as a model's."""
    prints = tuple(replace(p, patient=hashed(row, other.salt)) for row, p in zip(rows, one.prints, strict=True))
    return between(replace(one, prints=prints, salt=other.salt), other, altered)


def within(found: Prints, altered: bool = True) -> list[Match]:
    """Matches of images in different splits of one table."""
    splits = sorted({one.split for one in found.prints})
    parts = [
        replace(found, name=f"{found.name}, {split}", prints=tuple(p for p in found.prints if p.split == split))
        for split in splits
    ]
    return [match for one, other in combinations(parts, 2) for match in between(one, other, altered)]


Found = tuple[int, int, str, float]  # positions in the two tables, how they were found, and how alike they are
Asked = tuple[int, int, texture.Placement]


def near(one: Sequence[Print], other: Sequence[Print]) -> list[Found]:
    """Pictures that are one: those whose detail agrees, and of those too plain for it, those whose vectors do."""
    found: list[Found] = []
    bar = tqdm(total=len(one), desc="compared", unit=" images", file=sys.stderr, disable=None, leave=False)
    with ThreadPoolExecutor() as pool, bar:
        for looked, asked in _candidates(one, other):
            checked = pool.map(lambda it: _checked(one, other, it), asked)
            found += [pair for pair in checked if pair is not None]
            bar.update(looked)
    return found + list(_by_vector(one, other))


def _candidates(one: Sequence[Print], other: Sequence[Print]) -> Iterator[tuple[int, list[Asked]]]:
    """Of some images at a time: their number, the pairs worth registering, how the first roughly lies over the second.

    Memory is bound whatever the tables' length: the probes of PROBED images of the first, the coarse vectors of
    BLOCK of the second, which are made anew for the next PROBED.
    """
    ours, theirs = ([i for i, p in enumerate(part) if p.texture] for part in (one, other))
    for mine in _blocks(ours, PROBED):
        probes = np.stack([texture.probes(texture.unpacked(one[i].texture)) for i in mine])
        found = [_likeliest(probes, _table(other, block), block) for block in _blocks(theirs, BLOCK)]
        if not found:
            return
        score, at, which = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
        asked: list[Asked] = []
        for i, *line in zip(mine, score, at, which, strict=True):
            best = np.argsort(-line[0], kind="stable")[:CANDIDATES]
            asked += [(i, int(line[1][k]), texture.PROBES[line[2][k]]) for k in best if line[0][k] >= LIKELY]
        yield len(mine), asked


def _table(prints: Sequence[Print], block: Sequence[int]) -> Float32[np.ndarray, "m d"]:
    return np.stack([texture.coarse(texture.signed(texture.unpacked(prints[j].texture))) for j in block])


def _likeliest(
    probes: Float32[np.ndarray, "n p d"], table: Float32[np.ndarray, "m d"], block: Sequence[int]
) -> tuple[Float32[np.ndarray, "n k"], Int64[np.ndarray, "n k"], Int64[np.ndarray, "n k"]]:
    """For each image the CANDIDATES likeliest of a block: their correlations, positions and best probes."""
    count, lines = min(CANDIDATES, len(block)), []
    for part in np.array_split(probes, max(1, len(probes) // AT_ONCE)):
        scores = (part.reshape(-1, part.shape[-1]) @ table.T).reshape(len(part), -1, len(block))
        best = scores.max(axis=1)
        at = np.argpartition(-best, count - 1, axis=1)[:, :count]
        which = np.take_along_axis(scores, at[:, None], axis=2).argmax(axis=1)
        lines.append((np.take_along_axis(best, at, axis=1), np.array(block)[at], which))
    score, at, which = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    return score, at, which


def _blocks(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


def _checked(one: Sequence[Print], other: Sequence[Print], asked: Asked) -> Found | None:
    i, j, rough = asked
    if one[i].layered != other[j].layered:
        return None
    score = texture.agreement(texture.unpacked(one[i].texture), texture.unpacked(other[j].texture), rough)
    alike = ALIKE_LAYERED if one[i].layered else ALIKE
    return (i, j, "near (mirrored)" if rough.mirrored else "near", score) if score >= alike else None


def _by_vector(one: Sequence[Print], other: Sequence[Print]) -> Iterator[Found]:
    """Pairs of which one is too plain for its detail to be compared, where a model's vectors lie close enough.

    How close two pictures usually come differs from model to model, so the unit is the median distance of the
    other table's pictures to their nearest.
    """
    ours, theirs = ([i for i, p in enumerate(part) if p.vector] for part in (one, other))
    if not ours or len(theirs) < USUAL_OF:
        return
    table = _vectors(other, theirs)
    limit = NEARER * _usual(table)
    for block in _blocks(ours, AT_ONCE):
        cosines = _vectors(one, block) @ table.T
        for k, m in np.argwhere(1 - cosines <= limit).tolist():
            if one[block[k]].plain or other[theirs[m]].plain:
                yield block[k], theirs[m], "near (vector)", float(cosines[k, m])


def _vectors(prints: Sequence[Print], at: Sequence[int]) -> Float32[np.ndarray, "n d"]:
    return np.stack([np.frombuffer(prints[i].vector, "<f4") for i in at])


def _usual(table: Float32[np.ndarray, "n d"]) -> float:
    """Median distance to the nearest, of a thousand pictures."""
    some = np.unique(np.linspace(0, len(table) - 1, min(len(table), 1000)).astype(int))
    nearest = []
    for block in np.array_split(some, -(-len(some) // AT_ONCE)):
        distances = 1 - table[block] @ table.T
        distances[np.arange(len(block)), block] = np.inf
        nearest.append(distances.min(axis=1))
    return float(np.median(np.concatenate(nearest)))


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
