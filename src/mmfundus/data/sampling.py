"""Which rows make up an epoch, and which of them share a batch.

An order is a function of the rows, the seed and the epoch's number, and of nothing that came
before: a run that is taken up again anywhere, on any number of ranks, draws the same.
"""

import functools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Int64

from mmfundus.data.splits import patient_key
from mmfundus.knowledge import concepts
from mmfundus.types import Row

Balance = Literal["none", "source", "concept"]

CHAPTER = 1024  # draws that one random generator is made for, at least: small groups repeat often


def epoch_order(
    rows: Sequence[Row], seed: int, epoch: int, balance: Balance, pairs: bool, batch: int
) -> list[list[int]]:
    """Batches of row numbers: always `len(rows)` draws in `steps(len(rows), batch)` batches, sizes within 1.

    Without balance each row is drawn once. With it, sources (`row.extra["source"]`) or narrowest
    present concepts take turns: over any number of epochs their draws differ by 1 at most. Each
    goes through all its rows before one comes again, a large one over several epochs, a small
    one often within an epoch; `account` tells which. A row with two concepts takes part in both;
    rows where nothing is known to be present are a group like any other.

    With `pairs`, images of one eye in different modalities share a batch, as `_paired` says.
    """
    eyes = _numbers((_patient(row), row.eye) for row in rows) if pairs else np.arange(len(rows))
    drawn = np.arange(len(rows)) if balance == "none" else _balanced(_groups(rows, balance), eyes, seed, epoch)
    order = drawn[np.random.default_rng([seed, epoch]).permutation(len(rows))]
    ends = np.cumsum(_sizes(len(rows), batch))
    if pairs and len(rows):
        modalities = _numbers(row.modality for row in rows)
        home = _paired(eyes[order], modalities[order], _sizes(len(rows), batch), seed, epoch)
        order = order[np.argsort(home, kind="stable")]
    return [part.tolist() for part in np.split(order, ends)[:-1]]


def steps(rows: int, batch: int) -> int:
    """Batches of an epoch: the same in every epoch, whatever is balanced or paired."""
    return -(-rows // batch)


def account(order: Iterable[Sequence[int]], rows: Sequence[Row]) -> Int64[np.ndarray, "n"]:
    """How often each row is drawn in the batches of one or more epochs; 0 = not yet."""
    drawn = [np.asarray(part, dtype=np.int64) for part in order]
    return np.bincount(np.concatenate(drawn or [np.zeros(0, np.int64)]), minlength=len(rows)).astype(np.int64)


def _sizes(rows: int, batch: int) -> Int64[np.ndarray, "b"]:
    """Sizes of an epoch's batches, the larger first, as NumPy's array_split has them."""
    number = steps(rows, batch)
    return np.array([rows // number + (i < rows % number) for i in range(number)], dtype=np.int64)


# ---- balance: groups take turns, each with an endless stream of its own ------------------------------


def _groups(rows: Sequence[Row], balance: Balance) -> list[Int64[np.ndarray, "m"]]:
    """Row numbers of each source or concept, in the order of their names; groups of concepts overlap."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        for name in (row.extra.get("source", ""),) if balance == "source" else _narrowest(row.present):
            members[name].append(i)
    return [np.array(members[name], dtype=np.int64) for name in sorted(members)]


@functools.cache  # a table has few distinct sets of concepts
def _narrowest(present: tuple[str, ...]) -> tuple[str, ...]:
    """The concepts that no other one implies; ("",) for none."""
    above = {name: concepts.implied((name,), ())[0] - {name} for name in present}
    return tuple(name for name in above if not any(name in wider for wider in above.values())) or ("",)


def _balanced(
    groups: Sequence[Int64[np.ndarray, "_"]], eyes: Int64[np.ndarray, "n"], seed: int, epoch: int
) -> Int64[np.ndarray, "n"]:
    """The rows of one epoch. Of all draws ever made, the k-th is of group k modulo their number."""
    rows, number = len(eyes), len(groups)
    drawn = [np.zeros(0, dtype=np.int64)]
    for i, members in enumerate(groups):
        first, last = (-(-(draws - i) // number) for draws in (epoch * rows, (epoch + 1) * rows))
        drawn.append(_stream(members, eyes[members], (seed, i), first, last))
    return np.concatenate(drawn)


def _stream(
    members: Int64[np.ndarray, "m"], eyes: Int64[np.ndarray, "m"], seed: tuple[int, int], first: int, last: int
) -> Int64[np.ndarray, "draws"]:
    """Draws number `first` to `last` (not included) from shuffles of the members, one after the other.

    An eye's images stay side by side, so that what is drawn in one epoch holds them together.
    """
    _, eyes = np.unique(eyes, return_inverse=True)
    shuffles = -(-CHAPTER // len(members))
    chapter = shuffles * len(members)
    pages = [np.zeros(0, dtype=np.int64)]
    for number in range(first // chapter, -(-last // chapter)):
        # The fourth number keeps apart from the seeds of orders and of augmentation: NumPy pads with zeros.
        keys = np.random.default_rng([*seed, number, 2]).random((shuffles, eyes.max() + 1))
        pages.append(members[np.argsort(keys[:, eyes], axis=1, kind="stable")].ravel())
    start = first // chapter * chapter
    return np.concatenate(pages)[first - start : last - start]


# ---- pairs: the images of an eye share a batch -------------------------------------------------------


def _patient(row: Row) -> str:
    return patient_key(row) if row.patient else row.image


def _numbers(names: Iterable[Hashable]) -> Int64[np.ndarray, "n"]:
    """Equal numbers for equal names, counted in order of appearance."""
    place: dict[Hashable, int] = {}
    return np.array([place.setdefault(name, len(place)) for name in names], dtype=np.int64)


def _paired(
    eyes: Int64[np.ndarray, "n"],
    modalities: Int64[np.ndarray, "n"],
    sizes: Int64[np.ndarray, "b"],
    seed: int,
    epoch: int,
) -> Int64[np.ndarray, "n"]:
    """The batch of each draw: sets of one eye are dealt round the batches, the rest fills them up.

    Batches have their exact sizes, so where there is not enough rest to fill up with, a set is
    divided: never more than m - 1 sets a batch, if sets have at most m images, and none at all
    where there are m images a batch that are in no set.
    """
    sets, images = _sets(eyes, modalities)
    dealt = np.argsort(-images, kind="stable")[: np.count_nonzero(images > 1)]  # the large ones while there is room
    turns = np.random.default_rng([seed, epoch, 0, 3]).permutation(len(sizes))
    rounds = np.zeros((steps(len(dealt), len(sizes)), len(sizes)), dtype=np.int64)
    rounds.flat[: len(dealt)] = images[dealt]
    fits = (rounds.cumsum(axis=0) <= sizes[turns]).flat[: len(dealt)]
    home_of_set = np.full(len(images), -1, dtype=np.int64)
    home_of_set[dealt] = np.where(fits, np.resize(turns, len(dealt)), -1)
    home: Int64[np.ndarray, n] = home_of_set[sets]
    rest = np.flatnonzero(home < 0)
    divided_first = np.where(images[sets[rest]] > 1, sets[rest], len(images))
    rest = rest[np.argsort(divided_first, kind="stable")]  # side by side, so most come together all the same
    home[rest] = np.repeat(np.arange(len(sizes)), sizes - np.bincount(home[home >= 0], minlength=len(sizes)))
    return home


def _sets(
    eyes: Int64[np.ndarray, "n"], modalities: Int64[np.ndarray, "n"]
) -> tuple[Int64[np.ndarray, "n"], Int64[np.ndarray, "s"]]:
    """The set of each draw, and how many draws are in each set; sets are in the order in which eyes are drawn.

    The first image of each modality of an eye is in the eye's first set, the second in the
    second, and so on: with two pictures of one modality and one of another, one stays alone.
    """
    _, first, eye = np.unique(eyes, return_index=True, return_inverse=True)
    eye = first[eye]  # drawn anew in each epoch, unlike the eye's number
    kind = eye * (modalities.max() + 1) + modalities
    by_kind = np.argsort(kind, kind="stable")
    begins = np.flatnonzero(np.diff(kind[by_kind], prepend=-1))
    nth = np.empty_like(kind)
    nth[by_kind] = np.arange(len(kind)) - np.repeat(begins, np.diff(begins, append=len(kind)))
    _, sets, images = np.unique(eye * len(kind) + nth, return_inverse=True, return_counts=True)
    return sets, images
