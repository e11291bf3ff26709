"""Concepts asked by their words alone: what the model knows without having seen a label of this table."""

from pathlib import Path

from mmfundus.evaluate import zero_shot
from mmfundus.models.reader import Reader, ensemble_of
from mmfundus.tasks import Judged, _rows
from mmfundus.types import Manifest, Predictions

OPTIONS = ("embeddings",)


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    embeddings: Path | None = None,
) -> Judged:
    """Ask the concepts the split's rows state; choose thresholds on the validation rows alone.

    Images of a modality of which no concept is stated are counted in `not_judged`. Raises
    ManifestError where the split has no rows or states nothing.
    """
    parts = _rows.parts(reader, manifest, split, ("val",), embeddings)
    words = zero_shot.label_vectors(
        reader.texts, lambda label, modality: ensemble_of(reader, label, modality), parts.asked
    )

    def predicted(name: str) -> Predictions | None:
        found = parts.embeddings.get(name)
        return zero_shot.predict(found, parts.asked, words, reader.scale) if found else None

    test = predicted(split)
    assert test is not None
    return _rows.judged("zero-shot", reader, manifest, parts, test, predicted("val") if split != "val" else None,
                        seed, resamples)  # fmt: skip
