"""A preset's composites judged like concepts: by image, by eye and by patient, beside published end points."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

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
Ask = Callable[[Embeddings, Asked], Predictions]
KEPT = ("n_images", "n_patients", "n_refused", "modalities", "undefined", "units")
NO_TRIAL = (
    "A figure beside a trial's end point is no trial: other patients, other graders, and a threshold chosen on "
    "validation rows. Read the interval."
)


def judge(name: str, reader: Reader, ask: Ask, parts: Parts, seed: int, resamples: int) -> Json:
    """The verdict on a preset's composites. Raises UsageError where the rows have none of its modalities."""
    preset = presets.load(name)
    test = _said(preset, ask, parts.embeddings[parts.split])
    if not test.rows:
        raise UsageError(f"The preset {name!r} is for {', '.join(preset.modalities)} images; these rows have none.")
    chosen_on = _said(preset, ask, parts.held) if parts.held else None
    found = verdict(
        presets.composite_predictions(preset, test),
        presets.composite_labels(preset, test.rows),
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
    return {
        **{"id": preset.id, "name": preset.name, "version": preset.version, "status": preset.status},
        **{"sources": list(preset.sources), "asked": list(preset.asked), "rule": presets.RULE, "limits": NO_TRIAL},
        "composites": {one.id: _told(one, found) for one in preset.composites},
        **{key: found[key] for key in KEPT},
    }


def _said(preset: Preset, ask: Ask, seen: Embeddings) -> Predictions:
    """The members' probabilities of the images that the preset is for."""
    here = [i for i, row in enumerate(seen.rows) if row.modality in preset.modalities]
    if not here:
        return Predictions((), preset.asked, np.empty((0, len(preset.asked))), ())
    part = seen.only(here)
    return ask(part, {row.modality: preset.asked for row in part.rows})


def _told(one: Composite, found: Json) -> Json:
    """What a composite is made of, and its figures beside the published ones at the unit they were published for."""
    told: Json = {"name": one.name, "any": list(one.any), "also": list(one.also)}
    if one.reference is None:
        return told
    unit = one.reference["unit"]
    beside = {
        modality: {name: part["concepts"][one.id][name] for name in ("sensitivity", "specificity")}
        for modality, part in found["units"][unit]["modalities"].items()
        if one.id in part["concepts"]
    }
    above = {
        modality: {
            name: None if figure["low"] is None else figure["low"] > one.reference[name]
            for name, figure in figures.items()
        }
        for modality, figures in beside.items()
    }
    return {**told, "reference": dict(one.reference), "beside": beside, "interval_above": above}
