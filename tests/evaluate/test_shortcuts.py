"""A cue that separates raises the alarm and is named; noise, few patients and a patient's own mark do not."""

import numpy as np
import pytest

from mmfundus.evaluate import shortcuts
from mmfundus.types import Row

N = 120


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    rows = [Row(f"{i}.png", "cfp", f"p{i // 2}") for i in range(N)]
    labels = np.repeat(rng.integers(0, 2, N // 2), 2).astype(float)[:, None]
    noise = rng.normal(size=(N, 3))
    told = labels * 3 + rng.normal(size=(N, 1))
    return rows, labels, noise, told


def test_the_cue_that_tells_the_label_is_named(table):
    rows, labels, noise, told = table
    found = shortcuts.judge(rows, {"size": noise, "frame": told}, labels, ["drusen"], resamples=200)
    (alarm,) = found["alarms"]
    assert (alarm["modality"], alarm["concept"], alarm["cue"], alarm["level"]) == ("cfp", "drusen", "frame", 0.8)
    entry = found["modalities"]["cfp"]["concepts"]["drusen"]
    assert entry["strongest"] == "frame"
    assert entry["cues"]["frame"]["low"] > 0.8
    assert entry["cues"]["size"]["low"] < 0.5 < entry["cues"]["size"]["high"] + 0.1


def test_a_cue_that_may_hold_tissue_has_the_higher_level():
    assert [shortcuts.level(cue) for cue in ("size", "frame", "file", "colour", "blind tower")] == [0.8, 0.8] + [
        0.9
    ] * 3


def test_what_marks_a_patient_tells_nothing_of_others():
    """Each patient's own number separates the images only for one who has seen the patient."""
    owner = np.repeat(np.arange(40), 3)
    labels = (owner % 2).astype(float)
    marks = np.eye(40)[owner]
    found = shortcuts.separation(marks, labels, [f"p{i}" for i in owner], resamples=100)
    assert found.low < 0.5 < found.high or abs(found.value - 0.5) < 0.1


def test_unknown_labels_and_unreadable_images_are_left_out(table):
    rows, labels, _, told = table
    labels[:20], told[20:30] = np.nan, np.nan
    entry = shortcuts.judge(rows, {"frame": told}, labels, ["drusen"], resamples=0)["modalities"]["cfp"]
    assert entry["n_images"] == N - 10
    assert entry["concepts"]["drusen"]["n_present"] + entry["concepts"]["drusen"]["n_absent"] == N - 30


def test_few_patients_and_a_constant_cue(table):
    rows, labels, noise, _ = table
    few = shortcuts.separation(noise[:30], labels[:30, 0], [row.patient for row in rows[:30]])
    assert few.value is None
    assert "at least 10 are needed" in few.reason
    same = shortcuts.separation(np.ones((N, 2)), labels[:, 0], [row.patient for row in rows])
    assert (same.value, same.low, same.high) == (0.5, 0.5, 0.5)


def test_modalities_are_judged_apart(table):
    rows, labels, _, _ = table
    mixed = [Row(row.image, "oct" if i % 2 else "cfp", row.patient) for i, row in enumerate(rows)]
    camera = np.array([[float(i % 2)] for i in range(N)])
    found = shortcuts.judge(mixed, {"size": camera}, labels, ["drusen"], resamples=50)
    assert set(found["modalities"]) == {"cfp", "oct"}
    assert found["alarms"] == [], "what tells the modalities apart is no shortcut within one"
