"""Each preset as a section: what it acts on, each unit, what was published, and the curves by patient."""

from dataclasses import replace

import pytest

from mmfundus.evaluate import presets
from mmfundus.report import pages
from mmfundus.report.pages import Section
from mmfundus.report.preset import preset_view
from mmfundus.tasks import zero_shot


@pytest.fixture
def judged(three_splits, fake_reader):
    def of(name):
        preset = presets.load(name)
        sick = preset.composites[0].any[0]
        rows = tuple(
            replace(row, modality=preset.modalities[0], present=(sick,) if "drusen" in row.present else ("normal",))
            for row in three_splits.rows
        )
        return zero_shot.judge(fake_reader, replace(three_splits, rows=rows), "test", resamples=20, preset=name)

    return of


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_has_a_line_a_composite_and_unit(judged, name):
    view = preset_view(judged(name))
    composites = len(presets.load(name).composites)
    assert len(view["rows"]) == 3 * composites
    assert {row["unit"] for row in view["rows"]} == {"image", "eye", "patient"}
    page = pages.evaluation_page({}, more=[Section("Preset", "preset.html", view)])
    assert view["without_eye"] == 0
    assert view["composites"][0]["means"].replace("'", "&#39;") in page
    assert f"version {view['version']}" in page


def test_published_points_are_drawn_and_written(judged):
    view = preset_view(judged("dr-screening"))
    drawn = next(it for it in view["curves"]["questions"] if it["name"].startswith("referable"))
    assert "Hollow diamond: end points set before the trial" in drawn["charts"][0][0]
    assert [(row["theirs"], row["figure"]) for row in view["beside"]] == [
        (0.85, "sensitivity"), (0.825, "specificity"), (0.872, "sensitivity"), (0.907, "specificity")
    ]  # fmt: skip
    assert not preset_view(judged("glaucoma"))["beside"]
