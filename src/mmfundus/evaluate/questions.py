"""From predictions and stated labels to questions: one concept asked of the images of one modality.

Cosines of different modalities are not comparable, so images are never ranked across modalities.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.errors import ManifestError
from mmfundus.evaluate.metrics import Ranking, for_sensitivity, for_specificity, rank, undefined, youden
from mmfundus.types import Predictions

# Scores, labels (1 or 0) and patients of the same images.
Images = tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "n"], Int64[np.ndarray, "n"]]

NO_VALIDATION = "no validation rows were given to choose a threshold on"
NOT_ASKED = "its probability is not known on the validation rows, which the threshold is chosen on"


TARGET = 0.9  # sensitivity, and specificity, that two further thresholds are chosen for


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold chosen on validation rows by a rule; None with its reason where it could not be."""

    rule: str  # "youden", "sensitivity" or "specificity"
    target: float | None
    threshold: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One concept asked of the images of one modality that were read and have a stated label."""

    modality: str
    concept: str
    ranking: Ranking
    threshold: float | None = None
    no_threshold: str = ""  # why `threshold` is None
    images: Images | None = None  # what the ranking was made of
    operating: tuple[Operating, ...] = ()  # the first has the question's own threshold


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
            none = NOT_ASKED if validation else NO_VALIDATION
            chosen = thresholds.get(concept) or _operating(None, none)
            own = chosen[0]
            ranking = rank(*images, own.threshold)
            found.append(Question(modality, concept, ranking, own.threshold, own.reason, images, chosen))
    return found


def _thresholds(validation: Stated | None, modality: str) -> dict[str, tuple[Operating, ...]]:
    """By concept, the thresholds of each rule, or None and the reason."""
    found = {}
    for concept, images in (_images(validation, modality) if validation else {}).items():
        ranking = rank(*images)
        reason = undefined("auroc", ranking.tally())
        found[concept] = _operating(ranking, f"its threshold {reason} in the validation rows" if reason else "")
    return found


def _operating(ranking: Ranking | None, reason: str) -> tuple[Operating, ...]:
    """Youden's threshold, and those for a sensitivity and a specificity of TARGET."""
    if ranking is None or reason:
        none = (("youden", None), ("sensitivity", TARGET), ("specificity", TARGET))
        return tuple(Operating(rule, target, None, reason) for rule, target in none)
    cleared = for_specificity(ranking, TARGET)
    missed = "" if cleared is not None else f"no score of the validation rows clears {TARGET:.0%} of the absent images"
    return (
        Operating("youden", None, youden(ranking)),
        Operating("sensitivity", TARGET, for_sensitivity(ranking, TARGET)),
        Operating("specificity", TARGET, cleared, missed),
    )


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
