"""Time and peak memory of all metrics with intervals on a large table, against a plain loop of scikit-learn.

    python benchmarks/evaluate.py --images 1000000 --concepts 20 --resamples 2000

Synthetic predictions: three images a patient, scores rounded so that many tie, prevalences from 0.1 % to
40 %. What is measured is what `evaluate` computes for a concept's table: the areas, the figures at three
thresholds, calibration, net benefit, and percentiles. The plain loop copies rows for each draw and asks
scikit-learn for four figures; a few draws of one concept are timed and multiplied.
"""

import argparse
import resource
import time

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from mmfundus.evaluate.questions import questions, stated
from mmfundus.evaluate.result import verdicts
from mmfundus.types import Predictions, Row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--concepts", type=int, default=20)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--plain", type=int, default=3, help="resamples of the plain loop to time")
    asked = parser.parse_args()
    test = table(asked.images, asked.concepts, seed=0, prefix="t")
    validation = table(max(asked.images // 20, 1000), asked.concepts, seed=1, prefix="v")
    began = time.perf_counter()
    found = verdicts(test, validation, asked.resamples, 0)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = found["macro"]["auroc"]
    print(
        f"{asked.images} images x {asked.concepts} concepts x {asked.resamples} resamples: {took:.1f} s, {peak:.2f} GiB"
    )
    print(f"macro AUROC {figures['value']:.4f} ({figures['low']:.4f} to {figures['high']:.4f})")
    plain = plain_loop(test, asked.plain) * asked.concepts * asked.resamples
    print(f"four figures by a plain loop, from {asked.plain} draws: {plain:.0f} s, {plain / took:.1f} times")


def table(images: int, concepts: int, seed: int, prefix: str):
    """Synthetic predictions and labels, three images a patient."""
    rng = np.random.default_rng(seed)
    patient = np.sort(rng.integers(max(images // 3, 1), size=images))
    rows = tuple(Row(f"{prefix}{i}", "cfp", f"{prefix}{p}") for i, p in enumerate(patient))
    prevalence = np.geomspace(0.001, 0.4, concepts)
    person = rng.normal(size=(int(patient.max()) + 1, concepts))[patient]  # a patient's images are alike
    labels = (rng.random((images, concepts)) < prevalence).astype(float)
    odds = 1.5 * labels + 0.5 * person + rng.normal(size=labels.shape) + np.log(prevalence / (1 - prevalence))
    likely = np.round(1 / (1 + np.exp(-odds)), 5)
    names = tuple(f"concept_{k}" for k in range(concepts))
    return stated(Predictions(rows, names, likely, ("",) * images), labels)


def plain_loop(test, draws: int) -> float:
    """Seconds a draw and concept, where rows are copied and everything is sorted again."""
    scores, labels, patient = questions(test, None)[-1].images
    order = np.argsort(patient, kind="stable")
    ends = np.searchsorted(patient[order], np.arange(test.n_patients + 1))
    rng, began = np.random.default_rng(0), time.perf_counter()
    for _ in range(draws):
        drawn = rng.integers(test.n_patients, size=test.n_patients)
        rows = np.concatenate([order[ends[p] : ends[p + 1]] for p in drawn])
        s, y = scores[rows], labels[rows]
        roc_auc_score(y, s), average_precision_score(y, s), brier_score_loss(y, s), np.mean(s[y == 1] >= 0.5)
    return (time.perf_counter() - began) / draws


if __name__ == "__main__":
    main()
