"""Reporting checklists, filled where an evaluation itself knows the answer and marked where the author must write.

A guideline is a file of guidelines/: the numbers of its items, what each is about in our own words, the name
of the answer in `answers` (if any), and what is left to the author. The tool never says that an item is
fulfilled: it says what it knows, and whoever writes judges whether that is enough.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from mmfundus import NOTICE
from mmfundus.report.evaluation import calibrated_by, headline

Json = Mapping[str, Any]
FILES = ("tripod_ai", "stard_ai", "claim")
OWED = "author must write"


def guideline(name: str) -> Json:
    """A guideline as its file has it."""
    folder = resources.files("mmfundus.report") / "guidelines"
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def checklists_view(result: Json, images_seen: bool) -> dict[str, Any]:
    """What templates/checklists.html shows; `images_seen` where the page has flow, errors and pictures."""
    known = answers(result, images_seen)
    return {"checklists": [_filled(guideline(name), known) for name in FILES], "owed": OWED}


def _filled(found: Json, known: Mapping[str, str]) -> dict[str, Any]:
    items = [{**item, "knows": known.get(item.get("knows", ""), "")} for item in found["item"]]
    filled = sum(bool(item["knows"]) for item in items)
    words = f"{len(items)} rows: the tool knows something of {filled}, {len(items) - filled} are the author's alone"
    return {**{key: found[key] for key in ("name", "about", "source", "doi", "confirmed")},
            "unconfirmed": found.get("unconfirmed", False), "rows": items, "words": words}  # fmt: skip


def markdown(result: Json, images_seen: bool) -> str:
    """The same as `checklists.md`, to go on writing in."""
    lines = ["# Reporting checklists", "", f"{result.get('model')} on {result.get('manifest')}. {NOTICE}", ""]
    for it in checklists_view(result, images_seen)["checklists"]:
        lines += [f"## {it['name']}: {it['about']}", "", f"{it['source']}, doi:{it['doi']}. {it['confirmed']}", ""]
        lines += [f"{it['words']}.", "", "| item | about | what the tool knows | for the author |", "|---|---|---|---|"]
        lines += [
            f"| {item['number']} | {item['topic']} | {_cell(item['knows']) or f'**{OWED}**'} | {item['author']} |"
            for item in it["rows"]
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that stays in its cell and is no markup, whatever names it repeats."""
    one = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\|`*_[]" else c for c in one)


def answers(result: Json, images_seen: bool) -> dict[str, str]:
    """By the names that guidelines use, what this evaluation knows; nothing where it knows nothing."""
    entries = [entry for part in (result.get("modalities") or {}).values() for entry in part["concepts"].values()]
    if not entries:
        return {}
    found = {
        **_numbers(result, entries),
        **_rules(result, entries),
        "headline": headline(result),
        "task": f"An evaluation, {result.get('task')}, of {result.get('model')}.",
        "data": f"Manifest: {result.get('manifest')}; modalities {', '.join(result['modalities'])}.",
        "outcome": "Concepts asked: " + ", ".join(sorted(c.replace("_", " ") for c in result["concepts"])) + ".",
        "model": f"{result.get('model')}; architecture, start weights and recipe are in its directory's card.",
        "versions": ", ".join(f"{name} {version}" for name, version in (result.get("versions") or {}).items()) + ".",
        "outputs": "metrics.json, predictions.parquet (every probability, every refusal) and this report are kept.",
        "figures": f"{headline(result)} The tables have each concept with its interval.",
        "limits": "See “What this does not show” and the notes on intervals.",
    }
    if images_seen:
        found["flow"] = "The flow of images and patients from the manifest on stands under “How it was judged”."
        found["errors"] = "The most confident errors are shown with picture and map, chosen by a stated rule."
        found["maps"] = "Maps of the worst errors and of examples; each says whether it adds up to its score."
    if result.get("scales"):
        found["grades"] = "Grades are tabulated where the manifest states a scale."
    return found


def _numbers(result: Json, entries: list[Json]) -> dict[str, str]:
    shares = [e["n_present"] / n for e in entries if (n := e["n_present"] + e["n_absent"])] or [0.0]
    counts = f"{result.get('n_images')} images of {result.get('n_patients')} patients"
    return {
        "size": f"{counts}; no size was computed beforehand, the intervals say what these bear.",
        "events": f"{counts}; per concept the tables give the images stated present and absent.",
        "prevalence": f"Present among stated: {100 * min(shares):.1f} % to {100 * max(shares):.1f} % by concept. "
        "Nothing was reweighted or resampled to balance classes.",
        "refused": f"{result.get('n_refused')} images were refused, each named with its reason; none was replaced.",
        "eligible": "Rows of the split that state a concept, of modalities the model was trained on, and readable.",
        "confusion": "A two-by-two table per concept at its threshold, where one could be chosen on validation rows.",
    }


def _rules(result: Json, entries: list[Json]) -> dict[str, str]:
    chosen = sum(entry.get("threshold") is not None for entry in entries)
    found = {
        "missing": "An image without a stated label of a concept is no part of its figures; none is guessed.",
        "thresholds": f"Probabilities; {chosen} of {len(entries)} thresholds, by Youden's index on validation rows.",
        "intervals": f"95 % percentile bootstrap over patients, seed {result.get('seed')}; without correction.",
        "measures": "AUROC, AUPRC beside prevalence, sensitivity, specificity, calibration and net benefit by concept.",
        "partitions": "Splits by patient; a patient in the judged and in the validation rows is refused as an error.",
        "preparation": "Each modality's own deterministic preparation, the same in training and here; its version is "
        "sealed with the model.",
        "predictors": f"Pixels of one image ({', '.join(result['modalities'])}) and its modality; nothing else.",
        "predicted": "Cosine of image and prompt vectors against those of rival labels; the model saw no label or id.",
    }
    if method := calibrated_by(result):
        found["calibration"] = f"Probabilities recalibrated on validation rows ({method})."
    if result.get("subgroups"):
        found["groups"] = "Figures by subgroup with intervals stand on this page."
    return found
