"""Two thresholds, three words; a patient counts once on each side, by the worst image."""

import numpy as np
import pytest

from mmfundus.evaluate import calls
from mmfundus.evaluate.calls import Bounds

APART = Bounds(0.9, 0.9, 0.2, 0.7, 30, 40)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (APART, {0.2: "absent", 0.21: "unsure", 0.69: "unsure", 0.7: "present"}),
        (Bounds(0.9, 0.9, 0.7, 0.2, 30, 40), {0.1: "absent", 0.2: "unsure", 0.7: "unsure", 0.8: "present"}),
        (Bounds(0.9, 0.9, 0.2, None, 30, 3), {0.1: "absent", 0.9: "unsure"}),
        (Bounds(0.9, 0.9, None, None, 3, 3), {0.0: "unsure", 1.0: "unsure"}),
    ],
)
def test_what_both_claim_or_neither_is_unsure(bounds, words):
    assert {p: bounds.call(p) for p in words} == words


def test_it_reads_back_as_written():
    assert calls.from_json(APART.json()) == APART
    assert "absent in at most 10 % of patients with it (30 fitted on)" in APART.words()


def test_the_worst_image_speaks_for_the_patient():
    patient = np.array([7, 7, 9, 9, 4])
    p = np.array([0.9, 0.3, 0.5, 0.1, 0.2])
    here = np.array([True, True, True, False, False])
    assert calls.worst(p, patient, here).tolist() == [0.3, 0.5]


def test_what_these_patients_show():
    p = np.array([0.1, 0.9, 0.5, 0.9, 0.1, 0.1])
    y = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    found = calls.measured(APART, p, y, np.array([0, 0, 1, 2, 3, 4]))
    assert found["kept_present"]["value"] == 0.5  # of patient 0 one image is called absent
    assert found["kept_present"]["n_patients"] == 2
    assert found["kept_absent"]["value"] == pytest.approx(2 / 3)
    assert found["kept_absent"]["low"] == pytest.approx(0.09429932)  # Clopper and Pearson, 2 of 3
    assert found["unsure"] == pytest.approx(1 / 6)


def test_nobody_stated_is_undefined():
    found = calls.measured(APART, np.array([0.5]), np.array([1.0]), np.array([0]))
    assert found["kept_absent"] == {"value": None, "low": None, "high": None, "n_patients": 0,
                                    "reason": "no patient is stated so"}  # fmt: skip


def test_bounds_are_fitted_on_patients():
    pytest.importorskip("mapie", reason="MAPIE is not installed: pip install 'mmfundus[conformal]'")
    rng = np.random.default_rng(1)
    y = np.repeat([1.0, 0.0], 120)
    p = np.clip(rng.normal(0.2 + 0.6 * y, 0.1), 0, 1)
    patient = np.arange(240) // 2  # two images each
    found = calls.fit(p, y, patient, 0.9, 0.9)
    assert (found.n_present, found.n_absent) == (60, 60)
    assert found.present_from < 0.5 < found.absent_to
    few = calls.fit(p[:130], y[:130], patient[:130], 0.9, 0.9)
    assert few.n_absent == 5
    assert few.present_from is None
