"""Slips that are mended, and words that only look like slips."""

import pytest

from mmfundus.knowledge.captions import _misspelt, _text


@pytest.mark.parametrize(
    ("written", "stem"),
    [("catract", "cataract"), ("membrne", "membrane"), ("macualr", "macula"), ("detachmnet", "detachment")],
)
def test_one_slip_is_mended(written: str, stem: str) -> None:
    assert _text.stem(written) == stem


@pytest.mark.parametrize("word", ["serious", "interval", "nothing", "patient", "holle", "xqzzyvw", "cataract"])
def test_other_words_stay(word: str) -> None:
    assert _misspelt.mended(word, frozenset(_text.shorthand()["words"]["ordinary"])) == word


def test_two_slips_are_not_mended() -> None:
    assert _misspelt.mended("ctract", frozenset()) == "ctract"
