"""Bare words and the part of the eye that they are said of: "Disc: pale", "the vessels are thread-like".

The table is shorthand.toml. A word is said of the part right before or behind it, of the subject
of its segment, or of what a label names; "oedema" alone is oedema of the macula. Of parts outside
the back of the eye nothing is taken.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._text import shorthand, stem, tokens

NEAR = frozenset("of at in on to the both a an its his her from around over within is are was were looks appears remains and".split())
PLACING = frozenset(
    "above below near to beside beneath around within under along over behind at in on by from into between beyond towards surrounding overlying adjacent edge".split()
)
OUTSIDE, ANYWHERE, EYE = "outside", "anywhere", "eye"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Where words of a table stand, and what they may be."""

    first: int
    last: int
    names: tuple[str, ...]


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


def occurrences(note: Note, first: int, last: int, table: str, taken: frozenset[int]) -> list[Phrase]:
    """Where phrases of a table stand in a range; none of their words is taken."""
    found, place = [], first
    while place < last:
        phrase = _at(note, place, last, table, taken) if place not in taken and note.tokens[place].stem else None
        if phrase:
            found.append(phrase)
        place = phrase.last if phrase else place + 1
    return found


def _at(note: Note, place: int, last: int, table: str, taken: frozenset[int]) -> Phrase | None:
    """The longest phrase of a table that begins here."""
    options = phrases(table).get(note.tokens[place].stem)
    if not options:
        return None
    best, longest = None, max(map(len, options))
    words: tuple[str, ...] = ()
    for end in range(place, min(place + 2 * longest, last)):
        token = note.tokens[end]
        if end in taken or len(words) == longest:
            break
        if token.stem:
            words = (*words, token.stem)
            if words in options:
                best = Phrase(place, end + 1, options[words])
        elif not (token.text in "-/" and token.gap == 0):
            break
    return best


def named(note: Note, first: int, last: int) -> str:
    """The part that a label names; "" for none."""
    found = occurrences(note, first, last, "parts", frozenset())
    return found[-1].names[0] if found else ""


def label(note: Note, segment: Segment) -> str:
    """The part of a segment that begins with a label ("Macula OD:", "Retina -") or is one."""
    for place in range(segment.first, min(segment.first + 6, segment.last)):
        if note.low(place) in (":", "-", "—", "=") and place > segment.first:
            return named(note, segment.first, place)
        if note.tokens[place].kind == "number":
            break
    if segment.last - segment.first <= 2:
        found = occurrences(note, segment.first, segment.last, "parts", frozenset())
        if found and sum(one.last - one.first for one in found) == segment.last - segment.first:
            return found[-1].names[0]
    return ""


def spoken_of(note: Note, segment: Segment, taken: frozenset[int]) -> str:
    """The part that a segment leaves to the next one of its sentence: the last subject it names."""
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    subjects = [one for one in parts if _subject(note, segment, one)]
    return subjects[-1].names[0] if subjects else ""


def _subject(note: Note, segment: Segment, part: Phrase) -> bool:
    """Whether a part is spoken of rather than a place: not "above the disc"."""
    before = part.first - 1
    while before >= segment.first and (note.low(before) in ("the", "both", "his", "her") or any(s.first <= before < s.last for s in note.sides)):
        before -= 1
    return before < segment.first or note.low(before) not in PLACING


def find(note: Note, segment: Segment, carried: str, named_here: list[Mention]) -> Iterator[Mention]:
    """Mentions by bare words. `carried` is the part that the sentence spoke of before."""
    taken = frozenset(place for mention in named_here for place in range(mention.first, mention.last))
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    spoken = taken | {place for one in parts for place in range(one.first, one.last)}
    for words in occurrences(note, segment.first, segment.last, "conditions", spoken):
        for part in _said_of(note, segment, parts, words, carried, named_here):
            found = _concepts(part, words.names)
            if found is None:
                continue
            status, ids = found
            if status == "absent" and not _whole(note, segment, words):
                break
            only = "absent" if set(words.names) & set(shorthand()["only"]["absent"]) else ""
            stemmed = tuple(token.stem for token in note.tokens[words.first : words.last] if token.stem)
            yield from (Mention(words.first, words.last, concept, "part", stemmed, status, only=only) for concept in ids)
            break


def _said_of(
    note: Note, segment: Segment, parts: list[Phrase], words: Phrase, carried: str, mentions: list[Mention]
) -> Iterator[str]:
    """Parts that a word may be said of, the likeliest first; at last the whole eye and anywhere."""
    before = [part for part in parts if part.last <= words.first]
    behind = [part for part in parts if part.first >= words.last]
    if before and _adjacent(note, before[-1].last, words.first):
        yield before[-1].names[0]
    if behind and _adjacent(note, words.last, behind[0].first):
        yield behind[0].names[0]
    subjects = [part for part in before if _subject(note, segment, part)]
    if subjects and (not _passed(note, subjects[-1], words) or subjects[-1].names[0] == segment.part):
        yield subjects[-1].names[0]
    if not [part for part in subjects if part.names[0] != OUTSIDE or not _passed(note, part, words)]:
        for part in dict.fromkeys((segment.part, carried)):
            if part:
                yield part
        if not segment.part and not carried and _alone(note, segment, words, mentions):
            yield EYE
    yield ANYWHERE


def _passed(note: Note, part: Phrase, words: Phrase) -> bool:
    """Whether a comma ends what was said of a part: for words that need no part, and for parts outside."""
    commas = any(note.low(place) in (",", "—", "(", ":") for place in range(part.last, words.first))
    passing = shorthand()["passing"]
    general = part.names[0] in passing["parts"] and bool(set(words.names) & set(passing["conditions"]))
    return commas and (general or part.names[0] == OUTSIDE)


def _adjacent(note: Note, first: int, last: int) -> bool:
    """Whether only small words, modifiers and sides stand between."""
    return last - first <= 6 and all(
        note.tokens[place].low in NEAR
        or note.tokens[place].low in modifiers()
        or note.tokens[place].text == "-"
        or any(side.first <= place < side.last for side in note.sides)
        for place in range(first, last)
    )


def _alone(note: Note, segment: Segment, words: Phrase, mentions: list[Mention]) -> bool:
    """Whether a word is said of the eye itself ("OS flat"): not of a lesion, not before a noun."""
    before = words.first - 1
    if before >= segment.first and not (
        any(side.last == words.first for side in note.sides) or note.low(before) in (",", "-", "—", ":", "&", "and", "now", "is", "remained", "remains", ")")
    ):
        return False
    if any(m.first < words.first and m.concept in _raised() for m in mentions) or note.low(words.last) in ("eye", "eyes"):
        return False
    if note.low(words.first) == "dry" and any("amd" in m.concept for m in mentions):
        return False  # "wet OS, dry OD"
    following = [m for m in mentions if m.first >= words.last]
    if following and all(note.tokens[p].stem or note.low(p) in (",", "-") for p in range(words.last, following[0].first)):
        gap = [p for p in range(words.last, following[0].first) if note.low(p) == ","]
        return bool(gap) and note.low(words.first - 1) not in ("a", "the")
    return True


@functools.cache
def _raised() -> frozenset[str]:
    """Lesions of which flatness is a trait."""
    return frozenset(name for name, one in concepts.concepts().items() if one.chapter == "tumours")


def _whole(note: Note, segment: Segment, words: Phrase) -> bool:
    """Whether a denying word is said of all of its part: not "otherwise attached", not "superior retina attached"."""
    start = max((p + 1 for p in range(segment.first, words.first) if note.low(p) == "," or any(s.last == p + 1 for s in note.sides)), default=segment.first)
    around = [note.low(place) for place in range(max(start, words.first - 4), words.first)]
    if ("otherwise" in around[-2:] and note.low(segment.first) != "otherwise") or "not" in around[-3:] or set(around) & {"sup", "superior", "inf", "inferior", "nasal", "temporal", "partly", "partially"}:
        return False
    return note.low(words.last) not in ("superiorly", "inferiorly", "nasally", "temporally", "in", "sup", "inf", "except", "only", "partially", "partly") or note.low(words.last + 1) in ("be", "both", "all", "the", "ou")


@functools.cache
def modifiers() -> frozenset[str]:
    """Words that may stand inside a name or between a word and its part."""
    return frozenset(word for words in shorthand()["modifiers"].values() for word in words)


def _concepts(part: str, conditions: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """What a condition of a part is: its status from the start and the concepts; None where the table is silent."""
    if part == OUTSIDE:
        return "", ()
    for table, status in (("denies", "absent"), ("doubts", "uncertain"), ("of", "")):
        for condition in conditions:
            found = shorthand()[table].get(part, {}).get(condition)
            if found is not None:
                return status, tuple(found) if isinstance(found, list) else (found,) if found else ()
    return None


@functools.cache
def bare() -> frozenset[str]:
    """Words that are looked up here rather than as names: those that mean something with any part."""
    anywhere = shorthand()["of"]["anywhere"]
    return frozenset(
        stem(text) for name, texts in shorthand()["conditions"].items() if anywhere.get(name) for text in texts if " " not in text
    )
