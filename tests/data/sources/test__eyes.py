import pytest

from mmfundus.data.sources import _eyes


@pytest.mark.parametrize(
    ("word", "eye"),
    [
        ("right", "R"),
        ("OD", "R"),
        ("r", "R"),
        (" Left ", "L"),
        ("OS", "L"),
        ("OI", "L"),
        ("left_eye", "L"),
        ("OU", ""),
        ("", ""),
    ],
)
def test_words(word, eye):
    assert _eyes.side(word) == eye


@pytest.mark.parametrize(
    ("name", "eye"),
    [
        ("10_left", "L"),
        ("10_right.jpeg", "R"),
        ("1221_OD_f_3", "R"),
        ("RET002OS", "L"),
        ("1221_OI_o_1", "L"),
        ("bright_spot", ""),
        ("oslo", ""),
        ("left_and_right", ""),
        ("im0001", ""),
    ],
)
def test_names(name, eye):
    assert _eyes.from_name(name) == eye
