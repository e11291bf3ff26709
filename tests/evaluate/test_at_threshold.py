import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score, recall_score

from mmfundus.evaluate.at_threshold import AT, at_threshold, net_benefit

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(pairs)
def test_equals_scikit_learn(drawn):
    y, called = np.array(drawn).T
    assume(y.any() and not y.all())
    counts = [np.array([float(x.sum())]) for x in (y & called, ~y & called, y & ~called, ~y & ~called)]
    found = dict(zip(AT, at_threshold(*counts)[:, 0], strict=True))
    assert found["sensitivity"] == pytest.approx(recall_score(y, called), abs=1e-12)
    assert found["specificity"] == pytest.approx(recall_score(~y, ~called), abs=1e-12)
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(y, called), abs=1e-12)
    assert found["f1"] == pytest.approx(f1_score(y, called), abs=1e-12)
    if called.any():
        assert found["ppv"] == pytest.approx(precision_score(y, called), abs=1e-12)
    else:
        assert np.isnan(found["ppv"])
    if not called.all():
        assert found["npv"] == pytest.approx(precision_score(~y, ~called), abs=1e-12)


def test_net_benefit_by_hand():
    # 100 images, 20 present; at 0.25 a false alarm weighs a third: (15 - 9 / 3) / 100.
    assert net_benefit(np.array([15.0]), np.array([9.0]), np.array([100.0]), 0.25)[0] == pytest.approx(0.12, abs=1e-12)
