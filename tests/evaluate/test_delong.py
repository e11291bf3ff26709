import numpy as np
import pytest

from mmfundus.evaluate.delong import delong


def test_one_image_a_patient_by_hand():
    # First: placements of present 1, 1/2; of absent 1/2, 1. Second: present 1/2, 1/2; absent 0, 1.
    first, second = np.array([0.9, 0.4, 0.6, 0.1]), np.array([0.5, 0.5, 0.9, 0.1])
    found = delong(first, second, np.array([1.0, 1, 0, 0]), np.arange(4))
    assert (found.first, found.second, found.clustered) == (0.75, 0.5, False)
    # S10: 1/8, 0, cov 0. S01: 1/8, 1/2, cov 1/4. Variance: (1/8 + 1/8)/2 + 1/4 - 2 * 1/8 = 1/8.
    assert found.variance == pytest.approx(1 / 8, abs=1e-12)
    assert found.p == pytest.approx(0.4795001221869535, abs=1e-12)  # 2 (1 - Phi(1 / sqrt 2)), of a table
    assert found.span == pytest.approx((0.25 - 1.959963984540054 / 8**0.5, 0.25 + 1.959963984540054 / 8**0.5))


def test_clusters_by_hand():
    # Patients 0 and 1 with a present and an absent image each; second model constant: variance 0.
    first, labels = np.array([0.9, 0.4, 0.6, 0.1]), np.array([1.0, 1, 0, 0])
    found = delong(first, np.full(4, 0.5), labels, np.array([0, 1, 0, 1]))
    # Sums about 3/4: present +1/4, -1/4; absent -1/4, +1/4. S10 = S01 = 2/8/2 = 1/8, S11 = 2 * -1/8 = -1/4.
    # Variance: 1/16 + 1/16 + 2 * -1/4 / 4 = 0.
    assert found.clustered and found.variance is None
    together = delong(first, np.full(4, 0.5), labels, np.array([0, 1, 1, 0]))
    assert together.variance == pytest.approx(1 / 4, abs=1e-12)  # the same with S11 = +1/4


def test_copies_of_a_patients_images_add_no_evidence():
    rng = np.random.default_rng(0)
    labels = (np.arange(60) % 2).astype(float)
    a, b = labels + rng.normal(size=60), labels + rng.normal(size=60)
    plain = delong(a, b, labels, np.arange(60))
    copied = delong(*(np.tile(x, 3) for x in (a, b, labels)), np.tile(np.arange(60), 3))
    assert copied.variance == pytest.approx(plain.variance, rel=1e-12)


def test_one_class_or_one_patient_says_nothing():
    scores = np.array([0.1, 0.2])
    assert delong(scores, scores, np.array([1.0, 1.0]), np.arange(2)) is None
    assert delong(scores, scores, np.array([1.0, 0.0]), np.arange(2)).variance is None
