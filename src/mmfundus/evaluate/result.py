"""The verdict on a table of predictions: the content of `metrics.json`.

Each concept is judged within each modality (`modalities`). Everything above that is a mean over
these questions: a concept's entry at the top is its one modality's, or the mean over its modalities;
a macro average is the mean over all questions that it covers. The intervals of means come from the
same resamples of patients as those of the questions (docs/decisions/0003-judged-per-modality.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.bootstrap import interval, resample
from mmfundus.evaluate.metrics import METRICS, measure, undefined
from mmfundus.evaluate.questions import Question, questions, stated
from mmfundus.types import Interval, Predictions

Json = dict[str, Any]

UNASKED = "it is asked of no image that was read"


def judge(
    predictions: Predictions,
    labels: Float64[np.ndarray, "n c"],
    *,
    task: str,
    model: str,
    manifest: str,
    seed: int,
    versions: Mapping[str, str],
    validation: tuple[Predictions, Float64[np.ndarray, "v c"]] | None = None,
    resamples: int = 1000,
) -> Json:
    """All that `metrics.json` holds. Strict JSON: what is undefined is null, with a reason.

    Beyond the contract's keys there are `modalities`, each with `concepts` and `macro` of the same
    shape; "over" and "of" in a macro average, how many questions it is the mean of and how many there
    are; "reason" beside a figure that is null or had to leave something out; "modality" in `undefined`.
    A concept asked of several modalities has no threshold at the top: each modality has its own.

    Args:
        predictions: of the rows to judge. Refused rows are counted; they cannot be ranked.
        labels: 1 present, 0 absent, NaN unknown, for the same rows and concepts.
        validation: predictions and labels of other patients, the only ones thresholds are chosen on.
        resamples: of patients, for the intervals; 0 gives none.

    Raises ManifestError if a patient is in both tables, or if an image that was read lacks a
    probability that others of its modality have.
    """
    test = stated(predictions, labels)
    asked = questions(test, stated(*validation) if validation else None)
    verdict = _Verdict(
        asked,
        np.array([measure(q.ranking.tally()) for q in asked]).reshape(-1, len(METRICS)),
        resample(asked, test.n_patients, resamples, seed),
    )
    by_concept = {c: [k for k, q in enumerate(asked) if q.concept == c] for c in predictions.concepts}
    by_modality = {m: [k for k, q in enumerate(asked) if q.modality == m] for m in test.modalities}
    unasked = [concept for concept, chosen in by_concept.items() if not chosen]
    return {
        "task": task,
        "model": model,
        "manifest": manifest,
        **_counts(predictions, test.modalities),
        "concepts": {concept: verdict.concept(chosen) for concept, chosen in by_concept.items()},
        "macro": verdict.macro(range(len(asked))),
        "modalities": {
            modality: {
                **_counts(predictions, (modality,)),
                "concepts": {asked[k].concept: verdict.concept([k]) for k in chosen},
                "macro": verdict.macro(chosen),
            }
            for modality, chosen in by_modality.items()
        },
        "undefined": [
            *verdict.undefined(),
            *({"concept": concept, "metric": metric, "reason": UNASKED} for concept in unasked for metric in METRICS),
        ],
        "seed": seed,
        "versions": dict(versions),
    }


@dataclass(frozen=True, slots=True)
class _Verdict:
    """METRICS of K questions: on all patients, and in each resample; NaN where undefined."""

    questions: Sequence[Question]
    values: Float64[np.ndarray, "k 4"]
    resampled: Float64[np.ndarray, "r k 4"]

    def concept(self, chosen: Sequence[int]) -> Json:
        """The entry of a concept: one question's, or the mean of several."""
        asked = [self.questions[k] for k in chosen]
        return {
            "n_present": sum(q.ranking.present_at.size for q in asked),
            "n_absent": sum(q.ranking.absent_at.size for q in asked),
            **{metric: _json(self.mean(chosen, metric)) for metric in METRICS},
            "threshold": asked[0].threshold if len(asked) == 1 else None,
        }

    def macro(self, chosen: Sequence[int]) -> Json:
        """The mean of each metric over questions, with how many of how many it is over."""
        over = (~np.isnan(self.values[list(chosen)])).sum(axis=0).tolist()
        return {
            metric: {**_json(self.mean(chosen, metric)), "over": n, "of": len(chosen)}
            for metric, n in zip(METRICS, over, strict=True)
        }

    def mean(self, chosen: Sequence[int], metric: str) -> Interval:
        """The mean of one metric over the chosen questions; one question is its own mean."""
        if not chosen:
            return Interval(None, reason=UNASKED)
        picked, m = list(chosen), METRICS.index(metric)
        patients = np.unique(np.concatenate([self.questions[k].ranking.patients() for k in picked]))
        found = interval(self.values[picked, m], self.resampled[:, picked, m], patients.size)
        if found.value is None and len(picked) == 1:
            question = self.questions[picked[0]]
            return Interval(None, reason=undefined(metric, question.ranking.tally()) or question.no_threshold)
        return found

    def undefined(self) -> list[Json]:
        """Each metric of each question that lacks its value or its interval, with the reason."""
        found = []
        for k, question in enumerate(self.questions):
            for metric in METRICS:
                result = self.mean([k], metric)
                if result.low is None:
                    where = {"modality": question.modality, "concept": question.concept}
                    found.append({**where, "metric": metric, "reason": result.reason})
        return found


def _counts(predictions: Predictions, modalities: Iterable[str]) -> Json:
    """Images, patients and refused images of some modalities."""
    pairs = zip(predictions.rows, predictions.refused, strict=True)
    rows = [(row, reason) for row, reason in pairs if row.modality in modalities]
    return {
        "n_images": len(rows),
        "n_patients": len({row.patient for row, _ in rows}),
        "n_refused": sum(bool(reason) for _, reason in rows),
    }


def _json(figure: Interval) -> Json:
    """The contract's three keys, and the reason where there is one."""
    shown = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {**shown, "reason": figure.reason} if figure.reason else shown
