"""What tasks share: the rows of each split with their vectors, and predictions to a verdict."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus import tables
from mmfundus.data.manifest import labels
from mmfundus.errors import ManifestError
from mmfundus.evaluate import zero_shot
from mmfundus.evaluate.probe import Score
from mmfundus.evaluate.result import judge as verdict
from mmfundus.models import vectors
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged
from mmfundus.types import Embeddings, Manifest, Predictions


@dataclass(frozen=True)
class Parts:
    """The judged split and the others that a task learns or chooses from, of the modalities that are asked."""

    split: str
    asked: dict[str, tuple[str, ...]]  # by modality: the concepts that the judged rows state as present
    embeddings: dict[str, Embeddings]  # by split; a split without rows is not in it
    not_judged: dict[str, int]  # by modality: images of the split that state no concept

    @property
    def held(self) -> Embeddings | None:
        """The validation rows, to choose on; None where there are none, or where they are those that are judged."""
        return self.embeddings.get("val") if self.split != "val" else None


@dataclass(frozen=True)
class Known:
    """The images of one modality in one split that were read and of which one concept is stated."""

    x: Float64[np.ndarray, "n d"]  # unit vectors
    y: Float64[np.ndarray, "n"]  # 1 present, 0 absent
    patient: tuple[str, ...]
    image: tuple[str, ...]
    row: Int64[np.ndarray, "n"]  # their places in the split

    @property
    def single(self) -> bool:
        """Whether one of the two classes is missing."""
        return len(set(self.y.tolist())) < 2


def parts(reader: Reader, manifest: Manifest, split: str, others: Sequence[str], cache: Path | None) -> Parts:
    """Vectors of a split and of others. Raises ManifestError where the split has no rows or states nothing."""
    every = manifest.split(split)
    asked = {modality: concepts for modality, concepts in zero_shot.asked(every).items() if concepts}
    wanted = [split, *(name for name in others if name != split)]
    rows = {name: [row for row in manifest.split(name) if row.modality in asked] for name in wanted}
    if not rows[split]:
        what = "states no concept as present" if every else "has no rows"
        raise ManifestError(f"{manifest.name}: the split {split!r} {what}, so there is nothing to judge.")
    found = {
        name: vectors.embedded(reader, its, manifest.root, cache, manifest.name) for name, its in rows.items() if its
    }
    silent = Counter(row.modality for row in every if row.modality not in asked)
    return Parts(split, asked, found, dict(silent))


def usable(embeddings: Embeddings) -> list[bool]:
    """Which rows were read and have a finite vector."""
    finite = np.isfinite(embeddings.vectors).all(axis=1).tolist()
    return [ok and not reason for ok, reason in zip(finite, embeddings.refused, strict=True)]


def known(embeddings: Embeddings | None, modality: str, concept: str) -> Known:
    """The rows that state the concept, in the order of their images' names, so that the table's order is no matter."""
    if embeddings is None:
        return Known(np.zeros((0, 1)), np.zeros(0), (), (), np.zeros(0, np.int64))
    stated = labels(embeddings.rows, (concept,))[:, 0]
    ok = usable(embeddings)
    chosen = [
        i for i, row in enumerate(embeddings.rows) if row.modality == modality and ok[i] and stated[i] == stated[i]
    ]
    chosen.sort(key=lambda i: embeddings.rows[i].image)
    at = np.array(chosen, dtype=np.int64)
    rows = [embeddings.rows[i] for i in chosen]
    return Known(
        embeddings.vectors[at].astype(np.float64),
        stated[at],
        tuple(row.patient for row in rows),
        tuple(row.image for row in rows),
        at,
    )


def on_rows(score: Score, parts: Parts, split: str) -> Callable[[np.ndarray], np.ndarray]:
    """A score of vectors as one of a split's rows, by their places."""
    vectors = parts.embeddings[split].vectors
    return lambda at: score(vectors[at].astype(np.float64))


def empty(embeddings: Embeddings, asked: dict[str, tuple[str, ...]]) -> Predictions:
    """A table of predictions to be filled in; a row that cannot be is refused with the reason."""
    concepts = tuple(dict.fromkeys(name for names in asked.values() for name in names))
    refused = tuple(
        reason or ("" if ok else zero_shot.NOT_FINITE)
        for reason, ok in zip(embeddings.refused, usable(embeddings), strict=True)
    )
    return Predictions(embeddings.rows, concepts, np.full((len(embeddings.rows), len(concepts)), np.nan), refused)


def judged(
    task: str,
    reader: Reader,
    manifest: Manifest,
    found: Parts,
    test: Predictions,
    validation: Predictions | None,
    seed: int,
    resamples: int,
) -> Judged:
    """The verdict of `evaluate.result` on predictions, with what was not judged and what was refused."""
    stated = labels(test.rows, test.concepts)
    chosen_on = None if validation is None else (validation, labels(validation.rows, validation.concepts))
    result = verdict(
        test,
        stated,
        task=task,
        model=reader.name,
        manifest=f"{manifest.name}, split {found.split}",
        seed=seed,
        versions=tables.versions(),
        validation=chosen_on,
        resamples=resamples,
    )
    result["not_judged"] = found.not_judged
    done = Judged(result, test, validation)
    result["refused"] = [{"image": item.item, "reason": item.reason} for item in done.refused]
    return done
