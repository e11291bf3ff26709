"""Probabilities that mean what they say."""

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import listed, named

TOO_FEW = "unsure always: too few patients are known for this guarantee at this confidence"


def calibrate(
    manifest: Positional[str],
    model: Path,
    out: Path,
    method: Literal["temperature", "platt", "isotonic"] = "platt",
    labels: str = "",
    root: Path | None = None,
    embeddings: Path | None = None,
    guarantee: float | None = None,
    confidence: float = 0.9,
) -> int:
    """Fit a model's probabilities to validation rows: a new model directory with calibration.json.

    Research software, not a medical device.

    Args:
        manifest: Table of images with stated concepts (CSV or Parquet), or "sample"; its rows of val are used.
        model: Model directory; it stays as it is.
        out: The new model directory.
        method: temperature (one number), platt (two), or isotonic (a staircase; needs 1000 images).
        labels: Asked together, joined by commas; if not given, what predict and evaluate ask of themselves.
        root: Folder that image paths are relative to; the manifest's own if not given.
        embeddings: Parquet table of image vectors: used if it is this model's, and what it lacks is added.
        guarantee: Also call each label present, absent or unsure, so that at least this share of patients with it is
            not called absent, and of those without it not present; 0.9, say. Needs [conformal].
        confidence: That the guarantee is kept for patients like those of val.
    """
    from mmfundus.clinic import calibrating
    from mmfundus.data import sample
    from mmfundus.evaluate import conformal
    from mmfundus.models.bundle import check_free, open_bundle
    from mmfundus.models.runtime import OnnxReader

    promise = None if guarantee is None else (guarantee, confidence)
    if promise:
        if not all(0 < one < 1 for one in promise):
            raise UsageError(f"--guarantee {guarantee} and --confidence {confidence}: each must lie between 0 and 1.")
        conformal.needed()
    writable(out.parent)
    bundle, table = open_bundle(model), sample.named(manifest, root)
    check_free(bundle, out)
    reader = OnnxReader(bundle)
    sets = calibrating.sets_of(reader, table, listed(labels))
    found, refused = calibrating.fit(reader, table, sets, method, embeddings, promise)
    calibrating.write(bundle, found, method, table.name, out)
    for one in found:
        print(f"{one.modality}, {len(one.asked)} labels asked together: {len(one.maps)} calibrated by {method}")
        for label, why in one.refused.items():
            print(f"  {label} is not: {why}")
        for label, bounds in one.bounds.items():
            print(f"  {label} is called {bounds.words() if bounds.any else TOO_FEW}")
    print(f"Written to {out}. {NOTICE}")
    return named(refused)
