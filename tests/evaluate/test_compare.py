import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mmfundus.errors import ManifestError
from mmfundus.evaluate.compare import compare
from mmfundus.types import Predictions, Row


def table(seed, skill):
    labels = np.random.default_rng(9).integers(2, size=(90, 2)).astype(float)
    rng = np.random.default_rng(seed)
    likely = np.clip(0.4 + skill * labels + rng.normal(0, 0.2, labels.shape), 0.01, 0.99)
    rows = tuple(Row(f"{i}.png", "cfp", f"p{i // 3}") for i in range(90))
    return Predictions(rows, ("amd", "drusen"), likely, ("",) * 90), labels


def test_the_difference_is_that_of_paired_draws_of_patients():
    a, b = table(0, 0.3), table(1, 0.1)
    found = compare(a, b, names_of=("a", "b"), seed=4, resamples=40)
    json.dumps(found, allow_nan=False)
    amd = found["concepts"][0]["auroc"]
    y, s, t = a[1][:, 0], a[0].probability[:, 0], b[0].probability[:, 0]
    assert amd["difference"]["value"] == pytest.approx(roc_auc_score(y, s) - roc_auc_score(y, t), abs=1e-12)
    owner = np.unique([row.patient for row in a[0].rows], return_inverse=True)[1]
    rng, brute = np.random.default_rng(4), []
    for _ in range(40):
        rows = np.concatenate([np.flatnonzero(owner == p) for p in rng.integers(30, size=30)])
        brute.append(roc_auc_score(y[rows], s[rows]) - roc_auc_score(y[rows], t[rows]))
    expected = np.percentile(brute, (2.5, 97.5))
    assert (amd["difference"]["low"], amd["difference"]["high"]) == pytest.approx(expected, abs=1e-12)
    assert amd["variance"] == "obuchowski" and 0 <= amd["p_delong"] < 0.05
    assert found["macro"]["auroc"]["over"] == 2 and found["n_patients"] == 30


def test_a_model_against_itself_does_not_differ():
    found = compare(table(0, 0.3), table(0, 0.3), names_of=("a", "a"), resamples=20)
    assert found["macro"]["auroc"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["concepts"][0]["auroc"]["variance"] == "the two models order these images alike"


def test_rows_that_one_model_could_not_read_are_named_and_left_out_of_both():
    (a, labels), b = table(0, 0.3), table(1, 0.3)
    blind = replace(a, refused=("too small", *a.refused[1:]), probability=np.vstack([[np.nan] * 2, a.probability[1:]]))
    found = compare((blind, labels), b, names_of=("a", "b"), resamples=0)
    assert (found["only_first"], found["only_second"]) == ([], ["0.png"])
    assert found["concepts"][0]["n_present"] + found["concepts"][0]["n_absent"] == 89


def test_other_rows_are_no_comparison():
    (a, labels), b = table(0, 0.3), table(1, 0.3)
    with pytest.raises(ManifestError, match="89 and 90 images"):
        compare((replace(a, rows=a.rows[1:]), labels), b, names_of=("a", "b"))
