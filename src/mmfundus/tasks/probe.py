"""A linear probe a concept and modality, fitted on the training rows' vectors, which are frozen and of unit length."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mmfundus.errors import ManifestError
from mmfundus.evaluate import probe
from mmfundus.evaluate.zero_shot import probability
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged, _rows
from mmfundus.types import Manifest, Predictions

OPTIONS = ("embeddings",)
FEWEST = 5  # patients a class in the training rows, below which no probe is fitted
FEATURES = "image vectors of unit length, frozen; logistic regression with an L2 penalty and balanced class weights"


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    embeddings: Path | None = None,
) -> Judged:
    """Fit on `train`, choose the penalty on `val`, judge `split`; a concept that too few state is null with a reason.

    Where the judged rows are the validation rows themselves the penalty is a fixed one. Unknown labels are left out
    of all three. Raises ManifestError where `split` is `train`, which the probes are fitted on.
    """
    if split == "train":
        raise ManifestError("A probe is fitted on the rows of 'train' and cannot be judged on them. Give --split test.")
    parts = _rows.parts(reader, manifest, split, ("train", "val"), embeddings)
    test = _rows.empty(parts.embeddings[split], parts.asked)
    validation = _rows.empty(parts.held, parts.asked) if parts.held else None
    fitted = [
        _one(parts, modality, concept, test, validation)
        for modality, concepts in parts.asked.items()
        for concept in concepts
    ]
    done = _rows.judged("probe", reader, manifest, parts, test, validation, seed, resamples)
    done.result["probe"] = {"features": FEATURES, "fitted": fitted}
    explain(done.result, fitted)
    return done


def explain(result: dict[str, Any], fitted: list[dict[str, Any]]) -> None:
    """Say in `undefined` and beside each null figure why nothing was fitted, where that is the reason."""
    for entry in (one for one in fitted if one.get("reason")):
        name, why = entry["concept"], entry["reason"]
        kept = [item for item in result["undefined"] if item["concept"] != name or "modality" in item]
        added = [{"concept": name, "modality": entry["modality"], "metric": m, "reason": why} for m in result["macro"]]
        result["undefined"] = [*kept, *added]
        for figure in result["concepts"][name].values():
            if isinstance(figure, dict) and figure["value"] is None and "asked of no image" in figure.get("reason", ""):
                figure["reason"] = why


def _one(
    parts: _rows.Parts, modality: str, concept: str, test: Predictions, validation: Predictions | None
) -> dict[str, Any]:
    """Fit one probe and fill in its column; the entry says on how many, with which penalty, or why not."""
    train = _rows.known(parts.embeddings.get("train"), modality, concept)
    patients = [len({p for p, y in zip(train.patient, train.y, strict=True) if y == which}) for which in (1, 0)]
    entry = {"modality": modality, "concept": concept, "n_present": int(train.y.sum()),
             "n_absent": int((train.y == 0).sum()), "penalty": None, "chosen": ""}  # fmt: skip
    if min(patients) < FEWEST:
        why = (
            f"{patients[0]} patients with it and {patients[1]} without it in the training rows; a probe needs {FEWEST}"
        )
        return {**entry, "reason": why}
    chosen_on = _rows.known(parts.held, modality, concept)
    strength, score = probe.best(lambda c: probe.fit(train.x, train.y, c), chosen_on.x, chosen_on.y)
    for table, name in ((test, parts.split), (validation, "val")):
        if table is not None:
            fill(table, modality, concept, _rows.on_rows(score, parts, name))
    how = "fixed, for the validation rows cannot choose" if chosen_on.single else "highest AUROC on validation rows"
    return {**entry, "penalty": 1 / strength, "chosen": how}


def fill(table: Predictions, modality: str, concept: str, score: Callable[[np.ndarray], np.ndarray]) -> None:
    """Write the probabilities of one concept into its column, for all rows of the modality that were read.

    `score` gives the log-odds of rows by their places.
    """
    here = np.array([i for i, row in enumerate(table.rows) if row.modality == modality and not table.refused[i]], int)
    if here.size:
        table.probability[here, table.concepts.index(concept)] = probability(score(here))
