"""What is said of calibration: none, of other labels, or figures before and after."""

import pytest

from mmfundus.evaluate import calibrated
from mmfundus.evaluate.calibration import Map
from mmfundus.tasks import zero_shot

FLATTER = Map("platt", ((0.0, 0.25),))


def carrying(*asked):
    refused = dict.fromkeys(asked[1:], "too few")
    return calibrated.document([calibrated.Calibration("cfp", asked, {asked[0]: FLATTER}, refused)], "platt", "v.csv")


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
