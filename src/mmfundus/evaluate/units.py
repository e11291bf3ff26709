"""From images to eyes and patients: the worst image speaks for the eye, the worst eye for the patient.

A unit's score is the greatest of its images that were read. Its label is present if any of its images
is stated present, absent only if all of them are stated absent, and otherwise unknown. A refused image
has no score but keeps its say in the label: a sick eye that could not be read is still sick. Images of
several modalities are never joined, since their probabilities are not comparable.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float64

from mmfundus.types import Predictions, Row

Unit = Literal["eye", "patient"]
UNITS: tuple[Unit, ...] = ("eye", "patient")


def by_unit(
    predictions: Predictions, labels: Float64[np.ndarray, "n c"], unit: Unit
) -> tuple[Predictions, Float64[np.ndarray, "u c"], int]:
    """Predictions and labels with a row a unit, and how many images had to stay out for want of an eye."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for i, row in enumerate(predictions.rows):
        if unit == "patient" or row.eye:
            groups.setdefault((row.modality, row.patient, row.eye if unit == "eye" else ""), []).append(i)
    rows = tuple(Row(f"{unit} {k}", m, patient, eye) for k, (m, patient, eye) in enumerate(groups))
    members = list(groups.values())
    score = np.full((len(rows), labels.shape[1]), np.nan)
    stated = np.full(score.shape, np.nan)
    for k, mine in enumerate(members):
        score[k] = np.fmax.reduce(predictions.probability[mine], axis=0)
        said = labels[mine]
        stated[k] = np.where((said == 1).any(axis=0), 1.0, np.where((said == 0).all(axis=0), 0.0, np.nan))
    refused = tuple(
        "" if any(not predictions.refused[i] for i in mine) else "no image of it was read" for mine in members
    )
    left = len(predictions.rows) - sum(map(len, members))
    return Predictions(rows, predictions.concepts, score, refused), stated, left
