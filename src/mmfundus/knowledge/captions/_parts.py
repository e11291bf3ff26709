"""Bare words and the part of the eye that they are said of: "Disc: pale", "the vessels are thread-like".

The table is shorthand.toml. A word is said of the part right before or behind it, of the subject
of its segment, or of what a label names; "oedema" alone is oedema of the macula. Of parts outside
the back of the eye nothing is taken.
"""

import functools
from collections.abc import Iterator, Mapping

from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._text import shorthand, stem, tokens

LONGEST = 4  # words of a part or a condition
NEAR = frozenset({"of", "at", "in", "on", "to", "the", "both", "a", "its", "his", "her", "from", "around", "over", "within"})
OUTSIDE = "outside"


def stems(text: str) -> tuple[str, ...]:
    """A phrase as the stems of its words."""
    return tuple(token.stem for token in tokens(text) if token.stem)


@functools.cache
def phrases(table: str) -> Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]]:
    """First stem -> phrase -> what it may be, of parts or conditions."""
    found: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {}
    for name, texts in shorthand()[table].items():
        for text in texts:
            phrase = stems(text)
            known = found.setdefault(phrase[0], {})
            known[phrase] = (*known.get(phrase, ()), name)
    return found


def _at(note: Note, place: int, last: int, table: str) -> tuple[int, tuple[str, ...]]:
    """The longest phrase of a table that begins here: its end and what it may be; (0, ()) for none."""
    best: tuple[int, tuple[str, ...]] = (0, ())
    options = phrases(table).get(note.tokens[place].stem)
    if not options:
        return best
    longest = max(map(len, options))
    words: list[str] = []
    for end in range(place, min(place + 2 * longest, last)):
        token = note.tokens[end]
        if token.stem:
            words.append(token.stem)
        elif not (token.text in "-/" and token.gap == 0):
            break
        if len(words) > longest:
            break
        if token.stem and tuple(words) in options:
            best = (end + 1, options[tuple(words)])
    return best


def occurrences(note: Note, first: int, last: int, table: str, taken: frozenset[int]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Where phrases of a table stand in a range; none of their words is taken."""
    found, place = [], first
    while place < last:
        end, names = _at(note, place, last, table) if place not in taken and note.tokens[place].stem else (0, ())
        if end and not any(one in taken for one in range(place, end)):
            found.append((place, end, names))
            place = end
        else:
            place += 1
    return found


def named(note: Note, first: int, last: int) -> str:
    """The part that a label names; "" for none."""
    found = occurrences(note, first, last, "parts", frozenset())
    return found[-1][2][0] if found else ""


def label(note: Note, segment: Segment) -> str:
    """The part of a segment that begins with a label: "Macula OD:", "Retina -"."""
    for place in range(segment.first, min(segment.first + 6, segment.last)):
        if note.low(place) in (":", "-", "—", "=") and place > segment.first:
            return named(note, segment.first, place)
        if note.tokens[place].kind == "number":
            break
    if segment.last - segment.first <= 2:  # a cell of its own
        found = occurrences(note, segment.first, segment.last, "parts", frozenset())
        if found and sum(end - place for place, end, _ in found) == segment.last - segment.first:
            return found[-1][2][0]
    return ""


def find(note: Note, segment: Segment, carried: str, taken: frozenset[int]) -> Iterator[Mention]:
    """Mentions by bare words. `carried` is the part that the sentence spoke of before."""
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    spoken = frozenset(taken) | {one for place, end, _ in parts for one in range(place, end)}
    for first, last, conditions in occurrences(note, segment.first, segment.last, "conditions", spoken):
        for part, near in _said_of(note, segment, parts, first, last, carried):
            found = _concept(part, conditions, near)
            if found is None:
                continue
            if found:
                words = tuple(token.stem for token in note.tokens[first:last] if token.stem)
                yield from _mentions(first, last, found, words)
            break


def _mentions(first: int, last: int, found: tuple[str, tuple[str, ...]], words: tuple[str, ...]) -> Iterator[Mention]:
    kind, concepts = found
    for concept in concepts:
        yield Mention(first, last, concept, "part", words, "absent" if kind == "denies" else "")


def _said_of(
    note: Note, segment: Segment, parts: list[tuple[int, int, tuple[str, ...]]], first: int, last: int, carried: str
) -> Iterator[tuple[str, bool]]:
    """Parts that a word may be said of, the likeliest first, and whether each stands beside it; last "anywhere"."""
    before = [part for part in parts if part[1] <= first]
    behind = [part for part in parts if part[0] >= last]
    if before and _adjacent(note, before[-1][1], first):
        yield before[-1][2][0], True
    if behind and _adjacent(note, last, behind[0][0]):
        yield behind[0][2][0], True
    if before:
        yield before[-1][2][0], False
    else:
        if segment.part:
            yield segment.part, False
        if carried and carried != segment.part:
            yield carried, False
    yield "anywhere", False


def _adjacent(note: Note, first: int, last: int) -> bool:
    """Whether only small words, modifiers and sides stand between."""
    if last - first > 6:
        return False
    modifiers = _modifiers()
    return all(
        note.tokens[place].low in NEAR
        or note.tokens[place].low in modifiers
        or note.tokens[place].text == "-"
        or any(side.first <= place < side.last for side in note.sides)
        for place in range(first, last)
    )


@functools.cache
def _modifiers() -> frozenset[str]:
    return frozenset(word for words in shorthand()["modifiers"].values() for word in words)


def _concept(part: str, conditions: tuple[str, ...], near: bool) -> tuple[str, tuple[str, ...]] | None:
    """What a condition of a part is: ("is", ids), ("denies", ids); () ids for nothing; None where the table is silent."""
    if part == OUTSIDE:
        return "is", ()
    for table in ("denies", "of"):
        for condition in conditions:
            found = shorthand()[table].get(part, {}).get(condition)
            if found is not None:
                concepts = tuple(found) if isinstance(found, list) else (found,) if found else ()
                return ("denies" if table == "denies" else "is"), concepts
    del near
    return None


def spoken_of(note: Note, segment: Segment, taken: frozenset[int]) -> str:
    """The part that a segment leaves to the next one of its sentence: the last it names."""
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    return parts[-1][2][0] if parts else ""


@functools.cache
def bare() -> frozenset[str]:
    """Words that are looked up here rather than as names."""
    return frozenset(stem(text) for texts in shorthand()["conditions"].values() for text in texts if " " not in text)
