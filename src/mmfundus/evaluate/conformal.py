"""How far a score may be trusted: thresholds that keep their promise for patients like those they were fitted on.

The only door of MAPIE (BSD-3-Clause; Cordier et al., COPA 2023), whose Learn-then-Test procedure (Angelopoulos et
al., arXiv:2110.01052) is run with one sequence of thresholds from the most cautious on, each tested by the exact
binomial tail. What is promised holds for patients who are exchangeable with the fitted ones: of another clinic, camera
or referral nothing is promised, and no test on the old rows could show it.
"""

import warnings

import numpy as np
from jaxtyping import Float64

from mmfundus.errors import MissingExtra


def needed() -> None:
    """Raise MissingExtra where MAPIE is not installed: before the work rather than after it."""
    try:
        import mapie  # noqa: F401
    except ImportError:
        raise MissingExtra("A guaranteed share (--guarantee)", "conformal") from None


def highest(scores: Float64[np.ndarray, "n"], share: float, confidence: float) -> float | None:
    """The highest threshold at or below which at most 1 - `share` of such scores lie; None where n is too small.

    One score a patient. Over fitting sets of this size the promise holds in at least `confidence` of them; it is
    about the share of future patients, not about any one of them.
    """
    needed()
    from mapie.risk_control import BinaryClassificationController

    if not scores.size:
        return None
    below = np.nextafter(np.unique(scores), -np.inf)  # at such a threshold its own score is not yet lost
    # MAPIE counts what is called positive among the negatives; here "positive" is at or below the threshold.
    controller = BinaryClassificationController(
        lambda given: np.stack([given[:, 0], -given[:, 0]], axis=1),
        risk="fpr",
        target_level=1 - share,
        confidence_level=confidence,
        best_predict_param_choice="fpr",
        list_predict_params=-below,
        fwer_method="fixed_sequence",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that no threshold is valid is an answer here
        controller.calibrate(scores[:, None], np.zeros(scores.size, dtype=np.int64))
    valid = controller.valid_predict_params
    return float(-valid.min()) if len(valid) else None
