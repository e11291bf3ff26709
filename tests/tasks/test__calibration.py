"""What is said of calibration: none, of other labels, or figures before and after."""

import numpy as np
import pytest

from mmfundus.evaluate import calibrated
from mmfundus.evaluate.calibration import Map
from mmfundus.evaluate.calls import Bounds
from mmfundus.report import beside
from mmfundus.tasks import zero_shot

FLATTER = Map("platt", ((0.0, 0.25),))


def carrying(*asked, **bounds):
    found = calibrated.Calibration("cfp", asked, {asked[0]: FLATTER}, dict.fromkeys(asked[1:], "too few"), bounds)
    return calibrated.document([found], "platt", "v.csv")


def test_a_model_without_says_how_to_make_one(eye_table, fake_reader):
    found = zero_shot.judge(fake_reader, eye_table, "test", resamples=0).result["calibration"]
    assert found["applied"] is False
    assert "mmfundus calibrate" in found["reason"]


def test_one_of_other_labels_is_not_applied(eye_table, fake_reader):
    plain = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    fake_reader.calibration = carrying("drusen", "glaucoma")
    other = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    assert "other labels" in other.result["calibration"]["reason"]
    assert plain.result["concepts"] == other.result["concepts"]


def test_figures_before_and_after_and_the_order_stays(eye_table, fake_reader):
    plain = zero_shot.judge(fake_reader, eye_table, "test", resamples=0).result
    fake_reader.calibration = carrying("drusen", "normal")
    judged = zero_shot.judge(fake_reader, eye_table, "test", resamples=0)
    found = judged.result["calibration"]["modalities"]["cfp"]["concepts"]
    assert found["normal"] == {"calibrated": False, "reason": "too few"}
    assert found["drusen"]["before"]["brier"] == plain["concepts"]["drusen"]["brier"]
    assert found["drusen"]["after"]["brier"] == judged.result["concepts"]["drusen"]["brier"]
    assert found["drusen"]["after"]["brier"]["value"] > found["drusen"]["before"]["brier"]["value"]  # it was sure
    assert judged.result["concepts"]["drusen"]["auroc"] == plain["concepts"]["drusen"]["auroc"]
    before = plain["concepts"]["drusen"]["threshold"]
    assert judged.result["concepts"]["drusen"]["threshold"] == pytest.approx(
        (before / (1 - before)) ** 0.25 / (1 + (before / (1 - before)) ** 0.25)
    )


def test_on_validation_rows_it_is_said_that_they_flatter(eye_table, fake_reader):
    fake_reader.calibration = carrying("drusen", "normal")
    found = zero_shot.judge(fake_reader, eye_table, "val", resamples=0).result["calibration"]
    assert "flatter" in found["reason"]


def test_what_a_model_promises_is_measured_before_it_is_bent(eye_table, fake_reader):
    plain = zero_shot.judge(fake_reader, eye_table, "test", resamples=0).predictions
    p = plain.probability[:, plain.concepts.index("drusen")]
    fake_reader.calibration = carrying("drusen", "normal", drusen=Bounds(0.9, 0.8, float(np.nanmin(p)), None, 30, 3))
    result = zero_shot.judge(fake_reader, eye_table, "test", resamples=0).result
    found = result["calibration"]["modalities"]["cfp"]["calls"]["drusen"]
    assert found["share"] == 0.9
    assert found["unsure"] == pytest.approx(1 - 1 / found["n_images"])
    view = beside.calibration_view(result)["called"][0]
    assert view["promised"] == "90 %, confidence 80 %"
    assert [side["promised"] for side in view["sides"]] == [True, False]
