"""The model card: Markdown with the YAML head that model hubs read, filled only with what is known."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mmfundus import NOTICE
from mmfundus.report.evaluation import groups, headline, undefined
from mmfundus.report.hub import head

Json = Mapping[str, Any]
UNKNOWN = "unknown"
TAGS = ("ophthalmology", "retina", "clip", "zero-shot", "medical-imaging")
MADE = (
    ("start weights", "start_weights"),
    ("architecture", "architecture"),
    ("prompts (digest)", "prompts"),
    ("preprocessing (version by modality)", "preprocessing"),
    ("seed", "seed"),
    ("versions", "versions"),
)


def card(info: Json) -> str:
    """A model card; a key that `info` lacks is called unknown on the card, never filled in.

    Keys of `info`, all optional: `name`; `license` (default mit, which is the code's), `language`
    (default en), `tags` (added to the project's); `modalities`; `data` with `manifest`, `note`,
    `counts` (rows of modality, split, images, patients) and `concepts` (rows of modality, concept,
    split, present, absent); `start_weights`, `architecture`, `prompts` (digest), `preprocessing`
    (version by modality), `seed`, `versions`; `command`; `metrics` and `baseline` (contents of
    `metrics.json`); `datasets` (ids of data sets on the hub); `limits` (more sentences).
    """
    metrics: Json = info.get("metrics") or {}
    data: Json = info.get("data") or {}
    shown = {
        "name": info.get("name") or "Unnamed model",
        "license": info.get("license", "mit"),
        "language": info.get("language", "en"),
        "tags": [*TAGS, *(tag for tag in info.get("tags", ()) if tag not in TAGS)],
        "modalities": info.get("modalities", ()),
        "manifest": data.get("manifest"),
        "data_note": data.get("note", ""),
        "counts": _rows(data.get("counts", ()), ("modality", "split", "images", "patients")),
        "concepts": _rows(data.get("concepts", ()), ("modality", "concept", "split", "present", "absent")),
        "made": [(words, _written(info.get(key))) for words, key in MADE],
        "command": _one_line(info.get("command", "")),
        "limits": info.get("limits", ()),
        "judged": metrics.get("manifest", UNKNOWN),
        **{key: metrics.get(key, UNKNOWN) for key in ("task", "n_images", "n_patients", "n_refused")},
        **_figures(metrics, info.get("baseline")),
        **head(info.get("name") or "Unnamed model", metrics),
        "datasets": info.get("datasets", ()),
    }
    return _environment().get_template("card.md").render(shown, notice=NOTICE, unknown=UNKNOWN)


def of_model(info: Json, metrics: Json | None = None) -> dict[str, Any]:
    """What `card` is told of a model directory's own description, and of an evaluation of it."""
    training: Json = info.get("training") or {}
    config: Json = training.get("config") or {}
    note = ""
    if "images" in training:
        note = f"{training['images']} training images of {training.get('patients', UNKNOWN)} patients."
    return {
        "name": info.get("name"),
        "modalities": info.get("trained_on") or (),
        "data": {"manifest": training.get("manifest"), "note": note},
        "start_weights": config.get("model"),
        "architecture": (info.get("architecture") or {}).get("spec"),
        "prompts": info.get("prompts"),
        "preprocessing": info.get("modalities"),
        "seed": config.get("seed"),
        "versions": info.get("made_by"),
        "metrics": metrics,
    }


def _figures(metrics: Json, baseline: Json | None) -> dict[str, Any]:
    if not metrics:
        return {"groups": [], "headline": "", "undefined": []}
    return {
        "groups": groups(metrics),
        "headline": headline(metrics, baseline),
        "undefined": undefined(metrics),
    }


def _rows(rows: Sequence[Json], columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{column: row.get(column, UNKNOWN) for column in columns} for row in rows]


def _written(value: Any) -> str:
    """A value, or the pairs of a mapping, in one cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_written(part)}" for key, part in value.items()) or UNKNOWN
    if isinstance(value, list | tuple):
        return ", ".join(_written(part) for part in value) or UNKNOWN
    return UNKNOWN if value is None or value == "" else str(value)


def _one_line(text: str) -> Markup:
    """A command for an indented code block, which shows it as it is and ends with its line."""
    return Markup(" ".join(text.split()))  # noqa: S704 - Markdown escapes the inside of a code block itself


def _inline(value: Any) -> Any:
    """Text that Markdown takes as text: one line, its marks escaped; HTML is escaped by jinja after it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return re.sub(r"([\\`*\[\]|~$]|\b_|_\b|(?<!\w)_)", r"\\\1", " ".join(value.split()))


def _yaml(value: Any) -> Markup:
    """JSON, which is YAML; a name can never begin a key of its own."""
    return Markup(json.dumps(value))  # noqa: S704 - the head is data for a YAML reader, not HTML


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mmfundus.report"),
        autoescape=True,
        finalize=_inline,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["yaml"] = _yaml
    return environment
