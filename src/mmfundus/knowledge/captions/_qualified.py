"""Wide names made narrow by words that stand apart from them: "NPDR, severe", "NPDR OU, moderate OD, mild OS"."""

import functools
from collections.abc import Mapping

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues, _names, _phrases
from mmfundus.knowledge.captions._names import Words
from mmfundus.knowledge.captions._note import Mention, Note, Segment, places

NEAR = 9  # tokens between a name and a qualifier that makes it narrow where it stands
FAR = 30  # tokens between a name and a qualifier with a side of its own
OPPOSITES = (("wet_amd", "dry_amd"), ("dry_amd", "wet_amd"))
APART = frozenset({"not", "vs", "versus", "or", "and", "likely", "probably", "possibly", "presumably"})
LONGEST = 6  # tokens of a qualifier


def find(note: Note) -> list[Mention]:
    """Narrow what can be narrowed in place; returns the mentions of qualifiers that stand for themselves."""
    taken = set(places(note.mentions))
    heads = [m for m in note.mentions if m.kind in ("name", "short", "part", "grade")]
    more: list[Mention] = []
    passed, head = 0, None  # names behind which we are, and the last of them
    for segment in note.segments:
        place = segment.first
        while place < segment.last:
            while passed < len(heads) and heads[passed].last <= place:
                head, passed = heads[passed], passed + 1
            near = head is not None and place - head.last <= FAR and place not in taken
            end, narrow, words = _qualifier(note, head, place, segment, taken) if near and head else (0, "", ())
            if not head or not end:
                place += 1
                continue
            if _beside(note, segment, head, place, end):
                head.concept, head.last, head.words = narrow, end, (*words, *head.words)
            else:
                more.append(Mention(place, end, narrow, "name", (*words, *head.words), head=head))
            taken |= set(range(place, end))
            place = end
    return more


@functools.cache
def _options(concept: str) -> Mapping[str, tuple[str, Words]]:
    """Qualifiers, joined, of a concept and of all that it is a kind of; words for parts of an eye are none."""
    found: dict[str, tuple[str, Words]] = {}
    known = _names.shipped().qualifiers
    parts = set(_phrases.all_of("parts"))
    for wide in (concept, *sorted(concepts.implied((concept,), ())[0] - {concept})):
        for words, narrow in known.get(wide, {}).items():
            if not all((word,) in parts for word in words):
                found.setdefault("".join(words), (narrow, words))
    return found


def _qualifier(note: Note, head: Mention, place: int, segment: Segment, taken: set[int]) -> tuple[int, str, Words]:
    """The longest qualifier of a head that begins at a place and stands alone: its end and the narrow concept."""
    options = _options(head.concept)
    best: tuple[int, str, Words] = (0, "", ())
    if not options or not note.tokens[place].stem or not _opened(note, segment, place, head):
        return best
    joined = ""
    for at in range(place, min(place + LONGEST, segment.last)):
        token = note.tokens[at]
        if at in taken or not (token.stem or token.text == "-"):
            break
        joined += token.stem
        narrow, words = options.get(joined, ("", ()))
        if (
            token.stem
            and narrow
            and narrow != head.concept
            and not _against(note, segment, head, narrow, (place, at + 1))
            and _closed(note, segment, at + 1)
        ):
            best = (at + 1, narrow, words)
    return best


def _against(note: Note, segment: Segment, head: Mention, narrow: str, place: tuple[int, int]) -> bool:
    """Whether a qualifier in place would turn a disease into its opposite: "wet AMD, dry on q8w"."""
    if not _beside(note, segment, head, *place) and not _of_same_eye(note, head, *place):
        return False
    above, other = concepts.implied((head.concept,), ())[0], concepts.implied((narrow,), ())[0]
    excluded = narrow in concepts.shipped().excluded(head.concept)
    return excluded or any(a in above and b in other for a, b in OPPOSITES)


def _of_same_eye(note: Note, head: Mention, place: int, end: int) -> bool:
    """Whether one side alone stands between, right behind the head, and none behind: "wet AMD OS - dry on OCT"."""
    sides = note.sides_in(head.last, place)
    near = len(sides) == 1 and sides[0].first - head.last < 2 and place - sides[0].last < 3
    return near and end not in note.sided


def _opened(note: Note, segment: Segment, place: int, head: Mention) -> bool:
    before = place - 1
    return (
        place in (segment.first, head.last)
        or note.low(before) in _cues.words("alone", "before")
        or before in note.sided
    )


def _closed(note: Note, segment: Segment, end: int) -> bool:
    if end >= segment.last or end in note.sided or note.tokens[end].kind == "date":
        return True
    return note.low(end) in _cues.words("alone", "behind")


def _beside(note: Note, segment: Segment, head: Mention, place: int, end: int) -> bool:
    """Whether a qualifier belongs to the head where it stands, not to a side of its own."""
    if segment.first > head.first or place - head.last > NEAR or note.low(end) in ("vs", "versus", "or"):
        return False
    return not note.sides_in(head.last, place) and note.low(place - 1) not in APART
