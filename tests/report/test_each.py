import numpy as np
import pytest

from mmfundus.data.manifest import labels
from mmfundus.evaluate.questions import stated
from mmfundus.report.each import at, each_view, entry_of, questions_view
from mmfundus.tasks import Judged
from mmfundus.types import Predictions, Row


def judged(n=60, patients=None, threshold=0.5, present=None, seed=0):
    rng = np.random.default_rng(seed)
    sick = rng.random(n) < 0.4 if present is None else np.full(n, present)
    rows = tuple(
        Row(f"{i}.png", "cfp", f"p{i % (patients or n)}", present=("glaucoma",) if s else (),
            absent=() if s else ("glaucoma",)) for i, s in enumerate(sick)
    )  # fmt: skip
    probability = np.clip(0.3 * sick + 0.7 * rng.random(n), 0, 1)[:, None]
    figure = {"value": 0.8, "low": 0.7, "high": 0.9}
    entry = {"threshold": threshold, "auroc": figure, "auprc": figure, "n_present": int(sick.sum())}
    result = {"seed": 0, "modalities": {"cfp": {"concepts": {"glaucoma": entry}}}}
    return Judged(result, Predictions(rows, ("glaucoma",), probability, ("",) * n), None)


def test_a_concept_has_its_five_charts_each_saying_its_figures():
    (it,) = each_view(judged())["questions"]
    starts = ["ROC", "Precision and recall", "Decision curve", "Reliability", "Scores"]
    words = [caption for caption, _ in it["charts"]]
    assert [caption.split(":")[0] for caption in words] == starts
    for start, (_, svg) in zip(starts, it["charts"], strict=True):
        assert f'aria-label="{start} of glaucoma (cfp)' in svg
    assert "0.800 (0.700–0.900)" in words[0]


def test_confusion_and_tables_count_every_image():
    it = each_view(judged())["questions"][0]
    counts = it["confusion"]
    assert sum((counts.true_present, counts.false_present, counts.false_absent, counts.true_absent)) == 60
    assert sum(row["images"] for row in it["bins"]) == 60
    assert sum(present + absent for _, present, absent in it["bars"]) == 60
    assert [row["at"] for row in it["places"]][:2] == ["0.05", "0.10"]


def test_a_single_class_has_scores_and_no_curve():
    it = each_view(judged(present=True))["questions"][0]
    assert [caption.split(":")[0] for caption, _ in it["charts"]] == ["Reliability", "Scores"]
    assert it["places"] == []


def test_without_a_threshold_nothing_is_called():
    it = each_view(judged(threshold=None))["questions"][0]
    assert (it["confusion"], it["threshold"]) == (None, None)


def test_one_patient_has_no_band():
    view = each_view(judged(patients=1))
    assert view["draws"] == 0
    assert " to " not in view["questions"][0]["places"][0]["roc"]


def test_a_published_end_point_is_drawn():
    it = judged()
    bare = each_view(it)["questions"][0]["charts"][0][1]
    table = stated(it.predictions, labels(it.predictions.rows, ("glaucoma",)))
    others = [
        {"name": name, "sensitivity": 0.85, "specificity": 0.825, "source": "x"} for name in ("end point", "result")
    ]
    found = questions_view(table, it.result, 0, {"glaucoma": others})["questions"][0]
    assert found["charts"][0][1].count("<use") == bare.count("<use") + 2
    assert "Hollow diamond: end point. Hollow square: result." in found["charts"][0][0]


def test_refused_and_unlabelled_images_ask_nothing():
    rows = (Row("a", "cfp", "a", present=("glaucoma",)), Row("b", "oct", "b"))
    found = Predictions(rows, ("glaucoma",), np.array([[np.nan], [0.5]]), ("no", ""))
    assert each_view(Judged({"seed": 0}, found, None))["questions"] == []


def test_negative_benefit_is_written_with_a_minus():
    rows = each_view(judged())["questions"][0]["places"]
    assert rows[-1]["all"].startswith("−")
    assert not any("-" in text for row in rows for text in row.values())


@pytest.mark.parametrize("x", [0.0, 0.5, 1.0])
def test_a_curve_is_read_between_its_points(x):
    from mmfundus.evaluate.curves import Curve

    nothing = np.zeros(0)
    assert at(Curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]), nothing, nothing, nothing), x) == x


def test_what_the_result_lacks_is_empty():
    assert entry_of({}, "cfp", "x") == {}
