"""Wide names made narrow by words that stand apart from them: "NPDR, severe", "NPDR OU, moderate OD, mild OS"."""

import functools
from collections.abc import Mapping

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _names, _parts
from mmfundus.knowledge.captions._names import Words
from mmfundus.knowledge.captions._note import Mention, Note, Segment

NEAR = 9  # tokens between a name and a qualifier that makes it narrow where it stands
FAR = 30  # tokens between a name and a qualifier with a side of its own
OPENING = frozenset({",", "-", "—", "(", ":", "/", "is", "are", "was", "remains", "looks", "appears", "type", "and", "or", "vs", "versus", "to", "?", "not", "early", "but", "stage", "form", "of", "[", ">", "form:", "at", "least", "now", "still"})
CLOSING = frozenset({",", "-", "—", ")", "/", "and", "or", "vs", "versus", "to", "?", "but", "with", "w", "without", "in", "on", "type", "stage", "form", "disease", "ischaemic", "]", ";", "variety", "grade", "s/p", "since", "no", "not", "today", "now", "c", "both", "involved", "changes"})


def find(note: Note) -> list[Mention]:
    """Narrow what can be narrowed in place; returns the mentions of qualifiers that stand for themselves."""
    taken = {place for mention in note.mentions for place in range(mention.first, mention.last)}
    more: list[Mention] = []
    for segment in note.segments:
        place = segment.first
        while place < segment.last:
            head = _head(note, more, place) if place not in taken and note.tokens[place].stem else None
            end, narrow, words = _qualifier(note, head, place, segment, taken) if head else (0, "", ())
            if not head or not end:
                place += 1
                continue
            if _beside(note, segment, head, place, end):
                head.concept, head.last = narrow, end
                head.words = (*words, *head.words)
            else:
                more.append(Mention(place, end, narrow, "name", (*words, *head.words), head=head))
            taken |= set(range(place, end))
            place = end
    return more


def _head(note: Note, more: list[Mention], place: int) -> Mention | None:
    """The last name before a place, if it is near."""
    before = [m for m in note.mentions if m.last <= place and m.kind in ("name", "short", "part", "grade")]
    if not before:
        return None
    last = before[-1]
    return last if place - last.last <= FAR else None


@functools.cache
def _options(concept: str) -> Mapping[Words, str]:
    """Qualifiers of a concept and of all that it is a kind of."""
    found: dict[Words, str] = {}
    known = _names.shipped().qualifiers
    above = concepts.implied((concept,), ())[0]
    for wide in (concept, *sorted(above - {concept})):
        for words, narrow in known.get(wide, {}).items():
            if not all((word,) in _part_words() for word in words):
                found.setdefault(words, narrow)
    return found


@functools.cache
def _part_words() -> frozenset[Words]:
    return frozenset(phrase for options in _parts.phrases("parts").values() for phrase in options)


def _qualifier(note: Note, head: Mention, place: int, segment: Segment, taken: set[int]) -> tuple[int, str, Words]:
    """The longest qualifier of a head that begins at a place and stands alone: its end and the narrow concept."""
    options = _options(head.concept)
    if not options or not _opened(note, segment, place, head):
        return 0, "", ()
    best: tuple[int, str, Words] = (0, "", ())
    words: Words = ()
    for at in range(place, min(place + 6, segment.last)):
        token = note.tokens[at]
        if at in taken:
            break
        if not token.stem:
            if token.text != "-":
                break
            continue
        words = (*words, token.stem)
        joined = "".join(words)
        match = next((o for o in options if "".join(o) == joined), None)
        if match and options[match] != head.concept and _closed(note, segment, at + 1):
            best = (at + 1, options[match], match)
    return best


def _opened(note: Note, segment: Segment, place: int, head: Mention) -> bool:
    before = place - 1
    return (
        place in (segment.first, head.last)
        or note.low(before) in OPENING
        or any(side.last == place for side in note.sides)
    )


def _closed(note: Note, segment: Segment, end: int) -> bool:
    return (
        end >= segment.last
        or note.low(end) in CLOSING
        or any(side.first == end for side in note.sides)
        or note.tokens[end].kind == "date"
    )


def _beside(note: Note, segment: Segment, head: Mention, place: int, end: int) -> bool:
    """Whether a qualifier belongs to the head where it stands, not to a side of its own."""
    if not segment.first <= head.first or place - head.last > NEAR or note.low(end) in ("vs", "versus", "or"):
        return False
    if any(True for _ in note.sides_in(head.last, place)):
        return False
    return note.low(place - 1) not in ("not", "vs", "versus", "or", "and")
