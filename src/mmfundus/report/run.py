"""A training run as a section of a page: curves, validation, refused images, configuration.

Reads events as `metrics.jsonl` has them and works on a run in progress, of one event or of none.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from mmfundus.report.charts import Line, curves
from mmfundus.types import Refusal

Event = Mapping[str, Any]
SHOWN = 20  # epochs whose account is shown, the last ones; metrics.jsonl has all
JUDGED = {"macro AUROC": "macro_auroc", "text recall": "text_recall", "same-eye recall": "eye_recall"}


def run_view(events: Sequence[Event], config: Mapping[str, Any]) -> dict[str, Any]:
    """What templates/run.html shows."""
    steps, evaluations = _by_step(events, "step"), _by_step(events, "evaluate")
    logged = sum(event["event"] in ("step", "evaluate") for event in events)
    modalities = sorted({name for event in evaluations for name in event.get("modalities") or {}})
    best = best_step(events)
    return {
        "facts": _facts(events, steps, evaluations, best),
        "charts": [
            *_step_charts(steps, evaluations),
            *_validation_chart(evaluations, modalities, best),
            *_recall_chart(evaluations, best),
        ],
        "again": logged - len(steps) - len(evaluations),
        "evaluations": [_evaluation_row(event, modalities) for event in evaluations],
        "number_columns": [(name, "number") for name in modalities],
        "best": best,
        "epochs": _by_step(events, "epoch")[-SHOWN:],
        "refused": _refusals(events),
        "config": list(_flat(config)),
    }


def best_step(events: Sequence[Event]) -> int | None:
    """The step whose model the run kept, by its own last word on it; None before the first."""
    for event in reversed(events):
        if event.get("best") is not None and "best_step" in event:
            return int(event["best_step"])
        if event["event"] == "evaluate" and event.get("best"):
            return int(event["step"])
    return None


def _by_step(events: Sequence[Event], kind: str) -> list[Event]:
    """Events of a kind in the order of their steps; a step done again after a cut counts as last done."""
    last = {event["step"]: event for event in events if event["event"] == kind}
    return [last[step] for step in sorted(last)]


def _facts(
    events: Sequence[Event], steps: Sequence[Event], evaluations: Sequence[Event], best: int | None
) -> list[tuple[str, str]]:
    facts = [("state", _state(events))]
    if steps:
        last = steps[-1]
        facts += [(name, str(last[name])) for name in ("step", "epoch") if name in last]
        facts += [("last loss", _figure(last.get("loss"), 4))]
    if best is not None:
        facts += [("best step", str(best))]
        judged = next((it for it in evaluations if it["step"] == best), {})
        facts += [
            (f"its {name}", _figure(judged[key], 3)) for name, key in JUDGED.items() if judged.get(key) is not None
        ]
    speeds = _by_step(events, "speed")
    if speeds:
        facts += [("images a second", f"{speeds[-1]['images_a_second']:.1f}")]
        facts += [("of it waiting for images", f"{100 * speeds[-1]['waiting']:.1f} %")]
    return [*facts, ("refused images", str(len(_refusals(events))))]


def _state(events: Sequence[Event]) -> str:
    """A run stands where its last word says; a run that went on after a stop is in progress again."""
    if not events:
        return "not started"
    last = events[-1]
    return f"stopped: {last.get('reason') or 'no reason given'}" if last["event"] == "stop" else "in progress"


def _figure(value: float | None, digits: int) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"


def _step_charts(steps: Sequence[Event], evaluations: Sequence[Event]) -> Iterator[tuple[str, str]]:
    for key, name in (("loss", "Loss"), ("lr", "Learning rate")):
        known = [(event["step"], event[key]) for event in steps if _finite(event.get(key))]
        if known:
            first, last = known[0], known[-1]
            alt = f"{name} over training: {first[1]:.4g} at step {first[0]}, {last[1]:.4g} at step {last[0]}."
            gaps = len(steps) - len(known)
            caption = f"{name} ({gaps} of {len(steps)} steps have no finite value)" if gaps else name
            lines = [Line("training", [event["step"] for event in steps], [event.get(key) for event in steps])]
            lines += [it for it in (_judged_line("validation", evaluations, "val_loss"),) if key == "loss" and it]
            yield caption, curves(lines, alt)


def _judged_line(name: str, evaluations: Sequence[Event], key: str) -> Line | None:
    """A figure of the evaluations over steps; None where none has it."""
    values = [event.get(key) for event in evaluations]
    return Line(name, [event["step"] for event in evaluations], values) if any(map(_finite, values)) else None


def _recall_chart(evaluations: Sequence[Event], best: int | None) -> Iterator[tuple[str, str]]:
    named = (("text and image", "text_recall"), ("images of one eye", "eye_recall"))
    lines = [line for name, key in named if (line := _judged_line(name, evaluations, key))]
    if lines:
        ends = "; ".join(f"{line.name} {_figure(line.y[0], 3)} to {_figure(line.y[-1], 3)}" for line in lines)
        yield "Validation recall, mean of Recall@1, 5 and 10", curves(lines, f"Recall: {ends}.", best=best)


def _validation_chart(
    evaluations: Sequence[Event], modalities: Sequence[str], best: int | None
) -> Iterator[tuple[str, str]]:
    if not evaluations:
        return
    at = [event["step"] for event in evaluations]
    lines = [Line("macro", at, [event.get("macro_auroc") for event in evaluations])]
    lines += [
        Line(name, at, [(event.get("modalities") or {}).get(name) for event in evaluations]) for name in modalities
    ]
    macro = [_figure(event.get("macro_auroc"), 3) for event in evaluations]
    alt = f"Validation AUROC: macro {macro[0]} at step {at[0]}, {macro[-1]} at step {at[-1]}."
    marked = f" Dotted line: the best, step {best}." if best is not None else ""
    caption = f"Validation AUROC. Dashed line: 0.5, chance.{marked}"
    yield caption, curves(lines, alt, best=best, chance=0.5)


def _evaluation_row(event: Event, modalities: Sequence[str]) -> dict[str, Any]:
    by_modality = event.get("modalities") or {}
    aurocs = [event.get("macro_auroc"), *(by_modality.get(name) for name in modalities)]
    return {"step": event["step"], "epoch": event.get("epoch", ""), "aurocs": aurocs}


def _refusals(events: Sequence[Event]) -> list[Refusal]:
    """Each refused image once, in the order met: a loader meets it again every epoch."""
    met = (Refusal(event["image"], event["reason"]) for event in events if event["event"] == "refused")
    return list(dict.fromkeys(met))


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _flat(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _without_folder(value)


def _without_folder(value: Any) -> str:
    """The value as text; of an absolute path only the last part, as pages are passed on to others."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_without_folder, value))
    text = "none" if value is None else str(value)
    for path in (PurePosixPath(text), PureWindowsPath(text)):
        if path.is_absolute():
            return path.name
    return text
