"""What stands beside every verdict: leaked rows, shortcuts of the table, subgroups. Added to `metrics.json`.

`leakage`    against the fingerprints in the model directory: rows by kind, and the figures without them
`shortcuts`  what cues without content make of the labels, and the alarms
`subgroups`  by column: the same figures for parts of the patients
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmfundus.data import cues, fingerprints
from mmfundus.data.fingerprints import Prints
from mmfundus.data.leakage import KINDS
from mmfundus.data.manifest import labels
from mmfundus.evaluate import result, shortcuts, subgroups
from mmfundus.evaluate.metrics import METRICS
from mmfundus.evaluate.questions import Stated, stated
from mmfundus.models import trained
from mmfundus.models.reader import Reader
from mmfundus.models.runtime import OnnxReader
from mmfundus.tasks import Judged
from mmfundus.types import Manifest, Predictions, Row

Json = dict[str, Any]

MOST = 3000  # images of a modality whose cues are looked at: the interval is narrow enough by then
NO_LIST = "the model has no fingerprints of its training rows, so leakage is unknown"


def mark(
    judged: Judged,
    reader: Reader,
    manifest: Manifest,
    seed: int,
    resamples: int,
    columns: Sequence[str] = (),
    blind: bool = True,
) -> None:
    """Add `leakage`, `subgroups` of the columns and, unless not `blind`, `shortcuts` to a verdict.

    Raises UsageError for a column that the table does not have.
    """
    judged.result["subgroups"] = _subgroups(judged, columns, seed, resamples)
    judged.result["leakage"] = _leakage(judged, reader, manifest, seed, resamples)
    _count(judged)
    if blind and judged.predictions.concepts:
        judged.result["shortcuts"] = table_shortcuts(manifest, judged.predictions.concepts, seed, resamples)


def table_shortcuts(manifest: Manifest, concepts: Sequence[str], seed: int, resamples: int) -> Json:
    """Shortcuts of a whole table, not of one split: at most MOST images of a modality, drawn by the seed."""
    rows = [row for modality in sorted({r.modality for r in manifest.rows}) for row in _some(manifest, modality, seed)]
    seen, _ = cues.see(rows, manifest.root)
    return shortcuts.judge(rows, seen, labels(rows, tuple(concepts)), concepts, seed, resamples)


def _some(manifest: Manifest, modality: str, seed: int) -> list[Row]:
    rows = [row for row in manifest.rows if row.modality == modality]
    if len(rows) <= MOST:
        return rows
    return [rows[i] for i in sorted(np.random.default_rng(seed).choice(len(rows), MOST, replace=False))]


def known_to(reader: Reader) -> Prints | None:
    """What the model was trained on; None where that is not recorded."""
    return trained.prints(reader.bundle) if isinstance(reader, OnnxReader) else None


def _leakage(judged: Judged, reader: Reader, manifest: Manifest, seed: int, resamples: int) -> Json:
    rows, known = judged.predictions.rows, known_to(reader)
    if known is None:
        return {"checked_against": None, "reason": NO_LIST, "n_rows": None}
    part = replace(manifest, rows=rows)
    taken = fingerprints.take(rows, manifest.root, manifest.name, fingerprints.fresh_salt())
    found = trained.matches(reader, part, taken, known)
    leaked = {match.image for match in found}
    pairs = {(match.image, kind) for match in found for kind in match.kinds}
    kinds = Counter(kind for _, kind in pairs)
    return {
        "checked_against": known.name,
        "n_fingerprints": len(known.prints),
        "n_rows": len(leaked),
        "by_kind": {kind: kinds[kind] for kind in KINDS},
        "rows": [
            {"image": m.image, "match": m.match, "how": m.how, "score": None if m.score != m.score else m.score}
            for m in found
        ],
        "without": _without(judged, leaked, seed, resamples) if leaked else None,
    }  # fmt: skip


def _count(judged: Judged) -> None:
    """Beside every table's counts: how many of its images leaked, null where that is not known."""
    found, rows = judged.result["leakage"], judged.predictions.rows
    leaked = None if found["n_rows"] is None else {row["image"] for row in found["rows"]}
    judged.result["n_leaked"] = found["n_rows"]
    for modality, group in judged.result["modalities"].items():
        here = [row for row in rows if row.modality == modality and row.image in (leaked or ())]
        group["n_leaked"] = None if leaked is None else len(here)
        for concept, entry in group["concepts"].items():
            stating = sum(concept in row.present or concept in row.absent for row in here)
            entry["n_leaked"] = None if leaked is None else stating


def _without(judged: Judged, leaked: set[str], seed: int, resamples: int) -> Json:
    """METRICS of the rows that are left, at the same thresholds, in the shape of `metrics.json`."""
    kept = [i for i, row in enumerate(judged.predictions.rows) if row.image not in leaked]
    if not kept:
        return {"n_images": 0, "reason": "every judged row was seen in training"}
    if not judged.predictions.concepts:
        return {"n_images": len(kept), "reason": f"the {judged.result['task']} task is not judged anew without them"}
    part, held = _picked(judged.predictions, kept), judged.validation
    clean = result.verdicts(_stated(part), None if held is None else _stated(held), resamples, seed)
    return {
        "n_images": len(kept),
        "n_patients": len({row.patient for row in part.rows}),
        "macro": _figures(clean["macro"]),
        "modalities": {
            modality: {
                "n_images": group["n_images"],
                "macro": _figures(group["macro"]),
                "concepts": {
                    name: {key: entry[key] for key in ("n_present", "n_absent", "threshold")} | _figures(entry)
                    for name, entry in group["concepts"].items()
                },
            }
            for modality, group in clean["modalities"].items()
        },
    }


def _figures(entry: Json) -> Json:
    return {figure: entry[figure] for figure in METRICS}


def _stated(predictions: Predictions) -> Stated:
    return stated(predictions, labels(predictions.rows, predictions.concepts))


def _picked(predictions: Predictions, kept: Sequence[int]) -> Predictions:
    return replace(
        predictions,
        rows=tuple(predictions.rows[i] for i in kept),
        probability=predictions.probability[list(kept)],
        refused=tuple(predictions.refused[i] for i in kept),
    )


def _subgroups(judged: Judged, columns: Sequence[str], seed: int, resamples: int) -> Json:
    predictions = judged.predictions
    thresholds = {
        (modality, concept): entry["threshold"]
        for modality, group in judged.result["modalities"].items()
        for concept, entry in group["concepts"].items()
    }
    told = labels(predictions.rows, predictions.concepts)
    return subgroups.judge(predictions, told, columns, thresholds, seed, resamples)
