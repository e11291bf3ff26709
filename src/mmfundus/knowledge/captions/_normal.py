"""When "normal" is said of a whole eye, fundus, retina or examination, and not of a part of it."""

import functools
from collections.abc import Mapping, Set

from mmfundus.knowledge.captions import _cues, _parts
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._text import shorthand
from mmfundus.knowledge.concepts import NORMAL

BREAKS = frozenset({",", "&", "—", "but", "as", "though", "although", "s", "without"})
SUBJECTS = frozenset({"fundus", "fundi", "retina", "retinae", "retinas", "eye", "eyes"})
WHOLE = frozenset({"", "retina", "image"})  # parts that stand for the whole


def find(note: Note, segment: Segment, carried: str, taken: Set[int]) -> list[Mention]:
    """Where a segment calls an eye normal. `carried` is the part that the sentence spoke of before."""
    found = []
    place = segment.first
    while place < segment.last:
        size = 0 if place in taken else _size(note, place)
        if size and _whole(note, segment, place, place + size, carried, taken):
            found.append(Mention(place, place + size, NORMAL, "normal"))
        place += max(size, 1)
    return found


@functools.cache
def _phrases() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """First word -> phrases, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for text in (*shorthand()["normal"]["phrases"], *shorthand()["normal"]["words"]):
        phrase = _cues.split(text)
        found.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(sorted(phrases, key=len, reverse=True)) for first, phrases in found.items()}


def _size(note: Note, place: int) -> int:
    """How many tokens say "normal" here."""
    options = _phrases().get(note.low(place), ())
    return next((len(phrase) for phrase in options if tuple(note.lows(place, place + len(phrase))) == phrase), 0)


@functools.cache
def _beside() -> frozenset[str]:
    return frozenset(shorthand()["normal"]["beside"])


def _whole(note: Note, segment: Segment, first: int, last: int, carried: str, taken: Set[int]) -> bool:
    """Whether nothing but the whole, sides and small words stands beside it up to the next comma."""
    if segment.part not in WHOLE or carried not in WHOLE or note.low(first - 1) == "otherwise":
        return False
    start, end = first, last
    while start > segment.first and note.low(start - 1) not in BREAKS and start - 1 not in taken:
        if note.low(start - 1) == ":" and not SUBJECTS.isdisjoint(note.lows(start, first)):
            break  # "School screening: fundus normal"
        start -= 1
    while end < segment.last and note.low(end) not in BREAKS and end not in taken:
        end += 1
    around = (place for place in (*range(start, first), *range(last, end)) if place not in note.sided)
    if any(note.low(place) not in _beside() for place in around):
        return False
    subject = _parts.spoken_of(note, Segment(segment.first, first), taken)
    return subject in WHOLE or (start > segment.first and bool(note.sides_in(start, first)))
