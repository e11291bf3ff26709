"""Two models on the same rows: the difference of every figure, with the interval of paired draws.

Both are judged on the images that both could read, and every resample draws the same patients for both
(paired bootstrap), so that what is hard about a patient falls out of the difference. AUROCs also have
DeLong's p. Each model's thresholds are its own, chosen on the same validation rows.

How not to use it: as many trials. Among twenty concepts one difference will look sure by luck; decide
beforehand on one figure, such as the macro AUROC, or divide the level by the number of trials.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.errors import ManifestError
from mmfundus.evaluate.bootstrap import interval, resample, resample_sums
from mmfundus.evaluate.delong import delong
from mmfundus.evaluate.figures import figures_of, names
from mmfundus.evaluate.metrics import METRICS, measure
from mmfundus.evaluate.questions import Question, Stated, questions, stated
from mmfundus.types import Interval, Predictions

Json = dict[str, Any]
Table = tuple[Predictions, Float64[np.ndarray, "_ _"]]
COMPARED = (*METRICS, "brier", "log_loss", "ece_mass")
ONLY = "the other model could not read it"


def compare(
    first: Table,
    second: Table,
    *,
    names_of: tuple[str, str],
    validation: tuple[Table, Table] | None = None,
    seed: int = 0,
    resamples: int = 1000,
) -> Json:
    """First less second, for each question and for the mean over questions: `comparison` of metrics.json.

    Raises ManifestError where the tables are not of the same rows and concepts.
    """
    (a, b), lost = _both((first, second))
    chosen_on = _both(validation)[0] if validation else (None, None)
    asked = [questions(one, on) for one, on in zip((a, b), chosen_on, strict=True)]
    values, drawn = zip(*(_figures(qs, a.n_patients, seed, resamples) for qs in asked), strict=True)
    patients = np.unique(a.patient[[i for i, no in enumerate(a.predictions.refused) if not no]]).size
    return {
        "model": names_of[0],
        "against": names_of[1],
        "n_patients": patients,
        "only_first": lost[1],
        "only_second": lost[0],
        "concepts": [
            _question(qa, qb, {m: _entry([k], j, values, drawn, qa.ranking.patients().size) for j, m in _at()})
            for k, (qa, qb) in enumerate(zip(*asked, strict=True))
        ],
        "macro": {m: _macro(j, values, drawn, patients) for j, m in _at()},
    }


def _both(tables: Sequence[Table]) -> tuple[tuple[Stated, Stated], tuple[list[str], list[str]]]:
    """Both tables with what either refused refused in both; and by table, the images it alone refused."""
    (a, labels), (b, others) = tables
    if [r.image for r in a.rows] != [r.image for r in b.rows] or a.concepts != b.concepts:
        raise ManifestError(
            f"The two models were asked different things: {len(a.rows)} and {len(b.rows)} images, "
            f"{len(a.concepts)} and {len(b.concepts)} concepts. Compare them on the same rows."
        )
    pairs = list(zip(a.refused, b.refused, strict=True))
    first = replace(a, refused=tuple(x or (ONLY if y else "") for x, y in pairs))
    second = replace(b, refused=tuple(y or (ONLY if x else "") for x, y in pairs))
    images = [row.image for row in a.rows]
    by_first = [name for name, (x, y) in zip(images, pairs, strict=True) if x and not y]
    by_second = [name for name, (x, y) in zip(images, pairs, strict=True) if y and not x]
    return (stated(first, labels), stated(second, others)), (by_first, by_second)


def _figures(asked: Sequence[Question], patients: int, seed: int, resamples: int) -> tuple[Any, Any]:
    """COMPARED of each question: [k, m] on all patients, and [r, k, m] in each resample."""
    sums = [figures_of(*q.images, patients, [q.threshold]) for q in asked if q.images]
    at = [names(1).index(m) for m in COMPARED[len(METRICS) :]]
    values = [[*measure(q.ranking.tally()), *one.values()[at]] for q, one in zip(asked, sums, strict=True)]
    summed = [found[:, at] for found in resample_sums(sums, patients, resamples, seed)]
    ordered = resample(asked, patients, resamples, seed)
    rest = np.stack(summed, axis=1) if summed else np.empty((resamples, 0, len(at)))
    return np.array(values).reshape(-1, len(COMPARED)), np.concatenate([ordered, rest], axis=2)


def _at() -> list[tuple[int, str]]:
    return list(enumerate(COMPARED))


def _entry(chosen: list[int], j: int, values: Sequence[Any], drawn: Sequence[Any], patients: int) -> Json:
    """Means of one figure over questions, of both models, and the interval of their difference."""
    a, b = (found[chosen, j] for found in values)
    difference = interval(a - b, drawn[0][:, chosen, j] - drawn[1][:, chosen, j], patients)
    known = ~np.isnan(a - b)
    means = [float(found[known].mean()) if known.any() else None for found in (a, b)]
    return {"first": means[0], "second": means[1], "difference": difference.json()}


def _macro(j: int, values: Sequence[Any], drawn: Sequence[Any], patients: int) -> Json:
    """Over the questions for which both models have the figure."""
    chosen = list(range(len(values[0])))
    if not chosen:
        nothing = {"first": None, "second": None, "difference": Interval(None, reason="no concept was asked").json()}
        return {**nothing, "over": 0, "of": 0}
    over = int((~np.isnan(values[0][:, j] - values[1][:, j])).sum())
    return {**_entry(chosen, j, values, drawn, patients), "over": over, "of": len(chosen)}


def _question(a: Question, b: Question, figures: Mapping[str, Json]) -> Json:
    """One concept of one modality; DeLong's variance beside the AUROCs."""
    assert a.images is not None and b.images is not None
    scores, labels, patient = a.images
    found = delong(scores, b.images[0], labels, patient)
    by: Json = {"p_delong": None, "delong_low": None, "delong_high": None, "variance": "needs both classes"}
    if found is not None:
        low, high = found.span or (None, None)
        named = found.reason or ("obuchowski" if found.clustered else "delong")
        by |= {"p_delong": found.p, "delong_low": low, "delong_high": high, "variance": named}
    counts = {"n_present": a.ranking.present_at.size, "n_absent": a.ranking.absent_at.size}
    where = {"modality": a.modality, "concept": a.concept, **counts}
    return {**where, **figures, "auroc": {**figures["auroc"], **by}}
