"""A preset's composites in the verdict, by image, eye and patient."""

from dataclasses import replace

import pytest

from mmfundus.errors import UnknownName, UsageError
from mmfundus.tasks import zero_shot


@pytest.fixture
def scans(three_splits):
    """Bright scans have drusen, dark ones are normal: a known answer for oct-macula."""
    return replace(three_splits, rows=tuple(replace(row, modality="oct") for row in three_splits.rows))


def test_known_answers_at_each_unit(scans, fake_reader):
    found = zero_shot.judge(fake_reader, scans, "test", resamples=20, preset="oct-macula").result["preset"]
    assert (found["id"], found["version"]) == ("oct-macula", 1)
    for part in (found, found["units"]["eye"], found["units"]["patient"]):
        entry = part["modalities"]["oct"]["concepts"]["any_of_the_classes"]
        assert (entry["n_present"], entry["n_absent"], entry["auroc"]["value"]) == (5, 5, 1.0)
        urgent = part["modalities"]["oct"]["concepts"]["urgent"]  # drusen say nothing of it, normal eyes deny it
        assert (urgent["n_present"], urgent["n_absent"]) == (0, 5)
        assert urgent["auroc"]["value"] is None
    assert "1 - product" in found["rule"]


def test_figures_stand_beside_the_end_points(three_splits, fake_reader):
    found = zero_shot.judge(fake_reader, three_splits, "test", resamples=20, preset="dr-screening").result["preset"]
    told = found["composites"]["referable"]["references"][0]
    assert (told["sensitivity"], told["specificity"]) == (0.85, 0.825)
    assert told["beside"]["cfp"]["sensitivity"]["value"] is None  # nobody here has it
    assert told["beside"]["cfp"]["interval_above"]["sensitivity"] is None
    assert found["composites"]["vision_threatening"]["references"] == []


def test_wrong_calls_are_sentences(three_splits, fake_reader):
    with pytest.raises(UsageError, match="is for oct images; these rows have none"):
        zero_shot.judge(fake_reader, three_splits, "test", resamples=0, preset="oct-macula")
    with pytest.raises(UnknownName, match="preset named 'dr'"):
        zero_shot.judge(fake_reader, three_splits, "test", resamples=0, preset="dr")
