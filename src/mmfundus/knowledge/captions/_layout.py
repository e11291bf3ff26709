"""Where a note divides: lines, cells, numbered items, sentences and what semicolons separate.

The stretches between are segments. What stands over them (headings, columns) is `_headings`' to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mmfundus.knowledge.captions._note import Note, Segment

CELL = 3  # blanks that separate two cells of a line
BULLETS = frozenset("•*#►▪·■●○◦")
STOPS = frozenset({".", "!", "..."})
WRAPPED = 45  # a line at least as long may go on in the next one
NARROW = 28  # of a note whose lines are all about as short
LONGEST = 250  # tokens of a segment
BRACKET = 40  # tokens that a bracket may hold
PART, SENTENCE, PARAGRAPH = 1, 2, 3  # how much a cut separates


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between two segments."""

    end: int  # of the segment before
    start: int  # of the segment behind: marks in between belong to neither
    level: int


def divide(note: Note) -> None:
    """Fill in the note's segments, with their line, sentence and paragraph."""
    start = sentence = paragraph = 0
    for cut in (*_cuts(note), Cut(len(note.tokens), len(note.tokens), PARAGRAPH)):
        while start < cut.end:
            end = cut.end if cut.end - start <= LONGEST else _comma(note, start, start + LONGEST)
            note.segments.append(Segment(start, end, sentence, paragraph, note.tokens[start].line))
            start = end
        start = max(start, cut.start)
        sentence += cut.level >= SENTENCE
        paragraph += cut.level >= PARAGRAPH


def _comma(note: Note, first: int, last: int) -> int:
    """The last comma of a range, or its end: an endless list is divided, so that the work stays linear."""
    return next((place for place in range(last, first + 1, -1) if note.low(place) == ","), last)


def _cuts(note: Note) -> Iterator[Cut]:
    place, fresh = 0, True  # fresh: nothing of this line, sentence or item has been read yet
    tables = listed(note)
    closing = 0  # where the bracket that is open here closes: no sentence ends within it
    while place < len(note.tokens):
        token = note.tokens[place]
        if token.low in ("(", "[") and place >= closing:
            closing = _closing(note, place)
        if place and token.line != note.tokens[place - 1].line and not _wrapped(note, place):
            yield Cut(place, place, PARAGRAPH)
            fresh = True
        item = _item(note, place) if fresh or note.low(place - 1) in (",", ":") else 0
        if not item and note.low(place) == "(" and note.low(place + 1).isdecimal():
            item = _item(note, place)
        if item:
            yield Cut(place, item, PARAGRAPH)
            place, fresh = item, True
            continue
        if _asks(note, place):
            yield Cut(place + 1, place + 1, SENTENCE)
        size, level = (1, SENTENCE) if place in tables else _separator(note, place)
        if place < closing and level < PARAGRAPH:
            size, level = 1, 0
        if level:
            yield Cut(place, place + size, level)
        fresh = level > PART
        place += max(size, 1)


def _asks(note: Note, place: int) -> bool:
    """Whether a question mark ends a sentence: "BRVO? Disc pale", not "?BRVO" nor "NVE? CWS"."""
    if note.low(place) != "?" or note.tokens[place].gap or place + 1 >= len(note.tokens):
        return False
    after = note.tokens[place + 1]
    return after.gap > 0 and after.text[:1].isupper() and after.text[1:].islower()


def _closing(note: Note, place: int) -> int:
    """Where a bracket closes that opens here; 0 where it does not close soon, in its line."""
    for at in range(place + 1, min(place + BRACKET, len(note.tokens))):
        if note.tokens[at].line != note.tokens[place].line:
            return 0
        if note.tokens[at].low in (")", "]"):
            return at
    return 0


def listed(note: Note) -> frozenset[int]:
    """The commas and semicolons of tables: lines under one that names a right and a left between them."""
    lines: dict[int, list[int]] = {}
    for place, token in enumerate(note.tokens):
        lines.setdefault(token.line, []).append(place)
    found: set[int] = set()
    marks: list[int] = []
    for places in lines.values():
        here = [p for p in places if note.low(p) in (",", ";")]
        if (
            marks
            and len(here) in (len(marks), len(marks) - 1)
            and note.low(here[0] if here else 0) == note.low(marks[0])
        ):
            found |= set(here)
            continue
        marks = here if here and _names_eyes(note, places, here) else []
        found |= set(marks)
    return frozenset(found)


def _names_eyes(note: Note, places: list[int], marks: list[int]) -> bool:
    eyes = {side.eyes for side in note.sides_in(places[0], places[-1] + 1)}
    rest = [p for p in places if p not in note.sided and p not in marks]
    return {"R", "L"} <= eyes and len(rest) <= 1


def _separator(note: Note, place: int) -> tuple[int, int]:
    """How many marks separate here (none where blanks do), and how much; (0, 0) inside a segment."""
    token, low = note.tokens[place], note.low(place)
    if low in STOPS and not _inside(note, place):
        return 1, SENTENCE
    if low == ";":
        return 1, PART
    if low == "|" or (low in BULLETS and low != "*"):
        return 1, SENTENCE
    if low == "/" and note.low(place + 1) == "/":
        return 2, SENTENCE
    if place and CELL <= token.gap < 99:
        return 0, SENTENCE
    return 0, 0


def _inside(note: Note, place: int) -> bool:
    """Whether a point stands within something: "e.g", "3.x"."""
    if place + 1 >= len(note.tokens):
        return False
    after = note.tokens[place + 1]
    return after.gap == 0 and after.kind in ("word", "number") and after.text[:1].islower()


def _wrapped(note: Note, place: int) -> bool:
    """Whether a line of prose goes on here: the line before was long and unfinished, this one begins small."""
    ended, begun = note.tokens[place - 1], note.tokens[place]
    if begun.line != ended.line + 1 or ended.text in ".:;!|" or begun.kind != "word" or not begun.text[0].islower():
        return False
    if any(note.low(one) == ":" for one in range(place, place + 4)):
        return False
    first = place - 1
    while first and note.tokens[first - 1].line == ended.line and place - first < 200:
        if note.tokens[first].gap >= CELL:
            return False
        first -= 1
    width = ended.end - note.tokens[first].start
    return width >= WRAPPED or (width >= NARROW and width >= 0.7 * _widest(note) and ended.low not in BULLETS)


def _widest(note: Note) -> int:
    """The longest line of a note."""
    return max((len(line) for line in note.text.splitlines()), default=0)


def _item(note: Note, place: int) -> int:
    """Where the text of a numbered or bulleted item begins; 0 where none begins here."""
    low, after = note.low(place), note.low(place + 1)
    if place + 1 >= len(note.tokens):
        return 0
    if low in BULLETS or (low in ("-", "—") and note.tokens[place + 1].gap):
        return place + 1
    numbered = low.isdecimal() and len(low) < 3
    if numbered and after in (".", ")") and note.tokens[place + 1].gap == 0 and place + 2 < len(note.tokens):
        return place + 2
    if (
        low == "("
        and after.isdecimal()
        and len(after) < 3
        and note.low(place + 2) == ")"
        and place + 3 < len(note.tokens)
    ):
        return place + 3
    return 0
