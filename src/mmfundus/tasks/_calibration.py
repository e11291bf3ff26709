"""What calibration changed on the judged rows: a word on each modality, figures before and after on each concept."""

from typing import Any

import numpy as np

from mmfundus.data.manifest import labels
from mmfundus.evaluate import calibrated, calls
from mmfundus.evaluate.questions import stated
from mmfundus.evaluate.result import verdicts
from mmfundus.models.reader import Reader
from mmfundus.tasks._rows import Parts
from mmfundus.types import Predictions

Json = dict[str, Any]
FIGURES = ("ece_width", "ece_mass", "brier", "brier_skill", "slope", "intercept")
NONE = "The model has no calibration; `mmfundus calibrate` makes one."
OTHER = "The model's calibrations are of other labels asked together, and a probability depends on those."
FLATTERS = "Calibrations are fitted on validation rows: on those very rows the figures after flatter."


def told(reader: Reader, raw: Predictions, result: Json, parts: Parts, seed: int, resamples: int) -> Json:
    """By modality whether probabilities are calibrated, and of each concept the figures before and after."""
    known = calibrated.read(reader.calibration)
    found = {m: calibrated.of(known, m, asked) for m, asked in parts.asked.items()}
    if not any(found.values()):
        return {"applied": False, "reason": OTHER if reader.calibration else NONE}
    before = verdicts(stated(raw, labels(raw.rows, raw.concepts)), None, resamples, seed)["modalities"]
    return {
        "applied": True,
        "method": reader.calibration["method"],
        "fitted_on": reader.calibration["fitted_on"],
        **({"reason": FLATTERS} if parts.split == "val" else {}),
        "modalities": {
            modality: {"applied": False, "reason": OTHER}
            if one is None
            else {
                "applied": True,
                "concepts": _concepts(one, before[modality], result["modalities"][modality]),
                "calls": _calls(one, raw, modality),
            }
            for modality, one in found.items()
        },
    }


def _concepts(one: calibrated.Calibration, before: Json, after: Json) -> Json:
    return {
        concept: {
            "calibrated": True,
            "before": {name: before["concepts"][concept][name] for name in FIGURES},
            "after": {name: after["concepts"][concept][name] for name in FIGURES},
        }
        if concept in one.maps
        else {"calibrated": False, "reason": one.refused.get(concept, "")}
        for concept in before["concepts"]
    }


def _calls(one: calibrated.Calibration, raw: Predictions, modality: str) -> Json:
    """By concept what the model promises of its calls, and what became of it on the judged rows."""
    table = stated(raw, labels(raw.rows, raw.concepts))
    read, found = table.read(modality), {}
    for concept, bounds in one.bounds.items():
        column = raw.concepts.index(concept)
        p, y = raw.probability[read, column], table.labels[read, column]
        known = ~np.isnan(p) & ~np.isnan(y)
        seen = calls.measured(bounds, p[known], y[known], table.patient[read][known])
        found[concept] = {**bounds.json(), **seen}
    return found
