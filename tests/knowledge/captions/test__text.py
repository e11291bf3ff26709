"""Tokens keep their places; markup and typographic marks change no length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.knowledge.captions._text import plain, shouting, stem, tokens


@settings(deadline=None)  # the first word loads the names
@given(st.text(max_size=300))
def test_plain_text_is_as_long_and_tokens_stand_where_they_say(text: str) -> None:
    made = plain(text)
    assert len(made) == len(text)
    for token in tokens(made):
        assert made[token.start : token.end] == token.text


@pytest.mark.parametrize(
    ("text", "lows"),
    [
        ("O.D. c/d 0.5, .8", ["od", "c", "/", "d", "0.5", ",", ".8"]),
        ("H35.3221 on 12 Oct 2022", ["h35.3221", "on", "12 oct 2022"]),
        ("vit. hge; end.", ["vit", "hge", ";", "end", "."]),
        ("no haem. Vessels", ["no", "haem", ".", "vessels"]),
        ("<b>OD</b>&nbsp;lattice&amp;", ["od", "lattice", "&"]),
        ("NS OU – mild", ["ns", "ou", "—", "mild"]),
    ],
)
def test_tokens(text: str, lows: list[str]) -> None:
    assert [token.low for token in tokens(plain(text))] == lows


@pytest.mark.parametrize(
    ("word", "whole"),
    [("haemorrhages", "hemorrhage"), ("hges", "hemorrhage"), ("macular", "macula"), ("periph", "peripheral")],
)
def test_clipped_words_are_whole(word: str, whole: str) -> None:
    assert stem(word) == whole


def test_plurals_of_abbreviations_and_roman_grades() -> None:
    assert [token.stem for token in tokens("MAs stage II")] == ["ma", "stage", "2"]


@pytest.mark.parametrize(
    ("text", "loud"), [("THE RETINA IS ATTACHED IN EVERY QUADRANT", True), ("RP OU", False), ("Retina ATTACHED", False)]
)
def test_notes_in_capitals_are_known(text: str, loud: bool) -> None:
    assert shouting(tokens(text)) is loud


def test_full_width_and_divided_words() -> None:
    words = tokens(plain("ＯＤ：macular oede-\nma, ?mass"))
    assert [token.low for token in words] == ["od", ":", "macular", "oedema", ",", "?", "mass"]
    assert [token.line for token in words] == [0, 0, 0, 1, 1, 1, 1]
    assert words[-1].stem == "mass"
