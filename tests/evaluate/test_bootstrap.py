import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mmfundus.evaluate.bootstrap import draws, interval, resample
from mmfundus.evaluate.metrics import measure, rank
from mmfundus.evaluate.questions import Question

NAN = float("nan")


def table(patients=25, images=80, seed=3):
    """Scores with ties, labels that belong to patients, and whose image is whose."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(patients, size=images)
    labels = (owner % 3 == 0).astype(float)
    scores = np.round(labels * 0.3 + rng.random(images), 1)
    return scores, labels, owner


def question(scores, labels, owner, threshold=0.6, concept="glaucoma"):
    return Question("cfp", concept, rank(scores, labels, owner, threshold), threshold)


def test_draws_are_of_patients_with_replacement_and_follow_the_seed():
    first, second, other = (list(draws(7, 50, seed)) for seed in (1, 1, 2))
    assert all(times.sum() == 7 and times.size == 7 for times in first)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.max(first) > 1  # with replacement


def test_equals_the_bootstrap_that_copies_rows_and_asks_scikit_learn():
    scores, labels, owner = table()
    found = resample([question(scores, labels, owner)], 25, 60, seed=11)
    rng = np.random.default_rng(11)
    for r in range(60):
        rows = np.concatenate([np.flatnonzero(owner == patient) for patient in rng.integers(25, size=25)])
        s, y = scores[rows], labels[rows]
        expected = [
            roc_auc_score(y, s),
            average_precision_score(y, s),
            np.mean(s[y == 1] >= 0.6),
            np.mean(s[y == 0] < 0.6),
        ]
        np.testing.assert_allclose(found[r, 0], expected, rtol=0, atol=1e-12)


def test_the_interval_is_the_percentiles_of_the_resamples_and_holds_the_value():
    scores, labels, owner = table()
    asked = question(scores, labels, owner)
    found = resample([asked], 25, 400, seed=0)
    auroc = interval(measure(asked.ranking.tally())[[0]], found[:, :, 0], 25)
    assert (auroc.low, auroc.high) == tuple(np.percentile(found[:, 0, 0], (2.5, 97.5)))
    assert auroc.low < auroc.value < auroc.high and auroc.reason == ""


def test_images_of_one_patient_are_one_look_and_widen_the_interval():
    scores, labels, owner = table(patients=40, images=40, seed=5)
    owner = np.arange(40)
    width = {}
    for copies in (1, 8):  # the same patients photographed 8 times know nothing new
        asked = question(*(np.tile(column, copies) for column in (scores, labels, owner)))
        found = resample([asked], 40, 300, seed=2)
        shown = interval(measure(asked.ranking.tally())[[0]], found[:, :, 0], 40)
        width[copies] = shown.high - shown.low
    assert width[8] == pytest.approx(width[1], rel=1e-9)


def test_all_questions_see_the_same_patients():
    scores, labels, owner = table()
    asked = [question(scores, labels, owner, concept=name) for name in ("glaucoma", "amd")]
    found = resample(asked, 25, 30, seed=4)
    np.testing.assert_array_equal(found[:, 0], found[:, 1])


def test_a_mean_keeps_zeros_and_leaves_out_only_the_undefined():
    resampled = np.array([[0.0, 0.5, NAN]] * 10)
    found = interval(np.array([0.0, 0.5, NAN]), resampled, 10)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)
    assert found.reason == "mean over 2 of 3, the others being undefined"


def test_a_question_that_is_undefined_in_all_takes_no_part_in_any_resample():
    resampled = np.array([[0.5, 0.9]] * 10)  # the second has a value only by the luck of the draw
    assert interval(np.array([0.5, NAN]), resampled, 10).high == 0.5


def test_undefined_resamples_are_counted_and_more_than_half_give_no_interval():
    resampled = np.array([[0.4]] * 6 + [[NAN]] * 4)
    found = interval(np.array([0.5]), resampled, 10)
    assert (found.low, found.reason) == (0.4, "4 of 10 resamples are undefined and left out")
    half = interval(np.array([0.5]), np.array([[0.4]] * 5 + [[NAN]] * 5), 10)
    assert half.low == 0.4
    most = interval(np.array([0.5]), np.array([[0.4]] * 4 + [[NAN]] * 6), 10)
    assert (most.value, most.low, most.high) == (0.5, None, None)
    assert most.reason == "no interval: 6 of 10 resamples are undefined"


def test_a_resample_that_lacks_one_concept_averages_the_others_and_is_counted():
    found = interval(np.array([0.2, 0.8]), np.array([[0.2, 0.8], [NAN, 0.8], [NAN, NAN]]), 10)
    assert found.value == 0.5 and found.high == pytest.approx(0.5 + 0.3 * 0.975)
    assert "1 of 3 resamples average fewer" in found.reason
    assert "1 of 3 resamples are undefined and left out" in found.reason


def test_no_value_no_interval_and_one_patient_no_interval():
    assert interval(np.array([NAN]), np.full((5, 1), NAN), 9).value is None
    alone = interval(np.array([0.5]), np.full((5, 1), 0.5), 1)
    assert (alone.value, alone.low) == (0.5, None) and "one patient" in alone.reason
    none = interval(np.array([0.5]), np.full((0, 1), 0.5), 9)
    assert (none.value, none.low) == (0.5, None) and "no resamples" in none.reason


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    # Scores N(1, 1) against N(0, 1), two images a patient: the true AUROC is Phi(1 / sqrt 2) = 0.7602.
    rng, held = np.random.default_rng(0), 0
    for trial in range(120):
        labels = np.repeat((np.arange(60) % 2).astype(float), 2)
        scores = labels + np.repeat(rng.normal(size=60), 2)  # both eyes alike: 60 looks, not 120
        asked = question(scores, labels, np.repeat(np.arange(60), 2))
        found = resample([asked], 60, 150, seed=trial)
        shown = interval(measure(asked.ranking.tally())[[0]], found[:, :, 0], 60)
        held += shown.low <= 0.7602 <= shown.high
    assert 0.88 <= held / 120 <= 1.0
