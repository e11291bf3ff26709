"""An evaluation as a section of a page: what `metrics.json` says, with intervals and their limits.

An optional second result, say of the weights that training started from, stands beside the first.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from mmfundus.report.charts import Estimate, forest
from mmfundus.report.words import alerts
from mmfundus.types import Interval, Refusal

Json = Mapping[str, Any]
COUNTS = (("n_images", "images"), ("n_patients", "patients"), ("n_refused", "refused"))
TALLEST = 24  # rows of a forest of several modalities
FACTS = (("task", "task"), ("model", "model"), ("manifest", "manifest"), *COUNTS, ("seed", "seed"))
METRICS = {"auroc": "AUROC", "auprc": "AUPRC", "sensitivity": "sensitivity", "specificity": "specificity"}


def evaluation_view(result: Json, baseline: Json | None = None, compared: str = "start weights") -> dict[str, Any]:
    """What templates/evaluation.html shows; `compared` is what the baseline is called."""
    tables = groups(result, baseline)
    return {
        "headline": headline(result, baseline, compared),
        "warnings": list(alerts(result)),
        "facts": facts(result),
        "compared": compared if baseline else "",
        "groups": tables,
        "forests": list(_forests([table for table in tables if table["rows"]])),
        "verdict": _verdict([row["auroc"] for table in tables for row in table["rows"]]),
        "undefined": undefined(result),
        "refused": [Refusal(item["image"], item["reason"]) for item in result.get("refused", ())],
        "versions": ", ".join(f"{name} {version}" for name, version in result.get("versions", {}).items()),
    }


def facts(result: Json) -> list[tuple[str, str]]:
    """What was judged, in a line."""
    return [(name, _known(result.get(key))) for key, name in FACTS]


def headline(result: Json, baseline: Json | None = None, compared: str = "start weights") -> str:
    """The macro AUROC in a sentence: what it is the mean of, its interval, and the baseline's."""
    beside = f" The {compared} alone: {_written(baseline)}." if baseline else ""
    return f"Macro AUROC with its 95 % interval: {_written(result)}.{beside}"


def groups(result: Json, baseline: Json | None = None) -> list[dict[str, Any]]:
    """A table a modality: a row a concept, and the macro average."""
    before = dict(_parts(baseline)) if baseline else {}
    alarms = alarmed(result)
    return [_group(name, part, before.get(name), alarms) for name, part in _parts(result)]


def alarmed(result: Json) -> set[tuple[str, str]]:
    """The modalities and concepts of which a shortcut alarm was raised."""
    alarms = (result.get("shortcuts") or {}).get("alarms") or ()
    return {(alarm["modality"], alarm["concept"]) for alarm in alarms}


def undefined(result: Json) -> list[dict[str, str]]:
    """Undefined figures, those of one concept for one reason on one line."""
    metrics: dict[tuple[str, str, str], list[str]] = {}
    for found in result.get("undefined", ()):
        where = (found["concept"], found.get("modality", "all"), found["reason"])
        metrics.setdefault(where, []).append(METRICS.get(found["metric"], found["metric"]))
    return [
        {"concept": concept.replace("_", " "), "modality": modality, "metrics": ", ".join(names), "reason": reason}
        for (concept, modality, reason), names in metrics.items()
    ]


def calibrated_by(result: Json) -> str:
    """The method by which probabilities were calibrated; empty where they were not."""
    return str((result.get("calibration") or {}).get("method") or "")


def as_interval(found: Json | float | None) -> Interval:
    """An entry of `metrics.json`; absent or null is undefined, a bare number has no interval."""
    if found is None:
        return Interval(None)
    if isinstance(found, Mapping):
        return Interval(found.get("value"), found.get("low"), found.get("high"), found.get("reason") or "")
    return Interval(found)


def _parts(result: Json) -> Iterator[tuple[str, Json]]:
    """Results per modality; one part of all where a result has none."""
    yield from (result.get("modalities") or {"all images": result}).items()


def _over(part: Json | None) -> str:
    """Over how many concepts a macro average goes; empty where it does not say."""
    auroc = ((part or {}).get("macro") or {}).get("auroc") or {}
    return f"mean over {auroc['over']} of {auroc['of']} concepts" if "over" in auroc else ""


def _macro(part: Json | None) -> Interval:
    return as_interval(((part or {}).get("macro") or {}).get("auroc"))


def _group(name: str, part: Json, baseline: Json | None, alarms: Container[tuple[str, str]]) -> dict[str, Any]:
    before = (baseline or {}).get("concepts", {})
    counts = [f"{part[key]} {word}" for key, word in COUNTS if key in part]
    counts += [f"{part['n_leaked']} LEAKED"] if part.get("n_leaked") else []
    return {
        "name": name,
        "caption": ", ".join([f"{name}: concepts with 95 % intervals", *counts]),
        "rows": [
            {**_row(concept, entry, before.get(concept)), "shortcut": (name, concept) in alarms}
            for concept, entry in part.get("concepts", {}).items()
        ],
        "macro": _macro(part) if "macro" in part else None,
        "over": _over(part),
        "macro_baseline": _macro(baseline),
    }


def _row(concept: str, entry: Json, baseline: Json | None) -> dict[str, Any]:
    present, absent = entry.get("n_present", 0), entry.get("n_absent", 0)
    return {
        "concept": concept.replace("_", " "),
        "n_present": present,
        "n_absent": absent,
        "prevalence": present / (present + absent) if present + absent else None,
        "threshold": entry.get("threshold"),
        "baseline": as_interval((baseline or {}).get("auroc")),
        **{metric: as_interval(entry.get(metric)) for metric in METRICS},
    }


def _forests(tables: Sequence[Mapping[str, Any]]) -> Iterator[Markup]:
    """One forest of all modalities, or one of each where it would be longer than a page."""
    rows = sum(len(table["rows"]) for table in tables)
    for part in [tables] if 0 < rows <= TALLEST else [[table] for table in tables]:
        estimates = {
            table["name"]: [Estimate(row["concept"], row["auroc"], row["baseline"]) for row in table["rows"]]
            for table in part
        }
        names, rows = ", ".join(estimates), sum(map(len, estimates.values()))
        alt = f"AUROC of {rows} concepts ({names}) with their intervals; the tables below have the figures."
        yield forest(estimates, alt)


def _verdict(estimates: Sequence[Interval]) -> str:
    """The outcome in a sentence: for how many concepts the interval leaves chance behind."""
    known = [it for it in estimates if it.value is not None and it.low is not None and it.high is not None]
    above, below = sum(it.low > 0.5 for it in known), sum(it.high < 0.5 for it in known)  # type: ignore[operator]
    return (
        f"Concepts (once a modality) whose whole interval lies above 0.5: {above} of {len(estimates)}; "
        f"wholly below it: {below}; without an interval: {len(estimates) - len(known)}. "
        "Where an interval contains 0.5, these images do not show that the model sees the finding."
    )


def _written(part: Json) -> str:
    """A macro average with its interval and what it is the mean of."""
    return ", ".join(text for text in (span(_macro(part)), _over(part)) if text)


def span(it: Interval) -> str:
    """A figure and its interval in text."""
    if it.value is None:
        return "undefined"
    return f"{it.value:.3f}" + (f" ({it.low:.3f}–{it.high:.3f})" if it.low is not None and it.high is not None else "")


def _known(value: Any) -> str:
    return "unknown" if value is None or value == "" else str(value)
