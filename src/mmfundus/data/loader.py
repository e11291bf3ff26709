"""Rows to batches: which sample comes when, read, augmented and put together. Needs torch.

What comes at a step depends on the seed and the step alone (`data.sampling`), and a sample's
text and augmentation on the seed, the epoch and its row: not on workers, ranks or where a run
was taken up again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch.utils.data import DataLoader, Dataset

from mmfundus import plugins
from mmfundus.data import images
from mmfundus.data.augment import augment
from mmfundus.data.images import Picture
from mmfundus.data.manifest import labels
from mmfundus.errors import TrainingStopped, UnreadableImage, WorkError
from mmfundus.knowledge import prompts
from mmfundus.tensors import Batch
from mmfundus.types import Manifest, Refusal, Row

Tokenise = Callable[[Sequence[str]], Int64[np.ndarray, "n l"]]
KEEP_BYTES = 1 << 30  # prepared pictures kept in memory, so that small sets are decoded once
AHEAD = 2  # batches read ahead of the step that takes them, where reading and computing do not share cores
THREADS = max(1, min(8, os.cpu_count() or 1))  # Pillow decodes and alters outside the interpreter lock


@dataclass(frozen=True, slots=True)
class Place:
    """One draw of one row: all randomness of a sample comes from its place and the run's seed."""

    epoch: int
    row: int
    turn: int = 0  # how often the row was drawn in this epoch before


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as drawn."""

    row: Row
    pixels: UInt8[np.ndarray, "s s 3"]
    text: str


def places(order: Sequence[Sequence[int]], epoch: int) -> list[list[Place]]:
    """An epoch's batches of row numbers (`sampling.epoch_order`) as draws."""
    before: Counter[int] = Counter()
    drawn: list[list[Place]] = []
    for rows in order:
        drawn.append([])
        for row in rows:
            drawn[-1].append(Place(epoch, row, before[row]))
            before[row] += 1
    return drawn


class Files:
    """Pictures prepared from the files of a folder as they are asked for; as many as fit are kept in memory."""

    def __init__(self, root: Path, size: int) -> None:
        self.root, self.size = root, size
        self._kept: dict[tuple[str, str], UInt8[np.ndarray, "s s 3"]] = {}

    def pixels_of(self, row: Row) -> UInt8[np.ndarray, "s s 3"]:
        """The prepared picture of a row. Raises UnreadableImage."""
        key = row.image, row.modality
        if key in self._kept:
            return self._kept[key]
        pixels = images.prepared(self.root / row.image, row.modality, self.size)
        if (len(self._kept) + 1) * pixels.nbytes <= KEEP_BYTES:
            self._kept[key] = pixels
        return pixels


class Samples(Dataset[Sample | Refusal]):
    """Rows of a manifest, drawn at a `Place`; an unreadable image is a Refusal, never another image.

    `caption_share` is how often a row with captions of its own is spoken of in them rather than in
    sentences made of its labels; a row without captions always gets those.
    """

    def __init__(
        self, rows: Sequence[Row], picture: Picture, seed: int, extra_aug: bool, caption_share: float = 1.0
    ) -> None:
        self.rows, self.picture, self.seed, self.extra_aug = tuple(rows), picture, seed, extra_aug
        self.caption_share = caption_share

    def __getitem__(self, place: Place) -> Sample | Refusal:
        row = self.rows[place.row]
        try:
            pixels = self.picture(row)
        except UnreadableImage as error:
            return Refusal(row.image, str(error))
        # A first draw has no fifth number: NumPy mixes even a zero in, and what was drawn before would be another.
        again = [place.turn] if place.turn else []
        rng = np.random.default_rng([self.seed, place.epoch, place.row, 1, *again])
        text = self._text(row, rng)
        limits = plugins.load("mmfundus.modalities", row.modality).LIMITS
        return Sample(row, augment(pixels, limits, rng, extra=self.extra_aug), text)

    def _text(self, row: Row, rng: np.random.Generator) -> str:
        if row.captions and rng.random() < self.caption_share:
            return row.captions[rng.integers(len(row.captions))]
        texts, shares = zip(*prompts.caption_choices(row), strict=True)
        return str(texts[np.searchsorted(np.cumsum(shares[:-1]), rng.random(), side="right")])


def batches(
    samples: Samples,
    order: Iterable[list[Place]],
    size: int,
    tokens: Tokenise,
    concepts: Sequence[str],
    workers: int,
    ahead: int = AHEAD,
) -> Iterator[Batch]:
    """Batches at the given places, in that order; pictures are of `size` pixels.

    `workers` processes read them; with none, threads do, `ahead` batches before they are taken. Where
    the step computes on the same cores, 0 is fastest: each thread of a matrix product waits for
    the slowest, so reading beside it costs more than reading before it. Raises TrainingStopped where
    a worker was killed, and what reading raises for faults that are no single image's.
    """

    def collate(drawn: Sequence[Sample | Refusal]) -> Batch:
        return assemble(drawn, size, tokens, concepts)

    if not workers:
        yield from _by_threads(samples, collate, order, ahead)
        return
    with killed_reader_told():
        for batch in DataLoader(
            _Reads(samples, collate),
            batch_size=None,  # what is iterated are batches already
            sampler=order,
            collate_fn=lambda batch: batch,
            num_workers=workers,
            prefetch_factor=AHEAD,
            generator=torch.Generator(),  # else the loader draws from torch's own random state
            multiprocessing_context="fork",
        ):
            if isinstance(batch, WorkError):
                raise batch
            yield batch


class _Reads(Dataset[Batch | WorkError]):
    """What a worker does; an error travels as it is, for torch would send its traceback in place of the sentence."""

    def __init__(self, samples: Samples, collate: Callable[[Sequence[Sample | Refusal]], Batch]) -> None:
        self.samples, self.collate = samples, collate

    def __getitem__(self, at: list[Place]) -> Batch | WorkError:
        try:
            return self.collate([self.samples[place] for place in at])
        except WorkError as error:
            return error


@contextmanager
def killed_reader_told() -> Iterator[None]:
    """While it lasts, torch's word of a killed worker becomes a sentence. It is raised at any line: by a signal."""
    try:
        yield
    except (RuntimeError, EOFError, ConnectionError) as error:  # the last two: its end of the pipe is closed
        if isinstance(error, RuntimeError) and "DataLoader worker" not in str(error):
            raise
        raise TrainingStopped(
            "A process that reads images was killed, most often for lack of memory. Give fewer --workers; "
            "the same command goes on from the last checkpoint."
        ) from error


def _by_threads(
    samples: Samples, collate: Callable[[Sequence[Sample | Refusal]], Batch], order: Iterable[list[Place]], ahead: int
) -> Iterator[Batch]:
    """Batches in order, each read by all threads, `ahead` of them before they are asked for."""
    coming = iter(order)
    with ThreadPoolExecutor(THREADS, "reads-images") as pool:

        def begin(number: int) -> list[list[Future[Sample | Refusal]]]:
            return [[pool.submit(samples.__getitem__, place) for place in at] for at in islice(coming, number)]

        waiting = begin(ahead)
        try:
            while waiting or (waiting := begin(1)):
                drawn = [one.result() for one in waiting.pop(0)]
                waiting += begin(1 if ahead else 0)
                yield collate(drawn)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def assemble(drawn: Sequence[Sample | Refusal], size: int, tokens: Tokenise, concepts: Sequence[str]) -> Batch:
    """Samples to one batch; what was refused travels along, named."""
    taken = [sample for sample in drawn if isinstance(sample, Sample)]
    rows, texts = [sample.row for sample in taken], [sample.text for sample in taken]
    pixels = np.stack([s.pixels for s in taken]) if taken else np.zeros((0, size, size, 3), np.uint8)
    ids = tokens(list(dict.fromkeys(texts))) if taken else np.zeros((0, 1), np.int64)
    return Batch(
        pixels=torch.from_numpy(pixels),
        tokens=torch.from_numpy(ids),
        labels=torch.from_numpy(labels(rows, concepts).astype(np.float32)),
        texts=tuple(texts),
        patient=tuple(row.patient for row in rows),
        eye=tuple(row.eye for row in rows),
        modality=tuple(row.modality for row in rows),
        images=tuple(row.image for row in rows),
        refused=tuple(item for item in drawn if isinstance(item, Refusal)),
    )


def stated_concepts(manifest: Manifest) -> tuple[str, ...]:
    """Concept ids that some row states, sorted: the columns of a batch's labels."""
    return tuple(sorted({concept for row in manifest.rows for concept in (*row.present, *row.absent)}))
