"""A calibration is applied where the very same labels are asked, and nowhere else."""

import json

import numpy as np
import pytest

from mmfundus.errors import BrokenModel
from mmfundus.evaluate import calibrated
from mmfundus.evaluate.calibration import Map
from mmfundus.evaluate.calls import Bounds
from mmfundus.types import Predictions, Row

HALVED = Map("temperature", ((0.0, 0.5),))
BOUNDS = Bounds(0.9, 0.9, 0.25, None, 30, 3)
FOUND = calibrated.Calibration(
    "cfp", ("drusen", "normal"), {"drusen": HALVED}, {"normal": "too few"}, {"drusen": BOUNDS}
)


@pytest.fixture
def document():
    return json.loads(json.dumps(calibrated.document([FOUND], "temperature", "m.csv")))


@pytest.fixture
def said():
    rows = (Row("a", "cfp"), Row("b", "oct"), Row("c", "cfp"))
    table = np.array([[0.9, 0.1], [0.9, 0.1], [np.nan, np.nan]])
    return Predictions(rows, ("drusen", "normal"), table, ("", "", "gone"))


def test_what_is_written_reads_back(document):
    assert calibrated.read(document) == (FOUND,)
    assert calibrated.read({}) == ()
    del document["sets"][0]["bounds"]  # as models calibrated before there were any
    assert calibrated.read(document)[0].bounds == {}
    document["sets"][0]["bounds"] = {"drusen": {"share": "much"}}
    with pytest.raises(BrokenModel, match="cannot be read"):
        calibrated.read(document)


def test_the_same_set_is_bent_in_its_modality_alone(document, said):
    asked = {"cfp": ("normal", "drusen"), "oct": ("normal", "drusen")}  # another order is the same set
    bent = calibrated.apply(calibrated.read(document), said, asked).probability
    assert bent[0, 0] == pytest.approx(0.75)  # odds 9 to 1, their root is 3 to 1
    assert bent[0, 1] == 0.1  # it has no map
    assert bent[1].tolist() == [0.9, 0.1]
    assert np.isnan(bent[2]).all()


@pytest.mark.parametrize("labels", [("drusen",), ("drusen", "normal", "glaucoma")])
def test_another_set_is_left_alone(document, said, labels):
    assert calibrated.of(calibrated.read(document), "cfp", labels) is None
    assert calibrated.apply(calibrated.read(document), said, {"cfp": labels}).probability[0].tolist() == [0.9, 0.1]


def test_maps_are_fitted_to_one_modality_and_the_rest_is_refused():
    rng = np.random.default_rng(0)
    z = rng.normal(size=800) * 2
    y = (rng.random(800) < 1 / (1 + np.exp(-z / 2))).astype(float)
    rows = tuple(Row(f"{i}", "cfp" if i < 700 else "oct", f"p{i}") for i in range(800))
    p = np.stack([1 / (1 + np.exp(-z)), np.full(800, 0.5)], axis=1)
    labels = np.stack([np.where(np.arange(800) < 700, y, 1 - y), np.full(800, np.nan)], axis=1)
    found = calibrated.fit(Predictions(rows, ("drusen", "normal"), p, ("",) * 800), labels, "cfp", "temperature")
    assert found.maps["drusen"].numbers[0][1] == pytest.approx(0.5, abs=0.1)  # the scans would turn it round
    assert "have 0 and 0" in found.refused["normal"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"format": 2}, "has format 2"), ({"sets": [{}]}, "cannot be read"), ({"sets": None}, "cannot be read")],
)
def test_a_broken_one_is_a_sentence(document, change, words):
    with pytest.raises(BrokenModel, match=words):
        calibrated.read(document | change)
