"""The predictions table: `image, modality, patient, eye, quality, <concept>..., refused_because`, perhaps `leaked`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmfundus.errors import ManifestError, UsageError
from mmfundus.types import Predictions, Row

FIRST = ("image", "modality", "patient", "eye", "quality")
LAST = "refused_because"
LEAKED = "leaked"  # how a row is known to have been seen in training; a column only where that was looked for


def columns(predictions: Predictions, leaked: Mapping[str, str] | None = None) -> dict[str, list[Any]]:
    """One row an image; NaN where refused or not asked. `quality` is the row's own column of that name, if any.

    `leaked`: by image how it was seen in training; None where that is not known.

    Raises UsageError if a label has the name of one of the table's own columns.
    """
    taken = sorted({*FIRST, LAST, LEAKED}.intersection(predictions.concepts))
    if taken:
        raise UsageError(f"{taken[0]!r} cannot be a label: it is a column of the predictions table. Use another word.")
    rows = predictions.rows
    return {
        "image": [row.image for row in rows],
        "modality": [row.modality for row in rows],
        "patient": [row.patient for row in rows],
        "eye": [row.eye for row in rows],
        "quality": [row.extra.get("quality", "") for row in rows],
        **{concept: predictions.probability[:, c].tolist() for c, concept in enumerate(predictions.concepts)},
        LAST: list(predictions.refused),
        **({} if leaked is None else {LEAKED: [leaked.get(row.image, "") for row in rows]}),
    }


def from_columns(table: Mapping[str, Sequence[Any]]) -> Predictions:
    """Predictions from the table's columns, as read from CSV (text) or Parquet; other columns are concepts.

    An image without a patient is its own. What the table does not hold (study, split, labels, captions)
    stays empty in the rows. Raises ManifestError if a column is missing or a probability is not one.
    """
    missing = [name for name in (*FIRST, LAST) if name not in table]
    if missing:
        raise ManifestError(
            f"The predictions table has no column {missing[0]!r}. It needs {', '.join((*FIRST, LAST))}."
        )
    texts = {name: [_text(cell) for cell in table[name]] for name in (*FIRST, LAST)}
    rows = tuple(
        Row(image, modality, patient or image, eye, extra={"quality": quality} if quality else {})
        for image, modality, patient, eye, quality in zip(*(texts[name] for name in FIRST), strict=True)
    )
    concepts = tuple(name for name in table if name not in texts and name != LEAKED)
    probability = np.full((len(rows), len(concepts)), np.nan)
    for c, concept in enumerate(concepts):
        probability[:, c] = [_probability(cell, concept, row) for cell, row in zip(table[concept], rows, strict=True)]
    return Predictions(rows, concepts, probability, tuple(texts[LAST]))


def _text(cell: Any) -> str:
    """A cell as text; the null of Parquet is the empty cell of CSV."""
    return "" if cell is None else str(cell)


def _probability(cell: Any, concept: str, row: Row) -> float:
    """A cell as a number from 0 to 1; NaN where it is empty."""
    if cell is None or cell == "":
        return math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = math.inf  # refused below, with its own text
    if not (math.isnan(value) or 0 <= value <= 1):
        raise ManifestError(
            f"{row.image!r}, column {concept!r}: {cell!r} is not a probability. Give a number from 0 to 1, "
            "or leave the cell empty; the predictions table has no columns but its own and concepts."
        )
    return value
