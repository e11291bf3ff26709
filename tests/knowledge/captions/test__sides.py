"""Words for eyes, and the same words where they are none."""

import pytest


@pytest.mark.parametrize(
    ("text", "eyes"),
    [
        ("OD x OS y OU z", ["R", "L", "RL"]),
        ("R.E. x L.E. y", ["R", "L"]),
        ("Re: x\nLE: y", ["R", "L"]),
        ("right eye, left disc, both eyes", ["R", "L", "RL"]),
        ("L/E and R/E", ["RL"]),
        ("OD > OS", ["RL"]),
        ("R+L: drusen. R: CNV. L: none", ["RL", "R", "L"]),
        ("the right and left fundus", ["RL"]),
        ("left eye x, fellow eye y", ["L", "R"]),
        ("the better eye is the left; the worse eye", ["L", "R"]),
        ("b/l drusen", ["RL"]),
        ("Left-sided hole", ["L"]),
        ("either eye, neither disc", ["RL", "RL"]),
    ],
)
def test_sides(divided, text: str, eyes: list[str]) -> None:
    assert [side.eyes for side in divided(text).sides] == eyes


@pytest.mark.parametrize(
    "text",
    [
        "IS/OS lost",
        "she left untreated",
        "right away",
        "R/O RD",
        "Re: Mr X",
        "to be seen",
        "right arm",
        "either a or b",
    ],
)
def test_other_words(divided, text: str) -> None:
    assert divided(text).sides == []


def test_rt_is_a_tear_where_no_eye_follows(divided) -> None:
    assert divided("no RT/RD OU").sides[0].eyes == "RL"
    assert [side.eyes for side in divided("RT eye x, LT eye y").sides] == ["R", "L"]


def test_neither_eye_denies(divided) -> None:
    assert divided("neither eye has DME").sides[0].denies
