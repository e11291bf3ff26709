"""Bare words and the part of the eye that they are said of: "Disc: pale", "the vessels are thread-like".

The table is shorthand.toml. A word is said of the part right before or behind it, of the subject
of its segment, or of what a label names; "oedema" alone is oedema of the macula. Of parts outside
the back of the eye nothing is taken.
"""

import functools
from collections.abc import Iterator, Set

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note, Segment, places
from mmfundus.knowledge.captions._phrases import Phrase, occurrences
from mmfundus.knowledge.captions._text import shorthand, stem

LESIONS = frozenset(
    {"nevus", "naevus", "melanoma", "lesion", "lesions", "tumour", "tumor", "mass", "naevi", "nevi", "chrpe"}
)  # flat by themselves
NEAR = 6  # tokens between a word and the part beside it
OUTSIDE, ANYWHERE, EYE = "outside", "anywhere", "eye"


def named(note: Note, first: int, last: int) -> str:
    """The part that a label names; "" for none."""
    found = occurrences(note, first, last, "parts", frozenset())
    return found[-1].names[0] if found else ""


def label(note: Note, segment: Segment) -> str:
    """The part of a segment that begins with a label ("Macula OD:", "DFE OD: Vitreous:", "Retina -") or is one."""
    for place in range(segment.first, min(segment.first + 6, segment.last)):
        if note.low(place) in (":", "-", "—", "=") and place > segment.first:
            inner = [at for at in range(place + 2, min(place + 5, segment.last)) if note.low(at) == ":"]
            own = named(note, place + 1, inner[0]) if inner and note.low(place) == ":" else ""
            return own or named(note, segment.first, place)
        if note.tokens[place].kind == "number":
            break
    if segment.last - segment.first <= 2:
        found = occurrences(note, segment.first, segment.last, "parts", frozenset())
        if found and sum(one.last - one.first for one in found) == segment.last - segment.first:
            return found[-1].names[0]
    return ""


def spoken_of(note: Note, segment: Segment, taken: Set[int]) -> str:
    """The part that a segment leaves to the next one of its sentence: the last subject it names."""
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    subjects = [one for one in parts if _subject(note, segment, one)]
    return subjects[-1].names[0] if subjects else ""


def _subject(note: Note, segment: Segment, part: Phrase) -> bool:
    """Whether a part is spoken of rather than a place: not "above the disc"."""
    before = part.first - 1
    while before >= segment.first and (note.low(before) in ("the", "both", "his", "her") or before in note.sided):
        before -= 1
    return before < segment.first or note.low(before) not in _words("placing")


def find(note: Note, segment: Segment, carried: str, named_here: list[Mention]) -> Iterator[Mention]:
    """Mentions by bare words. `carried` is the part that the sentence spoke of before."""
    taken = places(named_here)
    parts = occurrences(note, segment.first, segment.last, "parts", taken)
    spoken = taken | {place for one in parts for place in range(one.first, one.last)}
    for words in occurrences(note, segment.first, segment.last, "conditions", spoken):
        if "suspicion" in words.names and any(m.first == words.last for m in named_here):
            continue  # "C/D 0.7, suspect glaucoma"
        yield from _coordinated(note, parts, words)
        for part in _said_of(note, segment, parts, words, carried, named_here):
            found = _concepts(part, words.names)
            if found is None or (part == "macula" and "hemorrhage" in words.names and not _lined(note, segment, part)):
                continue
            status, ids = found
            if status == "absent" and "flat" in words.names and _of_lesion(note, segment, parts, words, named_here):
                continue
            if status != "absent" or _whole(note, segment, words):
                only = "" if set(words.names).isdisjoint(shorthand()["only"]["absent"]) else "absent"
                said = tuple(token.stem for token in note.tokens[words.first : words.last] if token.stem)
                yield from (Mention(words.first, words.last, one, "part", said, status, only=only) for one in ids)
            break


def _lined(note: Note, segment: Segment, part: str) -> bool:
    """Whether a segment is the line of a part: "Macula: no heme", "Macula flat, no heme"; not "the macula has ..."."""
    first = segment.first
    while first < segment.last and first in note.sided:
        first += 1
    return label(note, segment) == part or named(note, first, first + 1) == part


def _of_lesion(note: Note, segment: Segment, parts: list[Phrase], words: Phrase, mentions: list[Mention]) -> bool:
    """Whether "flat" is a trait of a lesion: one before it since the last part, a noun behind it, or "it is"."""
    if note.low(words.first) != "flat":
        return False
    behind = note.lows(words.last, min(words.last + 4, segment.last))
    noun = next((low for low in behind if low not in modifiers() and low not in (",", "-")), "")
    raised = {p for m in mentions if m.concept in _raised() for p in range(m.first, m.last)}
    if noun in LESIONS or any(p in raised for p in range(words.last, min(words.last + 3, segment.last))):
        return True
    start = max((p.last for p in parts if p.last <= words.first and p.names[0] != OUTSIDE), default=segment.first)
    if any(note.low(p) in LESIONS or p in raised for p in range(start, words.first)):
        return words.first - 1 not in note.sided
    pronoun = note.low(segment.first) == "it" and words.first - segment.first < NEAR
    return pronoun and not LESIONS.isdisjoint(note.lows(max(segment.first - 40, 0), segment.first))


def _coordinated(note: Note, parts: list[Phrase], words: Phrase) -> Iterator[Mention]:
    """Of the farther of two parts beside a denying word: "intact ELM and EZ", "EZ/ELM intact"."""
    behind = [part for part in parts if part.first >= words.last]
    before = [part for part in parts if part.last <= words.first]
    if len(behind) > 1 and behind[0].first == words.last:
        pair = behind[:2]
    elif len(before) > 1 and _adjacent(note, before[-1].last, words.first):
        pair = [before[-1], before[-2]]
    else:
        return
    nearer, farther = sorted(pair, key=lambda part: part.first)
    joined = note.lows(nearer.last, farther.first)
    found = _concepts(pair[1].names[0], words.names) if joined in (["and"], ["/"], ["&"]) else None
    if found and found[0] == "absent":
        yield from (Mention(words.first, words.last, one, "part", (), "absent") for one in found[1])


def _said_of(
    note: Note, segment: Segment, parts: list[Phrase], words: Phrase, carried: str, mentions: list[Mention]
) -> Iterator[str]:
    """Parts that a word may be said of, the likeliest first; at last the whole eye and anywhere."""
    before = [part for part in parts if part.last <= words.first]
    behind = [part for part in parts if part.first >= words.last]
    beside = [before[-1]] if before and _adjacent(note, before[-1].last, words.first) else []
    beside += [behind[0]] if behind and _adjacent(note, words.last, behind[0].first) else []
    yield from (part.names[0] for part in beside)
    subjects = [part for part in before if _subject(note, segment, part)]
    if subjects and (subjects[-1].names[0] == segment.part or not _passed(note, subjects[-1], words)):
        yield subjects[-1].names[0]
    if all(part.names[0] == OUTSIDE and _passed(note, part, words) for part in subjects):
        yield from (part for part in dict.fromkeys((segment.part, carried)) if part)
        if not (beside or segment.part or carried) and _alone(note, segment, words, mentions):
            yield EYE
    yield ANYWHERE


def _passed(note: Note, part: Phrase, words: Phrase) -> bool:
    """Whether a comma ends what was said of a part: for words that need no part, and for parts outside."""
    passing = shorthand()["passing"]
    general = part.names[0] in passing["parts"] and not set(words.names).isdisjoint(passing["conditions"])
    ended = not {",", "—", "(", ":"}.isdisjoint(note.lows(part.last, words.first))
    return ended and (general or part.names[0] == OUTSIDE)


def _adjacent(note: Note, first: int, last: int) -> bool:
    """Whether only small words, modifiers and sides stand between."""
    small = _words("near")
    return last - first <= NEAR and all(
        note.low(place) in small
        or note.low(place) in modifiers()
        or note.tokens[place].stem in modifiers()
        or note.tokens[place].text == "-"
        or place in note.sided
        for place in range(first, last)
    )


def _alone(note: Note, segment: Segment, words: Phrase, mentions: list[Mention]) -> bool:
    """Whether a word is said of the eye itself ("OS flat"): not of a lesion, not before a noun."""
    before = words.first - 1
    opened = before < segment.first or before in note.sided or note.low(before) in _words("opening")
    if not opened or note.low(words.last) in ("eye", "eyes"):
        return False
    if any(m.first < words.first and m.concept in _raised() for m in mentions):
        return False
    if not LESIONS.isdisjoint(note.lows(segment.first, words.first)):
        return False
    named = [m for m in mentions if "amd" in m.concept]
    scanned = not {"oct", "scan"}.isdisjoint((note.low(before), note.low(words.last + 1)))
    if note.low(words.first) == "dry" and named and not scanned and not _same_eye(note, named[-1], words):
        return False  # "wet OS, dry OD"
    following = [m for m in mentions if m.first >= words.last]
    if not following:
        return True
    between = note.tokens[words.last : following[0].first]
    noun = all(token.stem or token.low in (",", "-") for token in between)  # "flat, pigmented scar"
    return not noun or (any(token.low == "," for token in between) and note.low(before) not in ("a", "the"))


def _same_eye(note: Note, mention: Mention, words: Phrase) -> bool:
    """ "Wet AMD, stable, dry on q8w": wet disease before, and no other eye between."""
    return "wet_amd" in mention.concept and mention.last <= words.first and not note.sides_in(mention.last, words.first)


@functools.cache
def _raised() -> frozenset[str]:
    """Lesions of which flatness is a trait."""
    return frozenset(name for name, one in concepts.concepts().items() if one.chapter == "tumours")


def _whole(note: Note, segment: Segment, words: Phrase) -> bool:
    """Whether a denying word is said of all of its part: not "otherwise attached", not "superior retina attached"."""
    cuts = (
        p + 1
        for p in range(segment.first, words.first)
        if note.low(p) == "," or (p in note.sided and p + 1 not in note.sided)
    )
    start = max(cuts, default=segment.first)
    around = note.lows(max(start, words.first - 4), words.first)
    if "not" in around[-3:] or ("otherwise" in around[-2:] and _lifted(note, words.first)):
        return False
    if not _words("partly").isdisjoint(around):
        return False
    return note.low(words.last + 1) in ("be", "both", "all", "the", "ou") or note.low(words.last) not in _words(
        "partly"
    ) | {"in", "except", "only"}


def _lifted(note: Note, place: int) -> bool:
    """Whether something that may lift the retina stands before "otherwise flat"."""
    return not _words("lifting").isdisjoint(note.lows(place - NEAR * 5, place))


@functools.cache
def modifiers() -> frozenset[str]:
    """Words that may stand inside a name or between a word and its part."""
    found = shorthand()["modifiers"]
    return frozenset((*found["location"], *found["severity"]))


@functools.cache
def _words(name: str) -> frozenset[str]:
    return frozenset(shorthand()["parted"][name])


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
    anywhere = shorthand()["of"][ANYWHERE]
    return frozenset(
        stem(text)
        for name, texts in shorthand()["conditions"].items()
        if anywhere.get(name)
        for text in texts
        if " " not in text
    )
