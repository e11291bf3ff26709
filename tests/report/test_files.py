"""What verbs leave behind: complete, strict, with provenance, and nothing overwritten."""

import json

import numpy as np
import pytest

from mmfundus import tables
from mmfundus.data import manifest
from mmfundus.evaluate.table import from_columns
from mmfundus.report import files
from mmfundus.tasks import zero_shot
from mmfundus.types import Finding, Reading, Row


@pytest.fixture
def judged(eye_table, fake_reader):
    return zero_shot.judge(fake_reader, eye_table, "test", resamples=20)


def test_an_evaluation_is_files_that_agree(judged, eye_table, fake_reader, tmp_path):
    out = tmp_path / "new" / "out"
    files.write_evaluation(judged, files.examples(fake_reader, eye_table, "test"), out)
    assert {path.name for path in out.iterdir()} == {
        "metrics.json",
        "predictions.parquet",
        "report.html",
        "checklists.md",
    }
    assert json.loads((out / "metrics.json").read_text()) == judged.result
    found = from_columns(tables.read(out / "predictions.parquet"))
    np.testing.assert_array_equal(found.probability, judged.predictions.probability)
    assert tables.provenance(out / "predictions.parquet")["manifest"] == "m.csv, split test"


def test_a_figure_that_is_no_number_is_not_written(judged, tmp_path):
    judged.result["macro"]["auroc"]["value"] = float("nan")
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_evaluation(judged, [], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_examples_are_the_first_of_each_concept(eye_table, fake_reader):
    assert [one.row.image for one in files.examples(fake_reader, eye_table, "test")] == ["0.png", "1.png"]
    assert len(files.examples(fake_reader, eye_table, "test", most=1)) == 1


def readings(*names):
    pixels, shares = np.full((16, 16, 3), 90, np.uint8), np.full((2, 2), 0.05)
    return [Reading(Row(name, "cfp"), pixels, (Finding("drusen", 0.6, 0.2, shares),)) for name in names]


def test_pictures_of_one_name_do_not_overwrite_each_other(tmp_path):
    refused = Reading(Row("c.png", "cfp"), None, refused="Empty.")
    files.write_readings([*readings("a/x.png", "b/x.jpg"), refused, *readings("x.png")], tmp_path, "Read")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"index.html", *(f"{i:04d}-x{kind}.png" for i in (1, 2, 4) for kind in ("", "-map"))}


def test_the_longest_name_of_a_file_is_no_obstacle(tmp_path):
    files.write_readings(readings("x" * 250 + ".png"), tmp_path, "Read")
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_predictions_of_readings_are_a_table(tmp_path):
    files.write_predictions(readings("a.png", "b.png"), "tiny", tmp_path)
    found = from_columns(tables.read(tmp_path / "predictions.csv"))
    assert [row.image for row in found.rows] == ["a.png", "b.png"]
    assert found.probability.tolist() == [[0.6], [0.6]]


def test_a_runs_page_is_made_while_it_runs(tmp_path):
    (tmp_path / "config.json").write_text('{"lr": 1e-05}')
    (tmp_path / "metrics.jsonl").write_text('{"event": "step", "step": 1, "loss": 2.0, "lr": 1e-5}\n')
    files.write_run_page(tmp_path)
    assert "in progress" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_text_appears_whole_whatever_characters_it_holds(tmp_path):
    files.write_text(tmp_path / "a.html", "ü a\udcff")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "ü a\\udcff"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_the_rows_are_those_a_manifest_would_give(eye_table, tmp_path):
    manifest.write(eye_table, tmp_path / "m.csv")
    assert manifest.read(tmp_path / "m.csv") == eye_table


def test_the_page_of_a_run_that_was_cut_in_a_line_shows_the_whole_ones(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "metrics.jsonl").write_text('{"event": "step", "step": 1, "loss": 2.5}\n{"event": "step", "st')
    files.write_run_page(tmp_path)
    assert "2.5000" in (tmp_path / "report.html").read_text()
