"""Groups with known figures; the worst is named; too few give null with the reason; differences are paired."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mmfundus.errors import UsageError
from mmfundus.evaluate import subgroups
from mmfundus.types import Predictions, Row

N = 160


@pytest.fixture
def table():
    """Half the patients are F and told well, half are M and told by chance."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, N).astype(float)[:, None]
    sex = ["F" if i % 2 else "M" for i in range(N)]
    clear = np.where(np.array(sex) == "F", 3.0, 0.0)[:, None]
    scores = 1 / (1 + np.exp(-(clear * (labels - 0.5) + rng.normal(size=(N, 1)))))
    rows = tuple(Row(f"{i}.png", "cfp", f"p{i}", extra={"sex": sex[i], "age": str(20 + i % 70)}) for i in range(N))
    return Predictions(rows, ("drusen",), scores, ("",) * N), labels


def judged(table, column, threshold=0.5, resamples=300):
    found = subgroups.judge(*table, [column], {("cfp", "drusen"): threshold}, resamples=resamples)[column]
    return found, found["modalities"]["cfp"]["drusen"]


def test_figures_are_those_of_the_group_alone(table):
    predictions, labels = table
    _, entry = judged(table, "sex")
    for name, group in entry["groups"].items():
        inside = [row.extra["sex"] == name for row in predictions.rows]
        y, p = labels[inside, 0], predictions.probability[inside, 0]
        assert group["auroc"]["value"] == pytest.approx(roc_auc_score(y, p), abs=1e-12)
        assert group["sensitivity"]["value"] == pytest.approx((p[y == 1] >= 0.5).mean(), abs=1e-12)
        assert group["specificity"]["value"] == pytest.approx((p[y == 0] < 0.5).mean(), abs=1e-12)
        assert (group["n_images"], group["n_patients"]) == (80, 80)
        assert group["n_present"] == y.sum()


def test_the_worst_group_is_named_and_its_difference_leaves_zero_out(table):
    found, entry = judged(table, "sex")
    assert entry["worst"] == "M"
    ours, theirs = (entry["groups"][name] for name in ("M", "F"))
    assert ours["difference"]["value"] == pytest.approx(ours["auroc"]["value"] - theirs["auroc"]["value"], abs=1e-12)
    assert ours["difference"]["high"] < 0 < theirs["difference"]["low"]
    assert (found["comparisons"]["n"], found["comparisons"]["apart"]) == (2, 2)
    assert "2 differences" in found["comparisons"]["warning"]


@pytest.mark.parametrize(
    ("age", "band"),
    [("39", "0-39"), ("40", "40-49"), ("79.0", "70-79"), ("80", "80+"), ("101", "80+"), ("063Y", "60-69"),
     ("", "unknown"), ("old", "unknown"), ("400", "unknown"), ("-3", "unknown")],
)  # fmt: skip
def test_ages_are_banded(age, band):
    rows = [Row("a", "cfp", extra={"age": age})]
    assert subgroups.grouped(rows, "age", [0]) == [band]


def test_a_small_group_is_null_with_its_reason(table):
    predictions, labels = table
    rows = tuple(
        Row(r.image, "cfp", r.patient, extra={"site": "A" if i < 12 else "B"}) for i, r in enumerate(predictions.rows)
    )
    asked = Predictions(rows, ("drusen",), predictions.probability, predictions.refused), labels
    found, entry = judged(asked, "site")
    small = entry["groups"]["A"]
    assert small["auroc"]["value"] is None
    assert "at least 10 are needed" in small["auroc"]["reason"]
    assert entry["groups"]["B"]["difference"]["reason"].startswith("of the others, ")
    assert entry["worst"] is None
    assert found["comparisons"]["warning"].startswith("No two groups")


def test_without_a_threshold_only_order_is_judged(table):
    _, entry = judged(table, "sex", threshold=None)
    assert entry["groups"]["F"]["auroc"]["value"] is not None
    assert entry["groups"]["F"]["sensitivity"]["reason"] == "the concept has no threshold"


def test_one_patients_images_are_drawn_together(table):
    """Every image twice says nothing new: the intervals must not shrink."""
    predictions, labels = table
    twice = Predictions(
        predictions.rows * 2, ("drusen",), np.concatenate([predictions.probability] * 2), predictions.refused * 2
    )
    once, again = judged(table, "sex")[1], judged((twice, np.concatenate([labels] * 2)), "sex")[1]
    assert once["groups"]["F"]["auroc"]["low"] == pytest.approx(again["groups"]["F"]["auroc"]["low"], abs=1e-9)


def test_rare_values_are_taken_together_and_a_missing_column_is_named():
    rows = [Row(f"{i}", "cfp", extra={"camera": f"c{i // 3}" if i < 36 else f"d{i}"}) for i in range(40)]
    names = subgroups.grouped(rows, "camera", range(40))
    assert names.count("others") == 4
    with pytest.raises(UsageError, match=r"There is no column 'sex'.*camera"):
        subgroups.grouped(rows, "sex", [0])
