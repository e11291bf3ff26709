"""How bad and where: the words of degree and place beside a mention, in whole words."""

import functools

from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.captions._text import shorthand

NEAR = 5  # tokens at either side


def of(note: Note, mention: Mention) -> tuple[str, str]:
    """The place and the degree that stand with a mention; "" where none does."""
    before = _run(note, range(mention.first - 1, max(mention.first - 1 - NEAR, -1), -1))[::-1]
    behind = _run(note, range(mention.last, min(mention.last + NEAR, len(note.tokens))))
    places = (_whole(low) for low in (*before, *behind) if low in _words("location"))
    degrees = (low for low in before if low in _words("severity") or low.endswith("+"))
    return " ".join(dict.fromkeys(places)), next(degrees, "")


def _run(note: Note, places: range) -> list[str]:
    """The modifiers in a row from a mention outward; sides between them are passed over."""
    found: list[str] = []
    for place in places:
        low, graded = note.low(place), note.low(place).isdecimal() and note.low(place + 1) == "+"
        if place in note.sided or (low == "+" and note.low(place - 1).isdecimal()):
            continue
        if not graded and low not in _words("location") and low not in _words("severity"):
            break
        found.append(f"{low}+" if graded else low)
    return found


@functools.cache
def _words(name: str) -> frozenset[str]:
    clipped = shorthand()["clipped"]
    whole = frozenset(shorthand()["modifiers"][name])
    return whole | {short for word, shorts in clipped.items() if word in whole for short in shorts}


@functools.lru_cache(maxsize=1 << 10)
def _whole(low: str) -> str:
    """A clipped word in full: "inf" is inferior."""
    return next((word for word, shorts in shorthand()["clipped"].items() if low in shorts), low)
