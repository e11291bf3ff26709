"""Fitted on the rows of val alone, for the sets of labels that will be asked, into a directory of its own."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmfundus.clinic import calibrating, reading
from mmfundus.errors import BrokenModel, ManifestError, UsageError
from mmfundus.evaluate import calibrated
from mmfundus.evaluate.calls import Bounds
from mmfundus.models.bundle import open_bundle
from mmfundus.models.runtime import OnnxReader
from mmfundus.types import Manifest, Row


@pytest.fixture
def overlapping(tmp_path):
    """Bright pictures mostly have drusen, dark ones mostly not; in val and, turned round, in test."""
    rng, rows = np.random.default_rng(0), []
    for i in range(120):
        grey = int(rng.integers(40, 220))
        Image.new("RGB", (40, 40), (grey, grey, (i * 2) % 256)).save(tmp_path / f"{i}.png")
        bright = rng.random() < grey / 255
        split = "val" if i < 80 else "test"
        name = "drusen" if bright == (split == "val") else "normal"
        rows.append(Row(f"{i}.png", "cfp", f"p{i}", present=(name,), split=split))
    return Manifest(tuple(rows), tmp_path, "m.csv")


def test_the_sets_are_what_predict_and_evaluate_ask(fake_reader, overlapping):
    rows = (*overlapping.rows, replace(overlapping.rows[-1], image="x.png", present=("glaucoma",), patient="x"))
    found = calibrating.sets_of(fake_reader, replace(overlapping, rows=rows))
    assert found == [("cfp", ("drusen", "glaucoma", "normal")), ("cfp", ("drusen", "normal"))]
    assert calibrating.sets_of(fake_reader, overlapping, ["AMD", "healthy"])[0][1][0] == "amd"


def test_other_rows_change_nothing(fake_reader, overlapping):
    sets = calibrating.sets_of(fake_reader, overlapping)
    without = replace(overlapping, rows=overlapping.split("val"))
    both = [calibrating.fit(fake_reader, table, sets, "platt")[0] for table in (overlapping, without)]
    assert both[0] == both[1]
    assert both[0][0].maps["drusen"].numbers[0][1] > 0


def test_too_few_patients_and_no_rows_are_said(fake_reader, eye_table):
    sets = calibrating.sets_of(fake_reader, eye_table)
    with pytest.raises(ManifestError, match=r"suffice to calibrate no concept.*platt needs 20 patients"):
        calibrating.fit(fake_reader, eye_table, sets, "platt")
    with pytest.raises(ManifestError, match="the split 'val' has no rows"):
        calibrating.fit(fake_reader, replace(eye_table, rows=eye_table.split("test")), sets, "platt")


@pytest.fixture
def sealed(tiny_model_folder, tmp_path):
    document = [
        calibrated.Calibration(
            "cfp",
            ("drusen", "normal"),
            {"drusen": calibrated.Map("platt", ((1.0, 0.5),))},
            {},
            {"drusen": Bounds(0.9, 0.8, 1.0, None, 30, 3)},
        )
    ]
    calibrating.write(open_bundle(tiny_model_folder), document, "platt", "m.csv", tmp_path / "bent")
    return tmp_path / "bent"


def test_the_new_directory_is_a_model_and_the_old_one_stays(tiny_model_folder, sealed, overlapping):
    old, new = (OnnxReader(open_bundle(folder)) for folder in (tiny_model_folder, sealed))
    assert old.calibration == {}
    card = (sealed / "card.md").read_text(encoding="utf-8")
    assert "calibrated drusen" in card
    assert "drusen is called: absent in at most 10 % of patients with it (30 fitted on); confidence 80 %" in card
    asked = {"cfp": ("drusen", "normal")}
    p, q = (reading.predict(one, overlapping.rows[:4], overlapping.root, asked).probability for one in (old, new))
    odds = p[:, 0] / (1 - p[:, 0])
    np.testing.assert_allclose(q[:, 0] / (1 - q[:, 0]), np.exp(1.0) * np.sqrt(odds), rtol=1e-9)
    assert (p[:, 1] == q[:, 1]).all()
    shown = reading.read(new, overlapping.rows[:1], overlapping.root, asked)[0]
    assert {f.label: f.calibrated for f in shown.findings} == {"drusen": True, "normal": False}
    assert {f.label: f.call for f in shown.findings} == {"drusen": "absent", "normal": ""}
    assert {f.label: f.probability for f in shown.findings}["drusen"] == pytest.approx(q[0, 0])


def test_an_altered_calibration_is_refused(sealed):
    (sealed / "calibration.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BrokenModel, match=r"calibration\.json of the model 'tiny' is not what was sealed"):
        OnnxReader(open_bundle(sealed))


def test_nothing_of_the_users_is_written_over(tiny_model_folder, tmp_path):
    (tmp_path / "notes").mkdir()
    for place, words in ((tiny_model_folder, "is the model itself"), (tmp_path / "notes", "is not a model directory")):
        with pytest.raises(UsageError, match=words):
            calibrating.write(open_bundle(tiny_model_folder), [], "platt", "m.csv", place)
