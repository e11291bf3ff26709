"""Concepts asked by their words alone: what the model knows without having seen a label of this table."""

from collections import Counter
from collections.abc import Mapping, Sequence

from mmfundus import tables
from mmfundus.clinic import reading
from mmfundus.data.manifest import labels
from mmfundus.errors import ManifestError
from mmfundus.evaluate import compare, grades, zero_shot
from mmfundus.evaluate.result import judge as verdict
from mmfundus.models import embed
from mmfundus.models.reader import Reader, ensemble_of
from mmfundus.tasks import Judged
from mmfundus.types import Embeddings, Manifest, Predictions


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    against: Reader | None = None,
) -> Judged:
    """Ask the concepts the split's rows state; choose thresholds on the validation rows alone.

    `scales` holds the grading scales of which the rows state grades, and `comparison` the difference
    to the model `against` on the same rows. Images of a modality of which no
    concept is stated are counted in `not_judged`. Raises ManifestError where the split has no rows or states nothing.
    """
    every = manifest.split(split)
    asked = {modality: concepts for modality, concepts in zero_shot.asked(every).items() if concepts}
    rows = [row for row in every if row.modality in asked]
    if not rows:
        what = "states no concept as present" if every else "has no rows"
        raise ManifestError(f"{manifest.name}: the split {split!r} {what}, so there is nothing to judge.")
    validation = [row for row in manifest.split("val") if row.modality in asked] if split != "val" else []
    embedded = embed.embed(reader, rows, manifest.root)
    predicted = _ask(reader, embedded, asked)
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
    result["scales"] = grades.judge(embedded, lambda labels: _ask(reader, embedded, labels), seed, resamples)
    if against is not None:
        beside = reading.predict(against, rows, manifest.root, asked)
        stated, said = labels(rows, predicted.concepts), labels(validation, predicted.concepts)
        chosen = None
        if chosen_on:
            chosen = (chosen_on, said), (reading.predict(against, validation, manifest.root, asked), said)
        result["comparison"] = compare.compare(
            (predicted, stated),
            (beside, stated),
            names_of=(reader.name, against.name),
            validation=chosen,
            seed=seed,
            resamples=resamples,
        )
    judged = Judged(result, predicted, chosen_on)
    result["refused"] = [{"image": item.item, "reason": item.reason} for item in judged.refused]
    return judged


def _ask(reader: Reader, embedded: Embeddings, asked: Mapping[str, Sequence[str]]) -> Predictions:
    """Ask images that are embedded already."""
    vectors = zero_shot.label_vectors(reader.texts, lambda label, m: ensemble_of(reader, label, m), asked)
    return zero_shot.predict(embedded, asked, vectors, reader.scale)
