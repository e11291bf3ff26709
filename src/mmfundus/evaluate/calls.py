"""Present, absent or unsure: a probability called by two thresholds that were fitted to promise something.

absent_to      of patients in whom it is present, at most 1 - share have an image that shows it at or below this
present_from   of patients in whom it is absent, at most 1 - share have an image without it at or above this

Both with a confidence, over fitting sets of that size, and for patients exchangeable with those (evaluate/conformal).
The patient gives one score to each side, that of the worst image, so many images of one patient are one proof. What
both thresholds claim, or neither, is unsure; a poor model is unsure of nearly all, and that is its honest answer.
How not to use it: as the chance that this eye is healthy, or where diseases are chosen in another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate import conformal

PRESENT, ABSENT, UNSURE = "present", "absent", "unsure"
Many = Float64[np.ndarray, "n"]
Owners = Int64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two thresholds of a concept, on probabilities before calibration; None where too few patients were known."""

    share: float  # of patients, that is promised
    confidence: float
    absent_to: float | None
    present_from: float | None
    n_present: int  # patients each was fitted on
    n_absent: int

    def call(self, p: float) -> str:
        """What one image is called."""
        low = self.absent_to is not None and p <= self.absent_to
        high = self.present_from is not None and p >= self.present_from
        return UNSURE if low == high else ABSENT if low else PRESENT

    @property
    def any(self) -> bool:
        """Whether anything but unsure can be called."""
        return self.absent_to is not None or self.present_from is not None

    def words(self) -> str:
        """What is promised, in a sentence's part."""
        sides = (
            (ABSENT, "with it", self.absent_to, self.n_present),
            (PRESENT, "without", self.present_from, self.n_absent),
        )
        told = [
            f"{called} in at most {100 * (1 - self.share):.0f} % of patients {which} ({n} fitted on)"
            for called, which, threshold, n in sides
            if threshold is not None
        ]
        return f"{'; '.join(told)}; confidence {100 * self.confidence:.0f} %, for patients like those"

    def json(self) -> dict[str, Any]:
        """As calibration.json holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


def from_json(found: Mapping[str, Any]) -> Bounds:
    """Bounds as written by `json`. Raises TypeError, KeyError or ValueError where they are none."""
    low, high = (None if found[key] is None else float(found[key]) for key in ("absent_to", "present_from"))
    counts = int(found["n_present"]), int(found["n_absent"])
    return Bounds(float(found["share"]), float(found["confidence"]), low, high, *counts)


def fit(p: Many, y: Many, patient: Owners, share: float, confidence: float) -> Bounds:
    """The bounds of one concept from validation images with a stated label."""
    sick, well = worst(p, patient, y == 1), worst(-p, patient, y == 0)
    high = conformal.highest(well, share, confidence)
    return Bounds(
        share,
        confidence,
        conformal.highest(sick, share, confidence),
        None if high is None else -high,
        sick.size,
        well.size,
    )


def worst(scores: Many, patient: Owners, here: np.ndarray) -> Float64[np.ndarray, "m"]:
    """Each patient's lowest score among the images that are meant."""
    names, owner = np.unique(patient[here], return_inverse=True)
    found = np.full(names.size, np.inf)
    np.minimum.at(found, owner.reshape(-1), scores[here])
    return found


def measured(bounds: Bounds, p: Many, y: Many, patient: Owners) -> dict[str, Any]:
    """What became of the promise on other patients: shares of patients with exact 95 % limits, and of unsure images.

    `kept_present` is the share of patients with it none of whose images that show it is called absent, `kept_absent`
    likewise. The limits are Clopper and Pearson's (Biometrika 26:404, 1934), which do not close at 0 or 1.
    """
    called = np.array([bounds.call(one) for one in p.tolist()], dtype=object)
    sides = ((PRESENT, 1, ABSENT), (ABSENT, 0, PRESENT))
    found = {
        f"kept_{name}": _share(worst((called != wrong).astype(np.float64), patient, y == label))
        for name, label, wrong in sides
    }
    return {**found, "unsure": float((called == UNSURE).mean()) if p.size else None, "n_images": int(p.size)}


def _share(kept: Many) -> dict[str, Any]:
    from scipy.stats import binomtest

    if not kept.size:
        return {"value": None, "low": None, "high": None, "n_patients": 0, "reason": "no patient is stated so"}
    limits = binomtest(int(kept.sum()), kept.size).proportion_ci(0.95, "exact")
    return {
        "value": float(kept.mean()),
        "low": float(limits.low),
        "high": float(limits.high),
        "n_patients": int(kept.size),
    }
