"""From what a model says to what is so: probabilities bent to fit validation rows, a concept of a modality at a time.

temperature  p' = logistic(b logit p), b > 0        (Guo et al., ICML 2017, who write b as 1 / T)
platt        p' = logistic(a + b logit p), b > 0    (Platt 1999)
isotonic     p' = a rising staircase of p           (Zadrozny & Elkan, KDD 2002)

The first two keep the order of images and so every AUROC; isotonic joins neighbours into ties. A map
belongs to the labels that were asked together, because zero-shot probabilities are relative to them.

Too few cases and the map is refused. A parameter needs ten patients of the rarer class (Peduzzi et al.,
J Clin Epidemiol 49:1373, 1996), and isotonic regression overfits below about a thousand cases
(Niculescu-Mizil & Caruana, ICML 2005). How not to use it: fitted on the rows it is judged on, or where the
disease is rarer or commoner than it was there.
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.errors import BrokenModel
from mmfundus.evaluate.reliability import FLAT, STEPS, calibration_fit, logistic, logit

Method = Literal["temperature", "platt", "isotonic"]
METHODS: tuple[Method, ...] = ("temperature", "platt", "isotonic")
RARER = {"temperature": 10, "platt": 20, "isotonic": 20}  # patients of the rarer class
CASES = {"temperature": 0, "platt": 0, "isotonic": 1000}  # images in all
UNREADABLE = "calibration.json of the model cannot be read. Copy the directory again, or calibrate anew."
Many = Float64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True)
class Map:
    """One concept's calibration: what to do with a probability."""

    method: Method
    numbers: tuple[tuple[float, ...], ...]  # ((intercept, slope),), or the stairs' ends and heights

    def apply(self, p: Many) -> Many:
        """Calibrated probabilities; NaN stays NaN."""
        known = ~np.isnan(p)
        bent, told = np.full(p.shape, np.nan), p[known]
        if self.method == "isotonic":
            ends, heights = (np.array(part) for part in self.numbers)
            bent[known] = np.interp(told, ends, heights)
        else:
            a, b = self.numbers[0]
            bent[known] = logistic(a + b * logit(told))
        return bent

    def json(self) -> dict[str, Any]:
        """As calibration.json holds it."""
        return {"method": self.method, "numbers": [list(part) for part in self.numbers]}


def from_json(found: Any) -> Map:
    """A map as written by `json`. Raises BrokenModel."""
    try:
        method, numbers = found["method"], tuple(tuple(map(float, part)) for part in found["numbers"])
    except (TypeError, KeyError, ValueError):
        method, numbers = "", ()
    lengths = {len(part) for part in numbers}
    right = len(numbers) == 2 and len(lengths) == 1 and lengths != {0} if method == "isotonic" else lengths == {2}
    if method not in METHODS or not right or not np.isfinite(np.concatenate([np.array(n) for n in numbers])).all():
        raise BrokenModel(UNREADABLE)
    return Map(cast(Method, method), numbers)


def fit(p: Many, y: Many, patient: Int64[np.ndarray, "n"], method: Method) -> Map | str:
    """The map of one concept from validation images with a stated label, or the sentence why there is none."""
    sick, well = np.unique(patient[y == 1]).size, np.unique(patient[y == 0]).size
    if min(sick, well) < RARER[method]:
        return (
            f"{method} needs {RARER[method]} patients with it and as many without; the validation rows have "
            f"{sick} and {well}. State more labels, or use it uncalibrated."
        )
    if y.size < CASES[method]:
        return f"{method} needs {CASES[method]} images, the validation rows have {y.size}. Use platt or temperature."
    if method == "isotonic":
        return _stairs(p, y)
    a, b = (0.0, _temperature(p, y)) if method == "temperature" else (calibration_fit(p, y) or (0.0, None))[:2]
    if b is None:
        return f"{method} finds no slope: the probabilities are all equal, or those of the classes do not overlap."
    if b <= 0:
        return f"{method} would turn the order round (slope {b:.3g}): the model ranks no better than chance."
    return Map(method, ((a, b),))


def _temperature(p: Many, y: Many) -> float | None:
    """1 / T by Newton's method on the log-likelihood, which has one top; None where that lies at infinity."""
    z, b = logit(p), 1.0
    for _ in range(STEPS):
        likely = logistic(b * z)
        curve = float((likely * (1 - likely) * z * z).sum())
        if curve <= 0:
            return None
        step = float(np.clip((z * (y - likely)).sum() / curve, -1, 1))
        b += step
        if abs(step) < FLAT:
            return b
    return None


def _stairs(p: Many, y: Many) -> Map:
    """Isotonic regression; probabilities beyond those seen get the outermost height."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y)
    return Map("isotonic", (tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist())))
