"""A preset as sections of an evaluation's page: what it acts on, its figures by image, eye and patient, its curves."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmfundus.evaluate.questions import stated
from mmfundus.evaluate.units import Unit, by_unit
from mmfundus.report.each import questions_view
from mmfundus.report.evaluation import as_interval
from mmfundus.tasks import Judged

Json = Mapping[str, Any]
UNIT: Unit = "patient"  # that is drawn: whoever refers somebody refers a patient


def preset_view(judged: Judged) -> dict[str, Any]:
    """What templates/preset.html shows, and under `curves` templates/each.html."""
    found = judged.result["preset"]
    assert judged.composites is not None, "a preset was judged, so its composites are known"
    units, said, _ = by_unit(*judged.composites, UNIT)
    published = {
        name: [it for it in one["references"] if it["unit"] == UNIT] for name, one in found["composites"].items()
    }
    return {
        **{key: found[key] for key in ("name", "version", "status", "rule", "limits", "sources")},
        "asked": ", ".join(map(_words, found["asked"])),
        "composites": [
            {"name": _words(name), "means": one["name"], "made_of": " or ".join(map(_words, one["any"]))}
            for name, one in found["composites"].items()
        ],
        "rows": list(_rows(found)),
        "without_eye": found["units"]["eye"]["n_without_eye"],
        "beside": list(_beside(found)),
        "unit": UNIT,
        "curves": questions_view(
            stated(units, said), found["units"][UNIT], judged.result["seed"], published, "patients"
        ),
    }


def _rows(found: Json) -> Iterator[dict[str, Any]]:
    """A line a composite, modality and unit."""
    for unit, part in {"image": found, **found["units"]}.items():
        for modality, judged in part["modalities"].items():
            for name, entry in judged["concepts"].items():
                yield {
                    "composite": _words(name),
                    "modality": modality,
                    "unit": unit,
                    "present": entry["n_present"],
                    "absent": entry["n_absent"],
                    "threshold": entry["threshold"],
                    **{key: as_interval(entry[key]) for key in ("auroc", "sensitivity", "specificity")},
                }


def _beside(found: Json) -> Iterator[dict[str, Any]]:
    """A line a published figure and modality: theirs, ours, and whether our whole interval lies above."""
    for name, one in found["composites"].items():
        for published in one["references"]:
            for modality, ours in published["beside"].items():
                for figure in ("sensitivity", "specificity"):
                    yield {
                        "composite": f"{_words(name)} ({modality}), by {published['unit']}",
                        "name": f"{published['name']} ({published['source']})",
                        "figure": figure,
                        "theirs": published[figure],
                        "ours": as_interval(ours[figure]),
                        "above": {True: "yes", False: "no", None: "cannot be said"}[ours["interval_above"][figure]],
                    }


def _words(name: str) -> str:
    return name.replace("_", " ")
