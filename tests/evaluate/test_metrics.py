import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from mmfundus.evaluate.metrics import (
    METRICS,
    auprc,
    auroc,
    measure,
    rank,
    sensitivity,
    specificity,
    undefined,
    youden,
)

# Few distinct scores, so that ties within and across the classes are the rule.
images = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 4)), min_size=1, max_size=40)


def ranked(scores, labels, patients=None, threshold=None):
    owners = np.arange(len(scores)) if patients is None else np.array(patients, dtype=np.int64)
    return rank(np.array(scores, dtype=float), np.array(labels, dtype=float), owners, threshold)


def tally(scores, labels, threshold=None):
    return ranked(scores, labels, threshold=threshold).tally()


def split(drawn):
    scores, labels, patients = (list(column) for column in zip(*drawn, strict=True))
    return scores, labels, patients


def test_known_answers():
    found = tally([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], threshold=0.4)
    assert auroc(found) == 0.75  # 3 of 4 pairs in order
    assert auprc(found) == pytest.approx((1 / 1 + 2 / 3) / 2, abs=1e-15)
    assert sensitivity(found) == 0.5
    assert specificity(found) == 0.5  # the score 0.4 itself counts as present


def test_a_tie_counts_half_and_images_of_equal_score_enter_together():
    found = tally([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0])
    assert auroc(found) == 0.5
    assert auprc(found) == 0.25  # the prevalence, whichever row comes first


@given(images)
@settings(max_examples=150, deadline=None)
def test_equals_scikit_learn_with_ties_and_weights(drawn):
    scores, labels, patients = split(drawn)
    times = np.array([3, 0, 1, 2, 1])
    weights = times[patients]
    assume(len({label for label, weight in zip(labels, weights, strict=True) if weight}) == 2)
    plain, weighted = ranked(scores, labels, patients).tally(), ranked(scores, labels, patients).tally(times)
    assert auroc(plain) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert auprc(plain) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)
    assert auroc(weighted) == pytest.approx(roc_auc_score(labels, scores, sample_weight=weights), abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn divides 0 by 0 where a top score has no weight
        expected = average_precision_score(labels, scores, sample_weight=weights)
    assert auprc(weighted) == pytest.approx(expected, abs=1e-12)


@given(images)
def test_drawing_a_patient_twice_is_having_the_images_twice(drawn):
    scores, labels, patients = split(drawn)
    times = np.array([2, 0, 1, 1, 1])
    again = np.repeat(np.arange(len(scores)), times[patients])
    drawn_twice = ranked(scores, labels, patients, 3.0).tally(times)
    copied = tally(np.array(scores)[again], np.array(labels)[again], 3.0)
    np.testing.assert_array_equal(measure(drawn_twice), measure(copied))


@given(images)
def test_auroc_knows_only_the_order(drawn):
    scores, labels, _ = split(drawn)
    bent = [np.exp(score / 2) - 5 for score in scores]
    assert auroc(tally(bent, labels)) == auroc(tally(scores, labels))
    assert auprc(tally(bent, labels)) == auprc(tally(scores, labels))


@given(images)
def test_turning_the_scores_round_turns_auroc_round(drawn):
    scores, labels, _ = split(drawn)
    area = auroc(tally(scores, labels))
    assume(area is not None)
    turned = [-score for score in scores]
    assert auroc(tally(turned, labels)) == pytest.approx(1 - area, abs=1e-12)
    assert auroc(tally(turned, np.logical_not(labels))) == pytest.approx(area, abs=1e-12)


@given(images)
def test_the_order_of_rows_is_nothing(drawn):
    scores, labels, _ = split(drawn)
    found, turned = tally(scores, labels, 2.0), tally(scores[::-1], labels[::-1], 2.0)
    np.testing.assert_array_equal(measure(found), measure(turned))


@given(images, st.floats(-1, 7))
def test_the_threshold_divides_the_images_and_moves_no_area(drawn, threshold):
    scores, labels, _ = split(drawn)
    found = tally(scores, labels, threshold)
    called, present = np.array(scores) >= threshold, np.array(labels)
    assert sensitivity(found) == (np.mean(called[present]) if present.any() else None)
    assert specificity(found) == (np.mean(~called[~present]) if not present.all() else None)
    assert auroc(found) == auroc(tally(scores, labels)) and auprc(found) == auprc(tally(scores, labels))


def test_a_single_class_is_undefined_with_its_reason():
    found = tally([0.2, 0.9], [1, 1], 0.5)
    assert auroc(found) is None and auprc(found) is None and youden(ranked([0.2, 0.9], [1, 1])) is None
    assert sensitivity(found) == 0.5 and specificity(found) is None
    assert undefined("auroc", found) == "needs an absent image: 2 present and 0 absent are stated"
    assert undefined("sensitivity", found) == ""
    nothing = tally([], [], 0.5)
    assert np.isnan(measure(nothing)).all()
    assert all("0 present and 0 absent" in undefined(metric, nothing) for metric in METRICS)


def test_without_a_threshold_only_the_areas_are_measured():
    assert np.isnan(measure(tally([0.1, 0.9], [0, 1]))).tolist() == [False, False, True, True]


def test_youden_takes_the_best_and_of_equals_the_most_sensitive():
    assert youden(ranked([0.1, 0.2, 0.6, 0.7], [0, 0, 1, 1])) == 0.6
    # At 0.3: sensitivity 1, specificity 1/2; at 0.9: 1/2 and 1. Both have J = 1/2.
    assert youden(ranked([0.1, 0.3, 0.5, 0.9], [0, 1, 0, 1])) == 0.3


@given(images)
def test_youden_equals_trying_every_score(drawn):
    scores, labels, _ = split(drawn)
    chosen = youden(ranked(scores, labels))
    assume(chosen is not None)

    def gain(threshold):
        found = tally(scores, labels, threshold)
        return sensitivity(found) + specificity(found)

    assert chosen in scores
    assert gain(chosen) == pytest.approx(max(gain(score) for score in scores), abs=1e-12)


def test_absent_images_that_nothing_tells_apart_share_a_place():
    found = ranked([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0, 0, 1, 0, 0, 0], threshold=0.55)
    assert found.score.tolist() == [0.1, 0.3, 0.4, 0.6]
    assert found.tally().absent.tolist() == [2, 0, 2, 1]


@pytest.mark.parametrize("labels", [[0.0, float("nan")], [0.0, 2.0]])
def test_an_unknown_label_never_counts_as_absent(labels):
    with pytest.raises(AssertionError):
        ranked([0.1, 0.2], labels)
