"""The threshold that MAPIE finds is the binomial's, and keeps its promise as often as it says."""

import builtins

import numpy as np
import pytest
from scipy.stats import binom

from mmfundus.errors import MissingExtra
from mmfundus.evaluate import conformal


@pytest.fixture(scope="module")
def mapie():
    return pytest.importorskip("mapie", reason="MAPIE is not installed: pip install 'mmfundus[conformal]'")


def lost(n, share, confidence):
    """How many of n may lie below, by the exact binomial tail; None where not even none may."""
    may = [k for k in range(n) if binom.cdf(k, n, 1 - share) <= 1 - confidence]
    return may[-1] if may else None


@pytest.mark.parametrize("n", [10, 21, 22, 40, 100, 339])
def test_it_is_the_binomial_threshold(mapie, n):
    scores = np.random.default_rng(n).normal(size=n)
    found, may = conformal.highest(scores, 0.9, 0.9), lost(n, 0.9, 0.9)
    if may is None:
        assert found is None
        return
    below = int((scores <= found).sum())
    assert may - 1 <= below <= may  # n * (k / n) can round above k, which makes MAPIE one score more cautious


def test_scores_that_tie_are_lost_together(mapie):
    scores = np.array([0.1] * 5 + [0.5] * 95)
    assert conformal.highest(scores, 0.9, 0.9) == np.nextafter(0.5, -1)  # 5 of 100 may be lost, 100 may not
    assert conformal.highest(np.full(30, 0.5), 0.9, 0.9) == np.nextafter(0.5, -1)
    assert conformal.highest(np.empty(0), 0.9, 0.9) is None


def test_the_promise_is_broken_no_oftener_than_said(mapie):
    rng = np.random.default_rng(0)
    found = [conformal.highest(rng.random(60), 0.9, 0.9) for _ in range(300)]
    broken = sum(it is not None and it > 0.1 for it in found)  # of uniform scores, the share below t is t
    assert binom.sf(broken - 1, 300, 0.1) > 0.001
    assert broken > 0  # nor is it so cautious that it never could be


def test_without_mapie_it_names_the_extra(monkeypatch):
    real = builtins.__import__

    def no_mapie(name, *rest, **more):
        if name.startswith("mapie"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_mapie)
    with pytest.raises(MissingExtra, match=r"--guarantee.*mmfundus\[conformal\]"):
        conformal.highest(np.arange(30.0), 0.9, 0.9)
