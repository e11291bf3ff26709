"""The verdict on a table of predictions: the content of `metrics.json`.

Each concept is judged within each modality (`modalities`). Everything above that is a mean over
these questions: a concept's entry at the top is its one modality's, or the mean over its modalities;
a macro average is the mean over all questions that it covers. The intervals of means come from the
same resamples of patients as those of the questions (docs/decisions/0003-judged-per-modality.md).
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.at_threshold import AT
from mmfundus.evaluate.bootstrap import interval, resample, resample_sums
from mmfundus.evaluate.figures import BENEFIT_AT, QUALITY, figures_of, names
from mmfundus.evaluate.metrics import METRICS, measure, undefined
from mmfundus.evaluate.questions import Question, Stated, questions, stated
from mmfundus.evaluate.units import UNITS, Unit, by_unit
from mmfundus.types import Interval, Predictions

Json = dict[str, Any]

RULES = 3  # thresholds of a question: Youden's, for a sensitivity, for a specificity
SUMMED = names(RULES)
OWN = tuple(f"{name}@0" for name in AT[2:])  # at the question's own threshold
SHOWN = (*METRICS, *OWN, *QUALITY)  # what each concept and each macro average states
COLUMNS = (*METRICS, *SUMMED)
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

    A concept's entry also holds "prevalence"; "balanced_accuracy", "f1", "ppv" and "npv" at its threshold;
    "brier", "brier_skill", "log_loss", "ece_width", "ece_mass", "slope" and "intercept"; and within a
    modality "operating" (the figures at each threshold chosen on validation: "rule", "target", "threshold")
    and "net_benefit" ("at", "model", "all"; treating nobody has 0). "units" holds the same tables with an
    eye and a patient for an image ("n_units", "n_without_eye").

    A task may add "scales" (by modality and scale; evaluate/grades.py), "exclusive" (by modality the one class an
    image has; evaluate/exclusive.py) and "comparison" (two models on the same rows; evaluate/compare.py).

    Args:
        predictions: of the rows to judge. Refused rows are counted; they cannot be ranked.
        labels: 1 present, 0 absent, NaN unknown, for the same rows and concepts.
        validation: predictions and labels of other patients, the only ones thresholds are chosen on.
        resamples: of patients, for the intervals; 0 gives none.

    Raises ManifestError if a patient is in both tables, or if an image that was read lacks a
    probability that others of its modality have.
    """
    found = verdicts(stated(predictions, labels), stated(*validation) if validation else None, resamples, seed)
    return {
        "task": task,
        "model": model,
        "manifest": manifest,
        **_counts(predictions, {row.modality for row in predictions.rows}),
        **found,
        "units": {unit: _unit(predictions, labels, validation, unit, resamples, seed) for unit in UNITS},
        "seed": seed,
        "versions": dict(versions),
    }


def _unit(
    predictions: Predictions,
    labels: Float64[np.ndarray, "n c"],
    validation: tuple[Predictions, Float64[np.ndarray, "v c"]] | None,
    unit: Unit,
    resamples: int,
    seed: int,
) -> Json:
    """The tables with an eye or a patient for an image; thresholds too are chosen on such units."""
    units, said, left = by_unit(predictions, labels, unit)
    chosen_on = stated(*by_unit(*validation, unit)[:2]) if validation else None
    found = verdicts(stated(units, said), chosen_on, resamples, seed)
    return {"n_units": len(units.rows), "n_without_eye": left, **found}


def verdicts(test: Stated, validation: Stated | None, resamples: int, seed: int) -> Json:
    """Concepts, macro averages and what is undefined: of all modalities together and of each."""
    asked = questions(test, validation)
    sums = [figures_of(*q.images, test.n_patients, [o.threshold for o in q.operating]) for q in asked if q.images]
    values = [np.concatenate([measure(q.ranking.tally()), s.values()]) for q, s in zip(asked, sums, strict=True)]
    ordered = resample(asked, test.n_patients, resamples, seed)
    summed = resample_sums(sums, test.n_patients, resamples, seed)
    verdict = _Verdict(
        asked,
        np.array(values).reshape(-1, len(COLUMNS)),
        np.concatenate(
            [ordered, np.stack(summed, axis=1) if summed else np.empty((resamples, 0, len(SUMMED)))], axis=2
        ),
    )
    predictions = test.predictions
    by_concept = {c: [k for k, q in enumerate(asked) if q.concept == c] for c in predictions.concepts}
    by_modality = {m: [k for k, q in enumerate(asked) if q.modality == m] for m in test.modalities}
    unasked = [concept for concept, chosen in by_concept.items() if not chosen]
    return {
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
    }


@dataclass(frozen=True, slots=True)
class _Verdict:
    """METRICS of K questions: on all patients, and in each resample; NaN where undefined."""

    questions: Sequence[Question]
    values: Float64[np.ndarray, "k m"]
    resampled: Float64[np.ndarray, "r k m"]
    known: dict[tuple[int, ...], int] = field(default_factory=dict)  # patients of several questions, see `judged`

    def concept(self, chosen: Sequence[int]) -> Json:
        """The entry of a concept: one question's, or the mean of several."""
        asked = [self.questions[k] for k in chosen]
        present, absent = (sum(getattr(q.ranking, side).size for q in asked) for side in ("present_at", "absent_at"))
        found = {
            "n_present": present,
            "n_absent": absent,
            "prevalence": present / (present + absent) if present + absent else None,
            **{_plain(metric): self.mean(chosen, metric).json() for metric in SHOWN},
            "threshold": asked[0].threshold if len(asked) == 1 else None,
        }
        return {**found, **self.chosen_points(chosen[0])} if len(asked) == 1 else found

    def chosen_points(self, k: int) -> Json:
        """The figures at each threshold, and the net benefit, of one question."""
        question = self.questions[k]
        share = question.ranking.present_at.size / max(
            question.ranking.present_at.size + question.ranking.absent_at.size, 1
        )
        return {
            "operating": [
                {
                    **{"rule": one.rule, "target": one.target, "threshold": one.threshold},
                    **({"reason": one.reason} if one.reason else {}),
                    **{name: self.mean([k], f"{name}@{i}").json() for name in AT},
                }
                for i, one in enumerate(question.operating)
            ],
            "net_benefit": [
                {"at": p, "model": self.mean([k], f"benefit@{p}").json(), "all": share - (1 - share) * p / (1 - p)}
                for p in BENEFIT_AT
            ],
        }

    def macro(self, chosen: Sequence[int]) -> Json:
        """The mean of each metric over questions, with how many of how many it is over."""
        defined = (~np.isnan(self.values[list(chosen)])).sum(axis=0)
        return {
            _plain(metric): {
                **self.mean(chosen, metric).json(),
                **{"over": int(defined[COLUMNS.index(metric)]), "of": len(chosen)},
            }
            for metric in SHOWN
        }

    def mean(self, chosen: Sequence[int], metric: str) -> Interval:
        """The mean of one metric over the chosen questions; one question is its own mean."""
        if not chosen:
            return Interval(None, reason=UNASKED)
        picked, m = list(chosen), COLUMNS.index(metric)
        found = interval(self.values[picked, m], self.resampled[:, picked, m], self.judged(tuple(picked)))
        if found.value is None and len(picked) == 1:
            question = self.questions[picked[0]]
            return Interval(None, reason=_why(metric, question))
        return found

    def judged(self, chosen: tuple[int, ...]) -> int:
        """How many patients any of the questions is asked of; counted once, for a million images take a while."""
        if chosen not in self.known:
            of_each = (self.questions[k].ranking.patients() for k in chosen)
            self.known[chosen] = functools.reduce(np.union1d, of_each).size
        return self.known[chosen]

    def undefined(self) -> list[Json]:
        """Each metric of each question that lacks its value or its interval, with the reason."""
        found = []
        for k, question in enumerate(self.questions):
            for metric in SHOWN:
                result = self.mean([k], metric)
                if result.low is None:
                    where = {"modality": question.modality, "concept": question.concept}
                    found.append({**where, "metric": _plain(metric), "reason": result.reason})
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


def _why(metric: str, question: Question) -> str:
    """Why one question lacks a figure."""
    name, _, number = metric.partition("@")
    lacks = undefined(name, question.ranking.tally())
    if metric in METRICS:
        return lacks or question.no_threshold
    if name in AT and question.operating[int(number)].reason:
        return question.operating[int(number)].reason
    if name in ("slope", "intercept") and not lacks:
        return "no line can be fitted: the probabilities are all equal, or those of the classes do not overlap"
    if name in ("ppv", "npv"):
        return f"no image is called {'present' if name == 'ppv' else 'absent'} at the threshold"
    return lacks or "no image has a stated label"


def _plain(metric: str) -> str:
    """A figure's name in `metrics.json`: without the number of its threshold."""
    return metric.partition("@")[0]
