"""Whether labels can be told without looking at the eye: the shortcut alarm.

A cue (`data.cues`) that separates a label across patients, by logistic regression that never sees the
judged patient, is something a model can learn instead of the disease. On tables put together from
several cameras or clinics that is the rule, and no figure of such a label is a result (Zech et al., PLOS
Medicine 15:e1002683, 2018; Geirhos et al., Nature Machine Intelligence 2:665, 2020).

The rule: an alarm is raised for a label of a modality where the 95 % interval, over patients, of a cue's
AUROC lies wholly above that cue's level. Size and frame hold nothing of the tissue; 0.8 is far more than chance or
disease can give them. The others hold a little of the tissue (a cataract blurs the picture and so shrinks its
file; a swollen retina is seen at thumbnail size), so their level is 0.9: what a good reader reaches who looks at
the disease itself. An AUROC from 0.8 is commonly called excellent and from 0.9 outstanding, a custom that goes back
to Hosmer & Lemeshow, Applied Logistic Regression, ch. 5 (unconfirmed: the book was not at hand). It is a rule of
the data alone: how well the judged model does is on the same page and decides nothing, for a poor model
would have every label raise it. Silence is no proof: a cue that is not among
them stays unseen, and with fewer than LEAST patients of a class none is judged.
How not to use it: as a correction. A label with an alarm needs other images, not a smaller figure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate.bootstrap import draws, interval, resample_one
from mmfundus.evaluate.metrics import auroc, rank
from mmfundus.types import Interval, Row

Json = dict[str, Any]

TISSUELESS = ("size", "frame")  # cues that hold nothing of the tissue
LEVEL, LEVEL_TISSUELESS = 0.9, 0.8  # of the interval's lower end
LEAST = 10  # patients of each class; with fewer no cue is judged
FOLDS = 5
STRENGTH = 0.1  # scikit-learn's C: cues have up to 128 numbers, tables sometimes 30 patients
RULE = (
    f"An alarm is raised where the 95 % interval of a cue's AUROC, over patients, lies above {LEVEL} "
    f"({LEVEL_TISSUELESS} for {' and '.join(TISSUELESS)}). Silence proves nothing: other cues may be there."
)


def judge(
    rows: Sequence[Row],
    cues: Mapping[str, Float64[np.ndarray, "n _"]],
    labels: Float64[np.ndarray, "n c"],
    concepts: Sequence[str],
    seed: int = 0,
    resamples: int = 1000,
) -> Json:
    """Each cue's AUROC for each concept of each modality, and the alarms; rows whose cues are NaN are left out."""
    readable = np.isfinite(np.concatenate(list(cues.values()), axis=1)).all(axis=1)
    found: Json = {"rule": RULE, "alarms": [], "modalities": {}}
    for modality in sorted({row.modality for row in rows}):
        here = np.array([row.modality == modality for row in rows]) & readable
        part: Json = {"n_images": int(here.sum()), "concepts": {}}
        for column, concept in enumerate(concepts):
            known = np.flatnonzero(here & ~np.isnan(labels[:, column]))
            if labels[known, column].any():
                patients = [rows[i].patient for i in known.tolist()]
                told = {cue: values[known] for cue, values in cues.items()}
                entry = _concept(told, labels[known, column], patients, seed, resamples)
                part["concepts"][concept] = entry
                found["alarms"] += [{"modality": modality, "concept": concept, **alarm} for alarm in entry["alarms"]]
        found["modalities"][modality] = part
    return found


def _concept(
    cues: Mapping[str, Float64[np.ndarray, "n _"]],
    labels: Float64[np.ndarray, "n"],
    patients: Sequence[str],
    seed: int,
    resamples: int,
) -> Json:
    """All cues for one concept of one modality, the strongest by value, and the alarms."""
    figures = {cue: separation(values, labels, patients, seed, resamples) for cue, values in cues.items()}
    known = {cue: figure.value for cue, figure in figures.items() if figure.value is not None}
    return {
        "n_present": int(labels.sum()),
        "n_absent": int((labels == 0).sum()),
        "cues": {cue: figure.json() for cue, figure in figures.items()},
        "strongest": max(known, key=known.__getitem__) if known else None,
        "alarms": [
            {"cue": cue, "auroc": figure.json(), "level": level(cue)}
            for cue, figure in figures.items()
            if figure.low is not None and figure.low > level(cue)
        ],
    }


def level(cue: str) -> float:
    """What the lower end of a cue's interval must exceed for an alarm."""
    return LEVEL_TISSUELESS if cue in TISSUELESS else LEVEL


def separation(
    values: Float64[np.ndarray, "n k"],
    labels: Float64[np.ndarray, "n"],
    patients: Sequence[str],
    seed: int = 0,
    resamples: int = 1000,
) -> Interval:
    """AUROC of a logistic regression on patients it has not seen, with its interval over patients.

    Scores are ranks within each fold, for five fits have five zero points. None where a class has
    fewer than LEAST patients.
    """
    _, owner = np.unique(patients, return_inverse=True)
    fewest = min(len(set(owner[labels == value])) for value in (0, 1))
    if fewest < LEAST:
        return Interval(None, reason=f"{fewest} patients in one class; at least {LEAST} are needed")
    if not np.ptp(values, axis=0).any():
        return Interval(0.5, 0.5, 0.5, "the cue is the same in all images")
    ranking = rank(_unseen(values, labels, owner.astype(np.int64), seed), labels, owner.astype(np.int64))
    number = len(set(owner))
    return interval(*resample_one(ranking, auroc, draws(number, resamples, seed)), number)


def _unseen(
    values: Float64[np.ndarray, "n k"], labels: Float64[np.ndarray, "n"], owner: Int64[np.ndarray, "n"], seed: int
) -> Float64[np.ndarray, "n"]:
    """Each image's rank among its fold, by a regression that saw no image of the fold's patients."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = np.full(len(labels), np.nan)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, test in folds.split(values, labels, owner):
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
        ).fit(values[learn], labels[learn])
        odds = model.decision_function(values[test])
        below = (odds[:, None] > odds).sum(axis=1) + (odds[:, None] == odds).sum(axis=1) / 2
        scores[test] = below / len(test)
    return scores
