import re
import xml.etree.ElementTree as ET

import pytest

from mmfundus.report.charts import POINTS_SHOWN, Estimate, Line, curves, forest
from mmfundus.types import Interval


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def line(name="loss", n=10):
    return Line(name, list(range(n)), [1 / (step + 1) for step in range(n)])


def test_the_same_data_gives_the_same_bytes():
    assert curves([line()], "a") == curves([line()], "a")
    assert "<dc:date" not in curves([line()], "a")


def test_a_chart_takes_colours_and_font_size_from_the_page():
    svg = curves([line(), line("other")], "a", best=3, chance=0.5)
    assert "var(--c1)" in svg
    assert "var(--c2)" in svg
    assert not re.search(r"(fill|stroke): #", svg)
    assert "<style" not in svg


def test_two_charts_of_a_page_share_no_id():
    ids = [set(re.findall(r'id="([^"]*)"', curves([line()], alt))) for alt in ("a", "b")]
    assert ids[0]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onload="x', "$\\frac{1}{$", "眼底", "--><!--", "]]>"])
def test_hostile_names_stay_text(name):
    svg = forest({name: [Estimate(name, Interval(0.7, 0.6, 0.8))]}, alt=name)
    assert texts(svg).count(name) == 2
    assert ET.fromstring(svg).get("aria-label") == name
    assert "script" not in {element.tag.split("}")[-1] for element in ET.fromstring(svg).iter()}


def test_gaps_are_left_and_one_point_is_drawn():
    svg = curves([Line("loss", [1, 2, 3], [None, float("nan"), 0.5])], "a")
    assert svg.count("<use") == 1


def drawn(y):
    """The heights of the points of the one line of a chart."""
    (path,) = re.findall(r'd="([^"]*)"[^>]*var\(--c1\)', curves([Line("loss", list(range(len(y))), y)], "a"))
    return re.findall(r"[ML] [\d.]+ ([\d.]+)", path)


def test_steps_are_whole_numbers():
    assert {text for text in texts(curves([Line("loss", [1], [100.0])], "a")) if "." in text} == set()


def test_no_line_has_more_points_than_can_be_seen():
    # matplotlib itself leaves out points that lie on the line of their neighbours.
    assert POINTS_SHOWN / 2 < len(drawn([step * 7919 % 101 for step in range(10 * POINTS_SHOWN - 1)])) <= POINTS_SHOWN


def test_a_thinned_line_shows_means():
    assert len(set(drawn([step % 2 for step in range(2 * POINTS_SHOWN)]))) == 1


def test_a_forest_keeps_the_row_of_an_undefined_estimate():
    groups = {"cfp": [Estimate("glaucoma", Interval(0.7, 0.6, 0.8)), Estimate("amd", Interval(None, reason="none"))]}
    shown = texts(forest(groups, "a"))
    assert {"cfp", "glaucoma", "0.700", "amd", "undefined"} <= set(shown)


def test_a_baseline_stands_beside():
    alone = forest({"cfp": [Estimate("amd", Interval(0.7, 0.6, 0.8))]}, "a")
    beside = forest({"cfp": [Estimate("amd", Interval(0.7, 0.6, 0.8), Interval(0.5))]}, "a")
    assert beside.count("<use") == alone.count("<use") + 1
