"""From predictions and stated labels to questions: one concept asked of the images of one modality.

Cosines of different modalities are not comparable, so images are never ranked across modalities.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.errors import ManifestError
from mmfundus.evaluate.metrics import Ranking, rank, undefined, youden
from mmfundus.types import Predictions

# Scores, labels (1 or 0) and patients of the same images.
Images = tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "n"], Int64[np.ndarray, "n"]]

NO_VALIDATION = "no validation rows were given to choose a threshold on"
NOT_ASKED = "its probability is not known on the validation rows, which the threshold is chosen on"


@dataclass(frozen=True, slots=True)
class Question:
    """One concept asked of the images of one modality that were read and have a stated label."""

    modality: str
    concept: str
    ranking: Ranking
    threshold: float | None = None
    no_threshold: str = ""  # why `threshold` is None


@dataclass(frozen=True, slots=True)
class Stated:
    """Predictions and the labels that are stated of the same rows and concepts."""

    predictions: Predictions
    labels: Float64[np.ndarray, "n c"]  # 1 present, 0 absent, NaN unknown
    patient: Int64[np.ndarray, "n"]  # per row: index of its patient
    n_patients: int

    @property
    def modalities(self) -> tuple[str, ...]:
        """Of all rows, by name."""
        return tuple(sorted({row.modality for row in self.predictions.rows}))

    def read(self, modality: str) -> Int64[np.ndarray, "m"]:
        """Indices of the modality's rows that were not refused."""
        rows = zip(self.predictions.rows, self.predictions.refused, strict=True)
        return np.array([i for i, (row, no) in enumerate(rows) if row.modality == modality and not no], dtype=np.int64)


def stated(predictions: Predictions, labels: Float64[np.ndarray, "n c"]) -> Stated:
    """Bring predictions and labels together, and number the patients."""
    assert labels.shape == predictions.probability.shape
    names, patient = np.unique([row.patient for row in predictions.rows], return_inverse=True)
    return Stated(predictions, labels, patient.astype(np.int64), len(names))


def questions(test: Stated, validation: Stated | None) -> list[Question]:
    """A question for each modality of `test` and each concept asked of it; thresholds from `validation` alone.

    Raises ManifestError if a patient occurs in both, or an image that was read lacks a probability
    that others of its modality have.
    """
    if validation:
        _check_apart(test, validation)
    found = []
    for modality in test.modalities:
        thresholds = _thresholds(validation, modality)
        for concept, images in _images(test, modality).items():
            threshold, why_none = thresholds.get(concept, (None, NOT_ASKED if validation else NO_VALIDATION))
            found.append(Question(modality, concept, rank(*images, threshold), threshold, why_none))
    return found


def _thresholds(validation: Stated | None, modality: str) -> dict[str, tuple[float | None, str]]:
    """Youden's threshold by concept, or None and the reason."""
    found = {}
    for concept, images in (_images(validation, modality) if validation else {}).items():
        ranking = rank(*images)
        reason = undefined("auroc", ranking.tally())
        found[concept] = youden(ranking), f"its threshold {reason} in the validation rows" if reason else ""
    return found


def _images(table: Stated, modality: str) -> dict[str, Images]:
    """Per concept that is asked of the modality, the images that were read and have a stated label."""
    read = table.read(modality)
    found = {}
    for column, concept in enumerate(table.predictions.concepts):
        scores, labels = table.predictions.probability[read, column], table.labels[read, column]
        missing = np.isnan(scores)
        if missing.all():
            continue  # not asked of this modality
        if missing.any():
            image = table.predictions.rows[read[missing.argmax()]].image
            raise ManifestError(
                f"{image!r} has no probability of {concept!r}, which other {modality} images have, and no reason "
                "in refused_because. Predict it again, or say there why it was refused."
            )
        known = ~np.isnan(labels)
        found[concept] = scores[known], labels[known], table.patient[read][known]
    return found


def _check_apart(test: Stated, validation: Stated) -> None:
    """Raise ManifestError if a patient is judged on whom a threshold was chosen."""
    both = {row.patient for row in test.predictions.rows} & {row.patient for row in validation.predictions.rows}
    if both:
        raise ManifestError(
            f"{len(both)} patients are in the judged and in the validation rows; there may be none. "
            "Split the manifest by patient."
        )
