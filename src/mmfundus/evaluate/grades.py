"""Grading scales asked without examples: which grade is stated of an image, and which the model gives it.

A row states a grade in a column named after the scale, or by its concepts: those of the grade being
present, or all that the grade denies being absent. The model is asked the scale alone: a grade's
probability is the greatest of its concepts' or, where it has none, that of its words; for a grade that
only denies, 1 less the probability of what it denies. The likeliest grade is its answer.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate import graded
from mmfundus.knowledge.concepts import implied, shipped
from mmfundus.knowledge.scales import Grade, Scale
from mmfundus.types import Embeddings, Predictions, Row

Ask = Callable[[Mapping[str, Sequence[str]]], Predictions]
RULE = "the likeliest grade: its concepts' greatest probability, its words', or 1 less that of what it denies"


def stated_grade(row: Row, scale: Scale) -> int | None:
    """Index of the grade that a row states; None where it states none, or where concepts fit several."""
    told = row.extra.get(scale.id, "").strip()
    if told:
        return next((i for i, grade in enumerate(scale.grades) if grade.label == told), None)
    if not scale.exclusive:
        return None  # its concepts are coarser than its grades
    up, down = implied(row.present, row.absent)
    fits = [
        i
        for i, grade in enumerate(scale.grades)
        if (up.intersection(grade.concepts) if grade.concepts else grade.absent and down.issuperset(grade.absent))
    ]
    return fits[0] if len(fits) == 1 else None


def asked_of(scale: Scale) -> tuple[str, ...]:
    """All labels that the scale's grades need, each once."""
    return tuple(dict.fromkeys(label for grade in scale.grades for label in _labels(grade)))


def probabilities(predictions: Predictions, scale: Scale) -> Float64[np.ndarray, "n k"]:
    """Of each grade, by RULE; they need not add up to one."""
    column = {label: predictions.probability[:, i] for i, label in enumerate(predictions.concepts)}
    found = []
    for grade in scale.grades:
        likely = np.max([column[label] for label in _labels(grade)], axis=0)
        found.append(1 - likely if grade.absent and not grade.concepts else likely)
    return np.stack(found, axis=1)


def judge(embedded: Embeddings, ask: Ask, seed: int, resamples: int) -> dict[str, Any]:
    """`scales` of metrics.json: by modality, each scale of which the rows state at least two grades."""
    found: dict[str, Any] = {}
    for modality in sorted({row.modality for row in embedded.rows}):
        here = [i for i, row in enumerate(embedded.rows) if row.modality == modality]
        for scale in shipped().scales.values():
            grades = {i: g for i in here if (g := stated_grade(embedded.rows[i], scale)) is not None}
            if modality in scale.modalities and len(set(grades.values())) > 1:
                found.setdefault(modality, {})[scale.id] = _judge(scale, modality, grades, ask, seed, resamples)
    return found


def _judge(
    scale: Scale, modality: str, grades: Mapping[int, int], ask: Ask, seed: int, resamples: int
) -> dict[str, Any]:
    predictions = ask({modality: asked_of(scale)})
    read = [i for i in grades if not predictions.refused[i]]
    patient = np.unique([predictions.rows[i].patient for i in read], return_inverse=True)[1].astype(np.int64)
    result = graded.judge(
        np.array([grades[i] for i in read], dtype=np.int64),
        graded.likeliest(probabilities(predictions, scale)[read]),
        patient.reshape(-1),
        [grade.label for grade in scale.grades],
        ordered=scale.ordered,
        resamples=resamples,
        seed=seed,
    )
    return {"name": scale.name, "rule": RULE, "left_out": len(grades) - len(read), **result}


def _labels(grade: Grade) -> tuple[str, ...]:
    """What is asked for a grade."""
    return grade.concepts or grade.absent or grade.words[:1]
