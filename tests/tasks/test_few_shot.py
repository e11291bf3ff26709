"""The few-shot task: a curve that begins at the words, seeded, and apart from the rows it is judged on."""

from dataclasses import replace

import pytest

from mmfundus.errors import ManifestError, UnknownName, UsageError
from mmfundus.tasks import few_shot


@pytest.fixture
def judge(three_splits, fake_reader):
    def run(table=three_splits, split="test", **told):
        return few_shot.judge(fake_reader, table, split, **{"resamples": 20, "shots": (1, 2), "draws": 2, **told})

    return run


def test_every_method_and_shot_is_a_point_and_the_words_are_the_first(judge):
    judged = judge()
    found = judged.result["few_shot"]
    assert (found["curve"][0]["method"], found["curve"][0]["shots"]) == ("zero-shot", 0)
    assert len(found["curve"]) == 1 + 5 * 2
    assert all(point["auroc"]["value"] == 1.0 and point["over"] == 2 for point in found["curve"])
    assert len(judged.tables["few_shot.csv"]["auroc"]) == 2 * (1 + 5 * 2 * 2)
    assert judged.result["macro"]["auroc"]["value"] == 1.0


def test_the_same_seed_gives_the_same_and_the_order_of_rows_is_no_matter(judge, three_splits):
    first = judge(methods=("tip_adapter",)).result
    assert first == judge(methods=("tip_adapter",)).result
    turned = judge(replace(three_splits, rows=three_splits.rows[::-1]), methods=("tip_adapter",)).result
    assert first["few_shot"] == turned["few_shot"]


def test_a_concept_with_too_few_patients_is_named(judge):
    found = judge(shots=(16,), methods=("linear",)).result
    assert [item["concept"] for item in found["few_shot"]["left_out"]] == ["drusen", "normal"]
    assert "10 patients of a class" in found["concepts"]["drusen"]["auroc"]["reason"]


def test_on_validation_rows_the_settings_are_fixed(judge):
    judged = judge(split="val", methods=("linear",))
    assert "fixed" in judged.result["few_shot"]["settings"]
    assert set(judged.tables["few_shot.csv"]["setting"]) == {"", "strength=1"}


def test_wrong_calls_are_sentences(judge):
    with pytest.raises(UnknownName, match="few-shot method named 'cocoop'"):
        judge(methods=("cocoop",))
    with pytest.raises(UsageError, match="at least 1"):
        judge(shots=(0,))
    with pytest.raises(ManifestError, match="drawn from the rows of 'train'"):
        judge(split="train")
