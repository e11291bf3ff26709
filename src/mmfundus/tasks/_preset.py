"""A preset's composites judged like concepts: by image, by eye and by patient, beside published end points."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus import tables
from mmfundus.errors import UsageError
from mmfundus.evaluate import presets
from mmfundus.evaluate.presets import Composite, Preset
from mmfundus.evaluate.result import judge as verdict
from mmfundus.models.reader import Reader
from mmfundus.tasks._rows import Parts
from mmfundus.types import Embeddings, Predictions

Json = dict[str, Any]
Asked = Mapping[str, tuple[str, ...]]
Labelled = tuple[Predictions, Float64[np.ndarray, "n c"]]  # and 1 present, 0 absent, NaN unknown
Ask = Callable[[Embeddings, Asked], Predictions]
KEPT = ("n_images", "n_patients", "n_refused", "modalities", "undefined", "units")
NO_TRIAL = (
    "A figure beside a trial's end point is no trial: other patients, other graders, and a threshold chosen on "
    "validation rows. Read the interval."
)


def judge(name: str, reader: Reader, ask: Ask, parts: Parts, seed: int, resamples: int) -> tuple[Json, Labelled]:
    """The verdict on a preset's composites, and what it rests on, for curves.

    Raises UsageError where the rows have none of its modalities.
    """
    preset = presets.load(name)
    test = _said(preset, ask, parts.embeddings[parts.split])
    if not test.rows:
        raise UsageError(f"The preset {name!r} is for {', '.join(preset.modalities)} images; these rows have none.")
    chosen_on = _said(preset, ask, parts.held) if parts.held else None
    said = presets.composite_predictions(preset, test), presets.composite_labels(preset, test.rows)
    found = verdict(
        *said,
        task="preset",
        model=reader.name,
        manifest=parts.split,
        seed=seed,
        versions=tables.versions(),
        validation=None
        if chosen_on is None or not chosen_on.rows
        else (presets.composite_predictions(preset, chosen_on), presets.composite_labels(preset, chosen_on.rows)),
        resamples=resamples,
    )
    told = {
        **{"id": preset.id, "name": preset.name, "version": preset.version, "status": preset.status},
        **{"sources": list(preset.sources), "asked": list(preset.asked), "rule": presets.RULE, "limits": NO_TRIAL},
        "composites": {one.id: _told(one, found) for one in preset.composites},
        **{key: found[key] for key in KEPT},
    }
    return told, said


def _said(preset: Preset, ask: Ask, seen: Embeddings) -> Predictions:
    """The members' probabilities of the images that the preset is for."""
    here = [i for i, row in enumerate(seen.rows) if row.modality in preset.modalities]
    if not here:
        return Predictions((), preset.asked, np.empty((0, len(preset.asked))), ())
    part = seen.only(here)
    return ask(part, {row.modality: preset.asked for row in part.rows})


def _told(one: Composite, found: Json) -> Json:
    """What a composite is made of, and each published figure with ours at the unit it was published for."""
    references = [{**published, "beside": _beside(one.id, published, found)} for published in one.references]
    return {"name": one.name, "any": list(one.any), "also": list(one.also), "references": references}


def _beside(composite: str, published: Mapping[str, Any], found: Json) -> Json:
    """By modality our figures at that unit, and whether their whole interval lies above what was published."""
    units = {"image": found, **found["units"]}
    told: Json = {}
    for modality, part in units[published["unit"]]["modalities"].items():
        entry = part["concepts"].get(composite)
        if entry:
            figures = {name: entry[name] for name in ("sensitivity", "specificity")}
            above = {name: None if it["low"] is None else it["low"] > published[name] for name, it in figures.items()}
            told[modality] = {**figures, "interval_above": above}
    return told
