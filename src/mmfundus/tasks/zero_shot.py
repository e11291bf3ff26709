"""Concepts asked by their words alone: what the model knows without having seen a label of this table."""

from collections import Counter

from mmfundus import tables
from mmfundus.clinic import reading
from mmfundus.data.manifest import labels
from mmfundus.errors import ManifestError
from mmfundus.evaluate import zero_shot
from mmfundus.evaluate.result import judge as verdict
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged
from mmfundus.types import Manifest


def judge(reader: Reader, manifest: Manifest, split: str, seed: int = 0, resamples: int = 1000) -> Judged:
    """Ask the concepts the split's rows state; choose thresholds on the validation rows alone.

    Images of a modality of which no concept is stated are counted in `not_judged`. Raises
    ManifestError where the split has no rows or states nothing.
    """
    every = manifest.split(split)
    asked = {modality: concepts for modality, concepts in zero_shot.asked(every).items() if concepts}
    rows = [row for row in every if row.modality in asked]
    if not rows:
        what = "states no concept as present" if every else "has no rows"
        raise ManifestError(f"{manifest.name}: the split {split!r} {what}, so there is nothing to judge.")
    validation = [row for row in manifest.split("val") if row.modality in asked] if split != "val" else []
    predicted = reading.predict(reader, rows, manifest.root, asked)
    chosen_on = reading.predict(reader, validation, manifest.root, asked) if validation else None
    result = verdict(
        predicted,
        labels(rows, predicted.concepts),
        task="zero-shot",
        model=reader.name,
        manifest=f"{manifest.name}, split {split}",
        seed=seed,
        versions=tables.versions(),
        validation=(chosen_on, labels(validation, chosen_on.concepts)) if chosen_on else None,
        resamples=resamples,
    )
    result["not_judged"] = dict(Counter(row.modality for row in every if row.modality not in asked))
    judged = Judged(result, predicted, chosen_on)
    result["refused"] = [{"image": item.item, "reason": item.reason} for item in judged.refused]
    return judged
