"""Judged by words: every row is accounted for, and thresholds come from the validation rows."""

import pytest

from mmfundus.errors import ManifestError
from mmfundus.tasks import zero_shot
from mmfundus.types import Manifest, Row


@pytest.fixture
def judged(eye_table, fake_reader):
    return zero_shot.judge(fake_reader, eye_table, "test", resamples=20)


def test_every_row_of_the_split_is_judged_refused_or_counted_as_silent(judged):
    found = judged.result
    assert (found["n_images"], found["n_refused"], found["not_judged"]) == (9, 1, {"slo": 1})
    assert found["macro"]["auroc"]["value"] == 1.0
    assert found["concepts"]["drusen"]["threshold"] is not None  # chosen on the validation rows
    classes = found["exclusive"]["cfp"]
    assert (classes["grades"], classes["accuracy"]["value"]) == (["drusen", "normal"], 1.0)


def test_the_validation_split_has_no_rows_to_choose_thresholds_on(eye_table, fake_reader):
    found = zero_shot.judge(fake_reader, eye_table, "val", resamples=0)
    assert found.validation is None
    assert found.result["concepts"]["drusen"]["threshold"] is None


@pytest.mark.parametrize(("split", "words"), [("train", "has no rows"), ("test", "states no concept as present")])
def test_nothing_to_judge_is_said(tmp_path, fake_reader, split, words):
    silent = Manifest((Row("a.png", "slo", "s", split="test"),), tmp_path, "m.csv")
    with pytest.raises(ManifestError, match=rf"m\.csv: the split '{split}' {words}"):
        zero_shot.judge(fake_reader, silent, split)


def test_a_model_against_itself_does_not_differ(eye_table, fake_reader):
    found = zero_shot.judge(fake_reader, eye_table, "test", resamples=20, against=fake_reader).result["comparison"]
    assert found["macro"]["auroc"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert (found["only_first"], found["only_second"]) == ([], [])
