"""A linear probe: logistic regression on frozen vectors (Alain & Bengio 2016; Radford et al. 2021, section 3.2).

How not to use it: a probe says what can be read from a model's vectors by one who has labels, not what the model
says of its own accord. Figures of probes that were fitted on different rows cannot be compared.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from mmfundus.evaluate.metrics import auroc, rank

STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)  # scikit-learn's C: larger is less regularised
UNCHOSEN = 10.0  # where there are no validation rows to choose on; for vectors of unit length

Score = Callable[[Float64[np.ndarray, "n d"]], Float64[np.ndarray, "n"]]


def fit(x: Float64[np.ndarray, "n d"], y: Float64[np.ndarray, "n"], strength: float) -> Score:
    """Log-odds of "present" from vectors. Both classes weigh the same, whatever their numbers ("balanced").

    So the probability is that of a table with as many present as absent images, not of this one's prevalence.
    """
    from sklearn.linear_model import LogisticRegression  # half a second, and only probes need it

    order = np.lexsort((*x.T[::-1], y))  # sums of floats depend on their order; the table's must not matter
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000, tol=1e-6)
    model.fit(x[order], y[order])
    weights, bias = model.coef_[0].astype(np.float64), float(model.intercept_[0])
    return lambda pictures: pictures @ weights + bias


def area(scores: Float64[np.ndarray, "n"], y: Float64[np.ndarray, "n"]) -> float | None:
    """AUROC of scores; None with a single class."""
    return auroc(rank(scores, y, np.zeros(y.size, np.int64)).tally())


def best(
    fitted: Callable[[float], Score], x: Float64[np.ndarray, "v d"], y: Float64[np.ndarray, "v"]
) -> tuple[float, Score]:
    """The strength with the highest AUROC on validation rows, the most regularised of equals; UNCHOSEN without them."""
    if len(set(y.tolist())) < 2:
        return UNCHOSEN, fitted(UNCHOSEN)
    models = {strength: fitted(strength) for strength in STRENGTHS}
    areas = {strength: round(area(score(x), y) or 0.0, 9) for strength, score in models.items()}
    chosen = max(STRENGTHS, key=lambda strength: areas[strength])  # `max` keeps the first of equals
    return chosen, models[chosen]
