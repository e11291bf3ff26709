"""The probe task: learned on train, chosen on val, judged on test, and silent about nothing."""

from dataclasses import replace

import pytest

from mmfundus.errors import ManifestError
from mmfundus.tasks import probe


def test_separable_vectors_give_one_and_say_what_they_were_fitted_on(three_splits, fake_reader):
    found = probe.judge(fake_reader, three_splits, "test", resamples=20).result
    assert found["macro"]["auroc"]["value"] == 1.0
    assert found["concepts"]["drusen"]["threshold"] is not None
    drusen = found["probe"]["fitted"][0]
    assert (drusen["concept"], drusen["n_present"], drusen["n_absent"]) == ("drusen", 10, 10)  # the unstated are out
    assert "validation" in drusen["chosen"]


def test_the_order_of_rows_does_not_matter(three_splits, fake_reader):
    turned = replace(three_splits, rows=three_splits.rows[::-1])
    first, second = (probe.judge(fake_reader, table, "test", resamples=0) for table in (three_splits, turned))
    assert first.result["concepts"] == second.result["concepts"]
    assert (first.predictions.probability == second.predictions.probability[::-1]).all()


def test_test_rows_change_nothing_that_is_fitted(three_splits, fake_reader):
    fewer = replace(three_splits, rows=tuple(r for r in three_splits.rows if r.split != "test" or r.image < "20"))
    both = [probe.judge(fake_reader, table, "test", resamples=0) for table in (three_splits, fewer)]
    assert both[0].result["probe"] == both[1].result["probe"]
    assert (both[0].validation.probability == both[1].validation.probability).all()


def test_too_few_patients_is_null_with_the_reason(three_splits, fake_reader):
    rows = [replace(r, patient="one") if r.split == "train" and "drusen" in r.present else r for r in three_splits.rows]
    found = probe.judge(fake_reader, replace(three_splits, rows=tuple(rows)), "test", resamples=0).result
    assert found["concepts"]["drusen"]["auroc"]["value"] is None
    assert "1 patients with it" in found["concepts"]["drusen"]["auroc"]["reason"]
    assert any("1 patients with it" in item["reason"] for item in found["undefined"] if item["concept"] == "drusen")


def test_on_the_validation_rows_nothing_is_chosen_on_them(three_splits, fake_reader):
    found = probe.judge(fake_reader, three_splits, "val", resamples=0)
    assert found.validation is None
    assert all("fixed" in entry["chosen"] for entry in found.result["probe"]["fitted"])


def test_it_is_not_judged_on_what_it_was_fitted_on(three_splits, fake_reader):
    with pytest.raises(ManifestError, match="cannot be judged on them"):
        probe.judge(fake_reader, three_splits, "train")
