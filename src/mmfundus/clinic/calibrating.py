"""Fit a model's calibrations on validation rows and seal them into a new model directory."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmfundus.clinic import reading
from mmfundus.data.manifest import labels
from mmfundus.errors import ManifestError
from mmfundus.evaluate import calibrated, zero_shot
from mmfundus.evaluate.calibrated import Calibration
from mmfundus.evaluate.calibration import Method
from mmfundus.models import bundle, vectors
from mmfundus.models.bundle import Bundle
from mmfundus.models.reader import Reader
from mmfundus.types import Embeddings, Manifest

PART = "calibration.json"
Sets = Sequence[tuple[str, tuple[str, ...]]]  # modality and the labels asked of it together


def sets_of(reader: Reader, manifest: Manifest, own: Sequence[str] = ()) -> list[tuple[str, tuple[str, ...]]]:
    """What users will ask together: `own`, else what `predict` asks unprompted and what each split asks `evaluate`.

    Of the other splits only the names of the concepts are taken, which `evaluate` will ask; never a label.
    """
    modalities = tuple(sorted({row.modality for row in manifest.split("val")}))
    if own:
        asked: list[Mapping[str, tuple[str, ...]]] = [reading.named(own, modalities)]
    else:
        splits = (zero_shot.asked(manifest.split(name)) for name in ("test", "val", "train"))
        asked = [*splits, reading.learned(reader, modalities)]
    found: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
    for one in asked:
        for modality in modalities:
            if one.get(modality):
                found.setdefault((modality, frozenset(one[modality])), tuple(one[modality]))
    return [(modality, names) for (modality, _), names in found.items()]


def fit(
    reader: Reader,
    manifest: Manifest,
    sets: Sets,
    method: Method,
    cache: Path | None = None,
    promise: tuple[float, float] | None = None,
) -> tuple[list[Calibration], list[str]]:
    """A calibration for each set of labels, from the rows of `val` alone, and why images were refused.

    `promise`, a share of patients and a confidence, adds bounds to call by (evaluate/calls.py). Raises ManifestError
    where there are no such rows, or too few for any concept at all.
    """
    rows = manifest.split("val")
    if not rows:
        raise ManifestError(f"{manifest.name}: the split 'val' has no rows, so there is nothing to calibrate on.")
    seen = vectors.embedded(reader, rows, manifest.root, cache, manifest.name)
    found = [_fit_one(reader, seen, modality, names, method, promise) for modality, names in sets]
    if not any(one.maps for one in found):
        reasons = [why for one in found for why in one.refused.values()]
        first = f" Of the first: {reasons[0]}" if reasons else ""
        raise ManifestError(f"{manifest.name}: the validation rows suffice to calibrate no concept.{first}")
    return [one for one in found if one.maps], [reason for reason in seen.refused if reason]


def _fit_one(
    reader: Reader,
    seen: Embeddings,
    modality: str,
    names: tuple[str, ...],
    method: Method,
    promise: tuple[float, float] | None,
) -> Calibration:
    part = seen.only([i for i, row in enumerate(seen.rows) if row.modality == modality])
    said = reading.ask(reader, part, {modality: names})
    return calibrated.fit(said, labels(part.rows, said.concepts), modality, method, promise)


def write(model: Bundle, found: Sequence[Calibration], method: Method, manifest: str, out: Path) -> None:
    """The model with its calibrations as a new directory; what the old one held is copied and checked."""
    document = calibrated.document(found, method, manifest)
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"
    said = {"calibration": {"method": method, "fitted_on": manifest}}
    bundle.with_part(model, out, PART, text, said, _card(found, method, manifest))


def _card(found: Sequence[Calibration], method: Method, manifest: str) -> str:
    """What the model card says of it."""
    lines = [
        "",
        "## Calibration",
        "",
        f"Fitted by {method} on the validation rows of {manifest}. It holds only where the labels of one of these",
        "sets are asked together, and where diseases are as common as they were there.",
        "",
    ]
    for one in found:
        rest = f"; not {', '.join(one.refused)}" if one.refused else ""
        lines.append(f"- {one.modality}, {len(one.asked)} labels asked: calibrated {', '.join(one.maps)}{rest}")
        lines += [f"  - {label} is called: {it.words()}" for label, it in one.bounds.items() if it.any]
    return "\n".join(lines) + "\n"
