"""One class an image: where every image of a modality states exactly one of the concepts asked of it.

The answer is the likeliest of them, by probabilities before calibration, which bends each concept by itself. How not to
use it: as the verdict of a clinic, where an eye may have two of the diseases, or one that was not asked.
"""

from typing import Any

import numpy as np

from mmfundus.evaluate import graded
from mmfundus.evaluate.questions import Stated

RULE = "the likeliest of the classes, of which every image states exactly one; before calibration"


def judge(table: Stated, seed: int, resamples: int) -> dict[str, Any]:
    """`exclusive` of metrics.json: by modality the confusion of its classes, unless an image states several.

    An image that states none of the classes is counted in `left_out`.
    """
    found = {}
    for modality in table.modalities:
        read = table.read(modality)
        asked = np.flatnonzero(~np.isnan(table.predictions.probability[read]).all(axis=0))
        names = [table.predictions.concepts[column] for column in asked]
        present = np.array([[name in table.predictions.rows[i].present for name in names] for i in read], dtype=bool)
        if len(names) < 2 or not len(read) or (present.sum(axis=1) > 1).any():
            continue
        one = present.any(axis=1)
        if len(set(present[one].argmax(axis=1).tolist())) > 1:
            entry = graded.judge(
                present[one].argmax(axis=1).astype(np.int64),
                graded.likeliest(table.predictions.probability[np.ix_(read[one], asked)]),
                np.unique(table.patient[read[one]], return_inverse=True)[1].astype(np.int64).reshape(-1),
                names,
                ordered=False,
                resamples=resamples,
                seed=seed,
            )
            found[modality] = {"rule": RULE, "left_out": int((~one).sum()), **entry}
    return found
