"""Rows to batches: which sample comes when, read, augmented and put together. Needs torch.

The order depends on the seed and the epoch alone, and a sample's augmentation on the seed,
the epoch and its row: not on workers, ranks or where a run was taken up again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch.utils.data import DataLoader, Dataset

from mmfundus import plugins
from mmfundus.data import images
from mmfundus.data.augment import augment
from mmfundus.data.manifest import labels
from mmfundus.errors import UnreadableImage
from mmfundus.knowledge import prompts
from mmfundus.tensors import Batch
from mmfundus.types import Manifest, Refusal, Row

Tokenise = Callable[[Sequence[str]], Int64[np.ndarray, "n l"]]
KEEP_BYTES = 1 << 30  # prepared pictures kept in memory, so that small sets are decoded once


@dataclass(frozen=True, slots=True)
class Place:
    """One draw of one row: all randomness of a sample comes from its place and the run's seed."""

    epoch: int
    row: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as drawn."""

    row: Row
    pixels: UInt8[np.ndarray, "s s 3"]
    text: str


def epoch_batches(rows: int, batch: int, seed: int, epoch: int) -> list[list[Place]]:
    """Every row once, in an order that depends on seed and epoch alone, in batches of nearly equal size."""
    order = np.random.default_rng([seed, epoch]).permutation(rows)
    parts = np.array_split(order, -(-rows // batch))
    return [[Place(epoch, int(row)) for row in part] for part in parts]


class Samples(Dataset[Sample | Refusal]):
    """Rows of a manifest, drawn at a `Place`; an unreadable image is a Refusal, never another image."""

    def __init__(self, rows: Sequence[Row], root: Path, size: int, seed: int, extra_aug: bool) -> None:
        self.rows, self.root, self.size, self.seed, self.extra_aug = tuple(rows), root, size, seed, extra_aug
        self.texts = tuple(row.captions or prompts.captions(row) for row in self.rows)
        self._kept: dict[int, UInt8[np.ndarray, "s s 3"]] = {}

    def __getitem__(self, place: Place) -> Sample | Refusal:
        row, texts = self.rows[place.row], self.texts[place.row]
        try:
            pixels = self._prepared(place.row)
        except UnreadableImage as error:
            return Refusal(row.image, str(error))
        rng = np.random.default_rng([self.seed, place.epoch, place.row, 1])
        limits = plugins.load("mmfundus.modalities", row.modality).LIMITS
        text = texts[rng.integers(len(texts))]
        return Sample(row, augment(pixels, limits, rng, extra=self.extra_aug), text)

    def _prepared(self, row: int) -> UInt8[np.ndarray, "s s 3"]:
        if row in self._kept:
            return self._kept[row]
        pixels = images.prepared(self.root / self.rows[row].image, self.rows[row].modality, self.size)
        if (len(self._kept) + 1) * pixels.nbytes <= KEEP_BYTES:
            self._kept[row] = pixels
        return pixels


def batches(
    samples: Samples, places: Sequence[list[Place]], tokens: Tokenise, concepts: Sequence[str], workers: int
) -> Iterator[Batch]:
    """Batches at the given places, in that order."""

    def collate(drawn: list[Sample | Refusal]) -> Batch:
        return assemble(drawn, samples.size, tokens, concepts)

    yield from DataLoader(
        samples,
        batch_sampler=places,  # lists of places are what is iterated
        collate_fn=collate,
        num_workers=workers,
        generator=torch.Generator(),  # else each loader draws from torch's own random state, and a cut would show
        multiprocessing_context="fork" if workers else None,
    )


def assemble(drawn: Sequence[Sample | Refusal], size: int, tokens: Tokenise, concepts: Sequence[str]) -> Batch:
    """Samples to one batch; what was refused travels along, named."""
    taken = [sample for sample in drawn if isinstance(sample, Sample)]
    rows = [sample.row for sample in taken]
    pixels = np.stack([s.pixels for s in taken]) if taken else np.zeros((0, size, size, 3), np.uint8)
    ids = tokens([s.text for s in taken]) if taken else np.zeros((0, 1), np.int64)
    return Batch(
        pixels=torch.from_numpy(pixels),
        tokens=torch.from_numpy(ids),
        labels=torch.from_numpy(labels(rows, concepts).astype(np.float32)),
        texts=tuple(sample.text for sample in taken),
        patient=tuple(row.patient for row in rows),
        eye=tuple(row.eye for row in rows),
        modality=tuple(row.modality for row in rows),
        images=tuple(row.image for row in rows),
        refused=tuple(item for item in drawn if isinstance(item, Refusal)),
    )


def stated_concepts(manifest: Manifest) -> tuple[str, ...]:
    """Concept ids that some row states, sorted: the columns of a batch's labels."""
    return tuple(sorted({concept for row in manifest.rows for concept in (*row.present, *row.absent)}))
