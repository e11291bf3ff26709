"""Concepts asked by their words alone: what the model knows without having seen a label of this table."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mmfundus.clinic import reading
from mmfundus.clinic.reading import Labels
from mmfundus.data.manifest import labels
from mmfundus.evaluate import calibrated, compare, exclusive, grades
from mmfundus.evaluate.questions import stated
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged, _calibration, _preset, _rows
from mmfundus.tasks._rows import Parts
from mmfundus.types import Embeddings, Manifest, Predictions

OPTIONS = ("against", "embeddings", "preset")


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    against: Reader | None = None,
    embeddings: Path | None = None,
    preset: str = "",
) -> Judged:
    """Ask the concepts the split's rows state; choose thresholds on the validation rows alone.

    `calibration` says whether the model's was applied, with figures before and after; `scales` holds
    the grading scales of which the rows state grades, `exclusive` the classes of modalities of which every
    image states one, `preset` the composites of evaluate/presets, and `comparison` the difference to the
    model `against` on the same rows. Images of a modality of which no concept is stated are counted in
    `not_judged`. Raises ManifestError where the split has no rows or states nothing.
    """
    parts = _rows.parts(reader, manifest, split, ("val",), embeddings)
    known, seen = calibrated.read(reader.calibration), parts.embeddings[split]

    def bent(these: Embeddings, asked: Labels) -> Predictions:
        return calibrated.apply(known, reading.ask(reader, these, asked), asked)

    raw = reading.ask(reader, seen, parts.asked)
    test = calibrated.apply(known, raw, parts.asked)
    validation = bent(parts.held, parts.asked) if parts.held else None
    done = _rows.judged("zero-shot", reader, manifest, parts, test, validation, seed, resamples)
    done = replace(done, seen=seen)
    done.result["calibration"] = _calibration.told(reader, raw, done.result, parts, seed, resamples)
    done.result["scales"] = grades.judge(seen, lambda asked: reading.ask(reader, seen, asked), seed, resamples)
    done.result["exclusive"] = exclusive.judge(stated(raw, labels(raw.rows, raw.concepts)), seed, resamples)
    if preset:
        done.result["preset"], said = _preset.judge(preset, reader, bent, parts, seed, resamples)
        done = replace(done, composites=said)
    if against is not None:
        done.result["comparison"] = _compared(done, parts, reader, against, manifest, seed, resamples)
    return done


def _compared(
    done: Judged, parts: Parts, reader: Reader, against: Reader, manifest: Manifest, seed: int, resamples: int
) -> dict[str, Any]:
    """The difference to another model on the same rows, whose thresholds are chosen on the same validation rows."""

    def both(mine: Predictions) -> tuple[tuple[Predictions, Any], tuple[Predictions, Any]]:
        said = labels(mine.rows, mine.concepts)
        return (mine, said), (reading.predict(against, mine.rows, manifest.root, parts.asked), said)

    ours, theirs = both(done.predictions)
    return compare.compare(
        ours,
        theirs,
        names_of=(reader.name, against.name if against.name != reader.name else f"{against.name} (against)"),
        validation=both(done.validation) if done.validation else None,
        seed=seed,
        resamples=resamples,
    )
