import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from mmfundus.evaluate import curves
from mmfundus.report import plots


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.4).astype(float)
    scores = np.clip(0.3 * labels + 0.7 * rng.random(200), 0, 1)
    return curves.measure(scores, labels, np.arange(200), 200, 0.5, 30)


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def test_a_line_has_its_band_its_comparison_and_its_marks(found):
    plain = plots.line(found.roc, "a", "x", "y")
    marked = plots.line(found.roc, "a", "x", "y", dashed=[((0, 1), (0, 1))], marks=[plots.Mark(0.2, 0.8)])
    assert "fill-opacity: 0.22" in plain or "opacity: 0.22" in plain
    assert "stroke-dasharray" not in plain
    assert "stroke-dasharray" in marked
    assert marked.count("<use") == plain.count("<use") + 1
    assert {"x", "y"} <= set(texts(marked))


def test_without_resamples_there_is_no_band():
    bare = curves.measure(np.array([0.1, 0.9]), np.array([0.0, 1.0]), np.arange(2), 2, None, 0)
    assert "opacity" not in plots.line(bare.roc, "a", "x", "y")


def test_reliability_has_a_point_a_bin(found):
    svg = plots.reliability(found.reliability, "a")
    assert svg.count("<use") == len(found.reliability.images) == 10


def test_classes_of_scores_differ_by_more_than_colour(found):
    svg = plots.scores(found.histogram, "a", 0.5)
    assert "stroke-dasharray" in svg
    assert "var(--c1)" in svg
    assert "var(--c2)" in svg


def test_groups_of_a_cloud_have_shapes_of_their_own():
    names = [f"g{i}" for i in range(8)]
    svg = plots.cloud({name: np.full((3, 2), i, float) for i, name in enumerate(names)}, "a", "x", "y")
    assert set(names) <= set(texts(svg))
    assert len(set(re.findall(r'xlink:href="#(m[^"]*)"', svg))) >= 8
    assert not re.search(r"(fill|stroke): #0000", svg)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onload="x', "$\\frac{1}{$", "_hidden", "--><!--"])
def test_hostile_names_stay_text(name):
    svg = plots.cloud({name: np.zeros((1, 2))}, name, name, name)
    assert texts(svg).count(name) == 3
    assert ET.fromstring(svg).get("aria-label") == name
