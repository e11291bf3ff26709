"""What a note says, in short: "+" present, "-" absent, "?" uncertain, "h" history."""

from collections.abc import Callable

import pytest

from mmfundus.knowledge.captions import _layout, _sides, _text
from mmfundus.knowledge.captions._note import Note
from mmfundus.knowledge.captions.rules import extract

MARKS = {"present": "+", "absent": "-", "uncertain": "?", "history": "h"}


@pytest.fixture(scope="session")
def said() -> Callable[..., tuple[str, str]]:
    """A note -> what is said of the right and of the left eye, by concept id."""

    def of(note: str, eye: str = "", icd10: tuple[str, ...] = ()) -> tuple[str, str]:
        found = extract(note, eye, icd10)
        assert found.refused == ""
        facts = [found.eyes.get(side) for side in "RL"]
        marked = [sorted((c, MARKS[s]) for s in MARKS for c in getattr(one, s)) if one else [] for one in facts]
        right, left = (" ".join(mark + concept for concept, mark in one) for one in marked)
        return right, left

    return of


@pytest.fixture(scope="session")
def divided() -> Callable[[str], Note]:
    """A note with its tokens, sides and segments."""

    def of(text: str) -> Note:
        plain = _text.plain(text)
        note = Note(plain, _text.tokens(plain))
        _sides.find(note)
        _layout.divide(note)
        return note

    return of
