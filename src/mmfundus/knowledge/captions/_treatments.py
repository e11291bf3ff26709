"""What was done to an eye, and what that leaves: laser, cataract surgery. Nothing of what is only planned."""

import functools
from collections.abc import Mapping, Set

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._phrases import stems
from mmfundus.knowledge.captions._text import shorthand

JOINS = frozenset({"/", "+", "-", "&"})
TODAY = frozenset({"today", "today's"})

Left = tuple[tuple[str, str], ...]  # concepts that a treatment leaves, each with its status


@functools.cache
def _known() -> Mapping[tuple[str, ...], Left]:
    return {stems(name): tuple(_left(text) for text in left) for name, left in shorthand()["treatments"].items()}


def _left(text: str) -> tuple[str, str]:
    concept, status = text.split(":")
    return concept, status


@functools.cache
def _firsts() -> Mapping[str, int]:
    """First stem -> stems of the longest treatment that begins with it."""
    found: dict[str, int] = {}
    for words in _known():
        found[words[0]] = max(found.get(words[0], 0), len(words))
    return found


def find(note: Note, segment: Segment, named: list[Mention]) -> list[Mention]:
    """Mentions by treatments; where one is as long as a name, it stands for it."""
    found: list[Mention] = []
    place = segment.first
    while place < segment.last:
        end, left = _at(note, place, segment.last)
        longer = any((m.first <= place and m.last > end) or place < m.first < end < m.last for m in named)
        if not end or longer or any(m.first < place < m.last for m in named):
            place += 1
            continue
        found += [Mention(place, end, concept, "treatment", status=status) for concept, status in left]
        place = end
    return found


def _at(note: Note, place: int, last: int) -> tuple[int, Left]:
    """Where the longest treatment ends that begins here, and what it leaves; 0 for none."""
    longest = _firsts().get(note.tokens[place].stem, 0)
    best: tuple[int, Left] = (0, ())
    said: tuple[str, ...] = ()
    for end in range(place, min(place + 2 * longest, last)):
        token = note.tokens[end]
        if token.stem:
            said = (*said, token.stem)
            if said in _known():
                best = (end + 1, _known()[said])
        elif token.text not in JOINS:
            break
        if len(said) == longest:
            break
    return best


def settle(note: Note, segment: Segment, mention: Mention, meanings: Set[str]) -> bool:
    """Set the status of a treatment from the meanings of the cues that reach it; False where it states nothing."""
    around = set(note.lows(segment.first, segment.last))
    before = note.low(mention.first - 1) if mention.first > segment.first else ""
    if segment.section in ("plan", "family", "nothing", "leaflet") or "nothing" in meanings:
        return False
    if mention.concept == "laser_treated_retina" and _scars(note, mention, before):
        mention.concept, mention.status = "laser_scar", "present"  # "old laser around it"
        return True
    if "absent" in meanings:
        mention.status = "absent"
        return mention.concept in ("laser_treated_retina", "prp_scars")
    past = not around.isdisjoint(_cues.words("treatments", "past"))
    planned = not around.isdisjoint(_cues.words("treatments", "planned"))
    if before in ("for", "consider", "considering") or (planned and not past):
        return False
    seen = mention.concept in shorthand()["seen"]["treatments"] and "history" not in meanings and not past
    if "uncertain" in meanings:
        mention.status = "uncertain"
    elif seen or _today(note, segment, mention):
        mention.status = "present"
    return True


def _scars(note: Note, mention: Mention, before: str) -> bool:
    """Whether laser is spoken of as what is seen: "laser around it", "surrounded by laser", "good laser"."""
    around = note.low(mention.last) in ("around", "surrounding", "encircling")
    ringed = note.low(mention.first - 2) in ("surrounded", "ringed", "encircled", "walled") and before in ("by", "with")
    return around or ringed or before in _cues.words("treatments", "full")


def _today(note: Note, segment: Segment, mention: Mention) -> bool:
    """Whether it was done at this visit; a cataract that was taken out is gone even so."""
    near = note.lows(max(mention.first - 1, segment.first), min(mention.last + 5, segment.last))
    after = note.low(mention.first - 1) in ("after", "post", "s/p")
    return not TODAY.isdisjoint(near) and not after and mention.concept != "cataract"
