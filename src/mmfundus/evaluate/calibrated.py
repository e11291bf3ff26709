"""Calibrations that a model carries: each holds for one modality and one set of labels asked together.

A zero-shot probability is weighed against what else is asked, so a map fitted with other labels beside it
says nothing. A calibration is therefore applied only where the very same set is asked (the order of labels
is no matter); a concept of the set for which too few patients were known keeps its probability as it was.
Bounds, where a user asked for them, call an image present, absent or unsure (evaluate/calls.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.errors import BrokenModel
from mmfundus.evaluate import calibration, calls
from mmfundus.evaluate.calibration import Map, Method
from mmfundus.evaluate.calls import Bounds
from mmfundus.evaluate.questions import stated
from mmfundus.types import Predictions

FORMAT = 1  # of calibration.json
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The maps of one modality's labels, and why some labels have none."""

    modality: str
    asked: tuple[str, ...]  # all that was asked together
    maps: Mapping[str, Map]
    refused: Mapping[str, str]  # label: the sentence why it has no map
    bounds: Mapping[str, Bounds] = field(default_factory=dict)  # label: its guaranteed calls, if they were asked for

    def json(self) -> Json:
        """As calibration.json holds it."""
        maps = {label: found.json() for label, found in self.maps.items()}
        told = {"modality": self.modality, "asked": list(self.asked), "maps": maps, "refused": dict(self.refused)}
        return told | {"bounds": {label: found.json() for label, found in self.bounds.items()}}


def fit(
    predictions: Predictions,
    labels: Float64[np.ndarray, "n c"],
    modality: str,
    method: Method,
    promise: tuple[float, float] | None = None,
) -> Calibration:
    """Maps of all labels asked of a modality, from validation images that were read and state them.

    `promise` is a share of patients and a confidence, for which bounds are fitted too; that needs MAPIE.
    """
    table = stated(predictions, labels)
    read = table.read(modality)
    maps, refused, bounds = {}, {}, {}
    for column, label in enumerate(predictions.concepts):
        p, y = predictions.probability[read, column], labels[read, column]
        known = ~np.isnan(p) & ~np.isnan(y)
        found = calibration.fit(p[known], y[known], table.patient[read][known], method)
        if isinstance(found, Map):
            maps[label] = found
        else:
            refused[label] = found
        if promise:
            bounds[label] = calls.fit(p[known], y[known], table.patient[read][known], *promise)
    return Calibration(modality, predictions.concepts, maps, refused, bounds)


def document(found: Iterable[Calibration], method: Method, manifest: str) -> Json:
    """The content of calibration.json."""
    return {"format": FORMAT, "method": method, "fitted_on": manifest, "sets": [one.json() for one in found]}


def read(document: Mapping[str, Any]) -> tuple[Calibration, ...]:
    """The calibrations of a model; none where it has no calibration.json. Raises BrokenModel."""
    if not document:
        return ()
    if document.get("format") != FORMAT:
        raise BrokenModel(
            f"calibration.json has format {document.get('format')}; this mmfundus reads format {FORMAT}. "
            "Update mmfundus, or calibrate anew."
        )
    try:
        return tuple(
            Calibration(
                str(one["modality"]),
                tuple(map(str, one["asked"])),
                {str(label): calibration.from_json(found) for label, found in one["maps"].items()},
                {str(label): str(why) for label, why in one["refused"].items()},
                {str(label): calls.from_json(found) for label, found in one.get("bounds", {}).items()},
            )
            for one in document["sets"]
        )
    except (TypeError, KeyError, AttributeError, ValueError):
        raise BrokenModel(calibration.UNREADABLE) from None


def of(found: Sequence[Calibration], modality: str, labels: Sequence[str]) -> Calibration | None:
    """The calibration of exactly these labels asked together; None where there is none."""
    same = (one for one in found if one.modality == modality and set(one.asked) == set(labels))
    return next(same, None)


def apply(found: Sequence[Calibration], predictions: Predictions, asked: Mapping[str, Sequence[str]]) -> Predictions:
    """Predictions with every probability bent for which a model's `found` has a map; others are as they were."""
    table = predictions.probability.astype(np.float64)
    for modality, labels in asked.items():
        mine = of(found, modality, labels)
        here = np.array([row.modality == modality for row in predictions.rows], dtype=bool)
        for label, bend in (mine.maps if mine else {}).items():
            column = predictions.concepts.index(label)
            table[here, column] = bend.apply(table[here, column])
    return Predictions(predictions.rows, predictions.concepts, table, predictions.refused)
