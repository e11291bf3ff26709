"""The same figures for parts of the patients: by sex, age band, camera, site or any other column.

For each concept of each modality and each value of the column: AUROC, and sensitivity and specificity at
the threshold of the whole table, with intervals over patients and the difference to all others, from
the same resamples of patients for both sides. The worst group is the one of the lowest value, which
is not to say that it is worse than chance would have it: the interval of its difference says that, and
among many groups some lie outside by chance (`comparisons`; Bland & Altman, BMJ 310:170, 1995).
How not to use it: to search columns until one differs, or to read "no difference" off a wide interval.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mmfundus.errors import UsageError
from mmfundus.evaluate.bootstrap import draws, interval, resample_one
from mmfundus.evaluate.metrics import Ranking, auroc, rank, sensitivity, specificity
from mmfundus.types import Interval, Predictions, Row

Json = dict[str, Any]

FIGURES = {"auroc": auroc, "sensitivity": sensitivity, "specificity": specificity}
BANDS = (40, 50, 60, 70, 80)  # years at which an age band begins
LEAST = 10  # patients with, and without, a finding that a group's figure needs
MOST = 12  # groups of a column; the rarer ones are taken together
UNKNOWN, OTHERS = "unknown", "others"


def judge(
    predictions: Predictions,
    labels: Float64[np.ndarray, "n c"],
    by: Sequence[str],
    thresholds: Mapping[tuple[str, str], float | None],
    seed: int = 0,
    resamples: int = 1000,
) -> Json:
    """Subgroups by column. `thresholds`: by modality and concept. Raises UsageError for a column that no row has."""
    known = [i for i, refused in enumerate(predictions.refused) if not refused]
    rows = [predictions.rows[i] for i in known]
    return {
        column: _column(
            rows,
            grouped(predictions.rows, column, known),
            (predictions.probability[known], labels[known], predictions.concepts),
            thresholds,
            seed,
            resamples,
        )
        for column in by
    }


def columns(rows: Sequence[Row]) -> set[str]:
    """The columns that subgroups can be formed by."""
    return {name for row in rows for name in row.extra} | {"eye", "study"}


def grouped(rows: Sequence[Row], column: str, chosen: Sequence[int]) -> list[str]:
    """The group of each chosen row. Raises UsageError for a column that the table does not have."""
    has = columns(rows)
    if column not in has:
        raise UsageError(
            f"There is no column {column!r} to form subgroups by. The table has: {', '.join(sorted(has))}."
        )
    values = [rows[i].extra.get(column, "") or getattr(rows[i], column, "") for i in chosen]
    names = [_band(value) if column == "age" else value.strip() or UNKNOWN for value in values]
    common = {name for name, _ in Counter(names).most_common(MOST)}
    return [name if name in common else OTHERS for name in names]


def _band(age: str) -> str:
    """The band of an age in years, which may be written as 63, 63.0, 63y or 063Y (as in DICOM)."""
    match = re.fullmatch(r"\s*(\d{1,3})(?:\.\d+)?\s*y?(?:ears)?\s*", age, re.IGNORECASE)
    if not match or int(match[1]) > 120:
        return UNKNOWN
    years = int(match[1])
    edges = (0, *BANDS)
    start = max(edge for edge in edges if edge <= years)
    return f"{start}+" if start == BANDS[-1] else f"{start}-{edges[edges.index(start) + 1] - 1}"


Table = tuple[Float64[np.ndarray, "n c"], Float64[np.ndarray, "n c"], Sequence[str]]


def _column(
    rows: Sequence[Row],
    groups: Sequence[str],
    table: Table,
    thresholds: Mapping[tuple[str, str], float | None],
    seed: int,
    resamples: int,
) -> Json:
    probability, labels, concepts = table
    names = np.array(groups)
    found: Json = {"groups": dict(sorted(Counter(groups).items())), "least": LEAST, "modalities": {}}
    for modality in sorted({row.modality for row in rows}):
        here = np.array([row.modality == modality for row in rows])
        part = {}
        for c, concept in enumerate(concepts):
            stated = here & ~np.isnan(labels[:, c]) & ~np.isnan(probability[:, c])
            if stated.any():
                patients = [row.patient for row, kept in zip(rows, stated, strict=True) if kept]
                asked = probability[stated, c], labels[stated, c], names[stated]
                part[concept] = _concept(*asked, patients, thresholds.get((modality, concept)), seed, resamples)
        found["modalities"][modality] = part
    entries = [e for part in found["modalities"].values() for e in part.values()]
    compared = sum(g["difference"]["value"] is not None for e in entries for g in e["groups"].values())
    apart = sum(_apart(g["difference"]) for e in entries for g in e["groups"].values())
    found["comparisons"] = {
        "n": compared,
        "apart": apart,
        "warning": f"{compared} differences of AUROC were looked at; of as many without any true difference about "
        f"{compared / 20:.1f} intervals would leave zero out by chance, and {apart} do."
        if compared
        else "No two groups have enough patients with and without a finding to be compared.",
    }
    return found


def _apart(figure: Json) -> bool:
    return figure["low"] is not None and (figure["low"] > 0 or figure["high"] < 0)


def _concept(
    scores: Float64[np.ndarray, "n"],
    labels: Float64[np.ndarray, "n"],
    names: np.ndarray,
    patients: Sequence[str],
    threshold: float | None,
    seed: int,
    resamples: int,
) -> Json:
    """All groups of one concept of one modality."""
    _, owner = np.unique(patients, return_inverse=True)
    owner, number = owner.astype(np.int64), len(set(patients))
    times = list(draws(number, resamples, seed))
    entries = {}
    for name in sorted(set(names)):
        inside = names == name
        entries[str(name)] = _group(scores, labels, owner, inside, threshold, times)
    known = {name: e["auroc"]["value"] for name, e in entries.items() if e["auroc"]["value"] is not None}
    comparable = {name: value for name, value in known.items() if name not in (UNKNOWN, OTHERS)}
    worst = min(comparable, key=comparable.__getitem__) if len(comparable) > 1 else None
    return {"groups": entries, "worst": worst, "threshold": threshold}


def _group(
    scores: Float64[np.ndarray, "n"],
    labels: Float64[np.ndarray, "n"],
    owner: Int64[np.ndarray, "n"],
    inside: Bool[np.ndarray, "n"],
    threshold: float | None,
    times: Sequence[Int64[np.ndarray, "p"]],
) -> Json:
    """One group's figures, and its AUROC less that of all others."""
    sides = [rank(scores[part], labels[part], owner[part], threshold) for part in (inside, ~inside)]
    entry: Json = {
        "n_images": int(inside.sum()),
        "n_patients": len(set(owner[inside].tolist())),
        "n_present": int((labels[inside] == 1).sum()),
        "n_absent": int((labels[inside] == 0).sum()),
    }
    for figure in FIGURES:
        why = _too_few(sides[0], figure, threshold)
        its = None if why else interval(*resample_one(sides[0], FIGURES[figure], times), entry["n_patients"])
        entry[figure] = (its or Interval(None, reason=why)).json()
    why = _too_few(sides[0], "auroc", threshold)
    why = why or (_too_few(sides[1], "auroc", threshold) and f"of the others, {_too_few(sides[1], 'auroc', threshold)}")
    if why:
        return {**entry, "difference": Interval(None, reason=why).json()}
    (ours, ours_drawn), (theirs, theirs_drawn) = (resample_one(side, auroc, times) for side in sides)
    return {**entry, "difference": interval(ours - theirs, ours_drawn - theirs_drawn, entry["n_patients"]).json()}


def _too_few(ranking: Ranking, figure: str, threshold: float | None) -> str:
    """Why a group has no such figure; empty if it has."""
    if figure != "auroc" and threshold is None:
        return "the concept has no threshold"
    needs = {"auroc": ("present", "absent"), "sensitivity": ("present",), "specificity": ("absent",)}[figure]
    for side in needs:
        patients = len(set(getattr(ranking, f"{side}_patient").tolist()))
        if patients < LEAST:
            return f"patients who have it {side}: {patients}; at least {LEAST} are needed"
    return ""
