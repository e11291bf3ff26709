"""How bad and where: the words of degree and place beside a mention, in whole words."""

from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.captions._text import shorthand

NEAR = 4  # tokens at either side
DEGREES = frozenset({"1+", "2+", "3+", "4+"})


def of(note: Note, mention: Mention) -> tuple[str, str]:
    """The place and the degree that stand with a mention; "" where none does."""
    before = _run(note, range(mention.first - 1, max(mention.first - 1 - NEAR, -1), -1))[::-1]
    behind = _run(note, range(mention.last, min(mention.last + NEAR, len(note.tokens))))
    location, severity = shorthand()["modifiers"]["location"], shorthand()["modifiers"]["severity"]
    places = [_whole(low) for low in (*before, *behind) if low in location]
    degree = next((low for low in before if low in severity or low in DEGREES), "")
    return " ".join(dict.fromkeys(places)), degree


def _run(note: Note, places: range) -> list[str]:
    """The modifiers in a row from a mention outward; sides between them are passed over."""
    modifiers = shorthand()["modifiers"]
    found: list[str] = []
    for place in places:
        if place in note.sided:
            continue
        low = note.low(place)
        if low == "+" and note.low(place - 1).isdecimal():
            continue
        graded = low.isdecimal() and note.low(place + 1) == "+"
        if (
            not graded
            and low not in modifiers["location"]
            and low not in modifiers["severity"]
            and low not in ("and", "in")
        ):
            break
        found.append(f"{low}+" if graded else low)
    return found


def _whole(low: str) -> str:
    """A clipped word in full: "inf" is inferior."""
    clipped = shorthand()["clipped"]
    return next(
        (whole for whole, shorts in clipped.items() if low in shorts and whole in shorthand()["modifiers"]["location"]),
        low,
    )
