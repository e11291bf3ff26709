"""Grades of a scale, calibration before and after, and two models compared, as sections of an evaluation's page."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmfundus.report.each import entry_of
from mmfundus.report.evaluation import METRICS, as_interval

Json = Mapping[str, Any]
FIGURES = ("kappa", "accuracy", "balanced_accuracy")
COMPARED = METRICS | {"brier": "Brier (less is better)", "log_loss": "log loss (less is better)",
                      "ece_mass": "ECE (less is better)"}  # fmt: skip
BEFORE_AFTER = {"brier": "Brier", "ece_mass": "ECE, bins of equal size", "slope": "slope", "intercept": "intercept"}


def grades_view(result: Json) -> dict[str, Any]:
    """What templates/grades.html shows: a confusion table a scale, and a modality's exclusive classes."""
    scales = [
        _grades(f"{scale.get('name', name)} ({modality})", scale)
        for modality, found in (result.get("scales") or {}).items()
        for name, scale in found.items()
    ]
    exclusive = [_grades(f"classes of {m}", found) for m, found in (result.get("exclusive") or {}).items()]
    return {"tables": [*scales, *exclusive]}


def _grades(name: str, found: Json) -> dict[str, Any]:
    grades, rows = [str(grade).replace("_", " ") for grade in found["grades"]], []
    for stated, counts in zip(found["grades"], found["confusion"], strict=True):
        total = sum(counts)
        recall = (found.get("recall") or {}).get(stated)
        rows.append(
            {
                "grade": str(stated).replace("_", " "),
                "cells": [{"n": n, "share": round(n / total, 2) if total else 0} for n in counts],
                "total": total,
                "recall": "undefined" if recall is None else f"{recall:.3f}",
            }
        )
    figures = [(key.replace("_", " "), as_interval(found[key])) for key in FIGURES if key in found]
    facts = [("images", found.get("n")), ("patients", found.get("n_patients")), ("left out", found.get("left_out"))]
    return {
        "name": name, "heads": [(grade, "number") for grade in grades], "rows": rows, "figures": figures,
        "rule": found.get("rule", ""),
        "facts": [(key, value) for key, value in facts if value is not None],
    }  # fmt: skip


def comparison_view(found: Json) -> dict[str, Any]:
    """What templates/comparison.html shows."""
    alone = [
        (model, images)
        for model, images in ((found["model"], found.get("only_first")), (found["against"], found.get("only_second")))
        if images
    ]
    macro = found.get("macro") or {}
    return {
        "model": found["model"],
        "against": found["against"],
        "patients": found.get("n_patients"),
        "alone": [(model, len(images)) for model, images in alone],
        "macro": [_difference(COMPARED.get(key, key), macro[key]) for key in macro],
        "rows": list(_rows(found)),
    }


def _rows(found: Json) -> Iterator[dict[str, Any]]:
    for entry in found.get("concepts", ()):
        where = f"{entry['concept'].replace('_', ' ')} ({entry['modality']})"
        for metric in ("auroc", "auprc"):
            if metric in entry:
                yield {**_difference(METRICS[metric], entry[metric]), "concept": where}


def _difference(name: str, entry: Json) -> dict[str, Any]:
    difference = as_interval(entry.get("difference"))
    p = entry.get("p_delong")
    return {
        "metric": name,
        "first": entry.get("first"),
        "second": entry.get("second"),
        "difference": difference,
        "apart": difference.low is not None and difference.high is not None and difference.low * difference.high > 0,
        "delong": "" if p is None else ("< 0.001" if p < 0.001 else f"{p:.3f}"),
    }


def calibration_view(result: Json) -> dict[str, Any]:
    """What templates/calibration.html shows: each concept's figures before calibration and after."""
    found = result["calibration"]
    rows, refused, called = [], [], []
    for modality, part in found["modalities"].items():
        called += [_called(concept, modality, entry) for concept, entry in part.get("calls", {}).items()]
        for concept, entry in part.get("concepts", {}).items():
            where = {"concept": concept.replace("_", " "), "modality": modality}
            if not entry["calibrated"]:
                refused.append({**where, "reason": entry["reason"]})
                continue
            after = entry_of(result, modality, concept)
            rows += [
                {**where, "figure": words, "before": as_interval(it), "after": as_interval(after.get(key))}
                for key, words in BEFORE_AFTER.items()
                if (it := entry["before"].get(key)) is not None
            ]
    promise = "; ".join(dict.fromkeys(it["promised"] for it in called))
    return {"method": found["method"], "rows": rows, "refused": refused, "called": called, "promise": promise}


def _called(concept: str, modality: str, entry: Json) -> dict[str, Any]:
    """A line of the table of calls: what was promised of each side, and what these patients show."""
    sides = [(entry[f"kept_{side}"], entry[key] is not None, entry[f"n_{side}"])
             for side, key in (("present", "absent_to"), ("absent", "present_from"))]  # fmt: skip
    return {
        "concept": concept.replace("_", " "),
        "modality": modality,
        "promised": f"{100 * entry['share']:.0f} %, confidence {100 * entry['confidence']:.0f} %",
        "sides": [
            {"kept": as_interval(it), "patients": it["n_patients"], "promised": promised, "fitted": fitted}
            for it, promised, fitted in sides
        ],
        "unsure": "undefined" if entry["unsure"] is None else f"{100 * entry['unsure']:.0f} %",
    }
