"""What stands beside every verdict as sections of a page: leaked rows, shortcuts, subgroups."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmfundus.data.cues import CUES
from mmfundus.report.charts import Estimate, forest
from mmfundus.report.evaluation import METRICS, as_interval
from mmfundus.report.pages import Section
from mmfundus.types import Interval

Json = Mapping[str, Any]
SHOWN = 50  # leaked rows on the page; metrics.json holds all
SHOWN_FIGURES = ("auroc", "sensitivity", "specificity", "difference")
DRAWN = 12  # concepts of a column that get a forest: those with the most images


def sections(result: Json) -> list[Section]:
    """The sections of what was looked for; none of what was not."""
    found = []
    if result.get("leakage"):
        found.append(Section("Seen in training?", "leakage.html", leakage_view(result)))
    if result.get("shortcuts"):
        found.append(Section("Shortcuts", "shortcuts.html", shortcuts_view(result["shortcuts"])))
    if result.get("subgroups"):
        found.append(Section("Subgroups", "subgroups.html", subgroups_view(result["subgroups"])))
    return found


def how_leaked(result: Json) -> dict[str, str] | None:
    """By image how it was seen in training, for the predictions table; None where that is not known."""
    rows = (result.get("leakage") or {}).get("rows")
    if rows is None:
        return None
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["image"], set()).update(row["how"].split(";"))
    return {image: ";".join(sorted(how)) for image, how in found.items()}


def leakage_view(result: Json) -> dict[str, Any]:
    """What templates/leakage.html shows: how many rows by kind, the figures without them, and the rows."""
    found = result["leakage"]
    without = found.get("without") or {}
    rows = found.get("rows") or ()
    return {
        "reason": found.get("reason", ""),
        "against": found.get("checked_against") or "",
        "known": found.get("n_fingerprints"),
        "n": found.get("n_rows"),
        "of": result["n_images"],
        "kinds": [(kind, number) for kind, number in (found.get("by_kind") or {}).items() if number],
        "left": without.get("n_images"),
        "left_reason": without.get("reason", ""),
        "figures": list(_beside(result, without)) if "macro" in without else [],
        "rows": [{**row, "score": "" if row["score"] is None else f"{row['score']:.3f}"} for row in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
    }


def _beside(result: Json, without: Json) -> Iterator[dict[str, Any]]:
    """AUROC of all rows and of those that are left, by concept."""
    for modality, group in without["modalities"].items():
        theirs = result["modalities"][modality]
        for name, entry in [("macro", group["macro"]), *group["concepts"].items()]:
            all_ = theirs["macro"] if name == "macro" else theirs["concepts"].get(name, {})
            yield {
                "modality": modality,
                "concept": name.replace("_", " "),
                "all": as_interval(all_.get("auroc")),
                "left": as_interval(entry["auroc"]),
            }


def shortcuts_view(found: Json) -> dict[str, Any]:
    """What templates/shortcuts.html shows: each cue's AUROC for each concept, alarms marked."""
    rows = [
        {
            "modality": modality,
            "concept": concept.replace("_", " "),
            "cues": [as_interval(entry["cues"].get(cue)) for cue in CUES],
            "alarms": ", ".join(alarm["cue"] for alarm in entry["alarms"]),
        }
        for modality, group in found["modalities"].items()
        for concept, entry in group["concepts"].items()
    ]
    heads = [(cue, "number") for cue in CUES]
    return {
        "rule": found["rule"],
        "cue_heads": heads,
        "cues": list(CUES.items()),
        "rows": rows,
        "alarms": len(found["alarms"]),
    }


def subgroups_view(found: Json) -> dict[str, Any]:
    """What templates/subgroups.html shows: a table and forests a column."""
    columns = []
    for column, told in found.items():
        rows = [
            {
                "modality": modality,
                "concept": concept.replace("_", " "),
                "group": name,
                "worst": name == entry["worst"],
                "n": f"{group['n_images']} / {group['n_patients']}",
                "stated": f"{group['n_present']} / {group['n_absent']}",
                **{figure: as_interval(group[figure]) for figure in SHOWN_FIGURES},
                "why": group["auroc"].get("reason") or "",
            }
            for modality, part in told["modalities"].items()
            for concept, entry in part.items()
            for name, group in entry["groups"].items()
        ]  # fmt: skip
        drawn = _forest(column, told)
        columns.append({"name": column, "rows": rows, "forest": drawn, "warning": told["comparisons"]["warning"]})
    return {"columns": columns, "metrics": METRICS}


def _forest(column: str, told: Json) -> str:
    """AUROC of the groups of the concepts of which most are known."""
    entries = [
        (f"{concept.replace('_', ' ')}, {modality}", entry["groups"])
        for modality, part in told["modalities"].items()
        for concept, entry in part.items()
        if sum(group["auroc"]["value"] is not None for group in entry["groups"].values()) > 1
    ]
    entries.sort(key=lambda pair: -sum(group["n_present"] for group in pair[1].values()))
    estimates = {
        title: [Estimate(name, _known(group)) for name, group in groups.items()] for title, groups in entries[:DRAWN]
    }
    return forest(estimates, f"AUROC by {column}; the table below has the figures.") if estimates else ""


def _known(group: Json) -> Interval:
    return as_interval(group["auroc"])
