"""An evaluation in the form that model hubs read: the `model-index` of a card's head.

https://huggingface.co/docs/hub/model-cards#evaluation-results. Hubs take one number a metric, so the interval
stands in the metric's name; what is undefined has no number and stands in the card's text alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mmfundus.report.evaluation import as_interval

Json = Mapping[str, Any]
TASK = {"type": "zero-shot-image-classification", "name": "Zero-shot image classification"}
METRICS = {"auroc": ("roc_auc", "AUROC"), "auprc": ("average_precision", "AUPRC")}  # ids as `evaluate` has them


def head(name: str, metrics: Json) -> dict[str, Any]:
    """`index` and `metric_ids` for the card's head; both empty where nothing was measured."""
    results = list(_results(metrics))
    used = {metric["type"] for result in results for metric in result["metrics"]}
    ids = [hub for hub, _ in METRICS.values() if hub in used]
    return {"index": [{"name": name, "results": results}] if results else [], "metric_ids": ids}


def _results(metrics: Json) -> Iterator[dict[str, Any]]:
    """One result a modality: its macro averages, then each concept."""
    manifest = str(metrics.get("manifest", "unknown"))
    name, _, split = manifest.rpartition(", split ")
    for modality, part in (metrics.get("modalities") or {}).items():
        found = [*_figures("macro average", part.get("macro") or {})]
        for concept, entry in part.get("concepts", {}).items():
            found += _figures(concept.replace("_", " "), entry)
        if found:
            dataset = {"type": _id(name or manifest), "name": f"{name or manifest} ({modality})", "config": modality}
            yield {"task": TASK, "dataset": {**dataset, **({"split": split} if name else {})}, "metrics": found}


def _figures(what: str, entry: Json) -> Iterator[dict[str, Any]]:
    for key, (hub, words) in METRICS.items():
        it = as_interval(entry.get(key))
        if it.value is not None:
            known = it.low is not None and it.high is not None
            span = f"95 % interval {it.low:.3f} to {it.high:.3f}" if known else "no interval"
            yield {"type": hub, "name": f"{words}, {what} ({span})", "value": round(it.value, 4)}


def _id(text: str) -> str:
    """A manifest's name as an id: letters, digits and dashes."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()) or "unknown"
