"""Which patients a few-shot method learns from, and the curve over shots with its interval.

A draw is nested: its 4 patients are among its 8, so that a curve rises by what is added. A patient gives one image,
and to one class only. The interval of a point comes from drawing patients and draws together: which few patients
were learned from is as much chance as which were judged.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.evaluate import bootstrap
from mmfundus.evaluate.metrics import Ranking, auroc
from mmfundus.types import Interval

Question = tuple[str, str]  # modality, concept
Point = tuple[str, int]  # method, shots
ZERO: Point = ("zero-shot", 0)
TOO_FEW = "no resamples were asked for, or in none are both classes left"


def chosen(
    y: Float64[np.ndarray, "n"], patient: Sequence[str], image: Sequence[str], most: int, seed: Sequence[object]
) -> tuple[list[int], list[int]]:
    """Up to `most` patients of each class, as places of one image each: present, absent.

    The first K of each are the draw of K shots. `seed` is whatever names the draw; the order of the rows is no matter.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(repr(tuple(seed)).encode()).digest()[:8], "big"))
    taken: set[str] = set()
    found = []
    for label in (1.0, 0.0):  # the rarer class, as a rule, has the first choice
        owned: dict[str, list[int]] = {}
        for i in sorted(np.flatnonzero(y == label).tolist(), key=lambda i: image[i]):
            owned.setdefault(patient[i], []).append(i)
        names = [name for name in sorted(owned) if name not in taken]
        order = [names[i] for i in rng.permutation(len(names))[:most]]
        taken.update(order)
        found.append([owned[name][int(rng.integers(len(owned[name])))] for name in order])
    return found[0], found[1]


@dataclass(frozen=True)
class Curve:
    """The rankings of the judged rows for each point, question and draw; at 0 shots there is one draw."""

    rankings: Mapping[Point, Mapping[Question, Sequence[Ranking]]]
    patients: int

    def areas(self, times: Int64[np.ndarray, "p"] | None = None) -> dict[Point, Float64[np.ndarray, "q d"]]:
        """AUROC by question and draw; NaN where a class is missing."""

        def area(ranking: Ranking) -> float:
            found = auroc(ranking.tally(times))
            return math.nan if found is None else found

        return {
            point: np.array([[area(ranking) for ranking in draws] for draws in by_question.values()])
            for point, by_question in self.rankings.items()
        }

    def intervals(self, resamples: int, seed: int) -> dict[Point, Interval]:
        """The mean over questions and draws of each point, with its 95 % interval over patients and draws."""
        values = {point: float(np.mean(found)) for point, found in self.areas().items()}
        rng = np.random.default_rng([seed, 1])
        drawn: dict[Point, list[float]] = {point: [] for point in values}
        for times in bootstrap.draws(self.patients, resamples, seed):
            for point, found in self.areas(times).items():
                picked = found[:, rng.integers(found.shape[1], size=found.shape[1])]
                known = picked[~np.isnan(picked)]
                if known.size:
                    drawn[point].append(float(known.mean()))
        return {point: bootstrap.of_draws(values[point], drawn[point], TOO_FEW) for point in values}
