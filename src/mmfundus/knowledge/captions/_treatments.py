"""What was done to an eye, and what that leaves: laser, cataract surgery. Nothing of what is only planned."""

import functools
from collections.abc import Mapping

from mmfundus.knowledge.captions._cues import words
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._parts import stems
from mmfundus.knowledge.captions._text import shorthand

JOINS = frozenset({"/", "+", "-", "&"})


@functools.cache
def _known() -> Mapping[tuple[str, ...], tuple[tuple[str, str], ...]]:
    return {
        stems(name): tuple(tuple(text.split(":")) for text in left)  # type: ignore[misc]
        for name, left in shorthand()["treatments"].items()
    }


@functools.cache
def _longest() -> int:
    return max(map(len, _known()))


def find(note: Note, segment: Segment, named: list[Mention]) -> list[Mention]:
    """Mentions by treatments; where one is as long as a name, it stands for it."""
    found: list[Mention] = []
    place = segment.first
    while place < segment.last:
        end, left = _at(note, place, segment.last)
        longer = any(m.first <= place and m.last > end or place < m.first < end < m.last for m in named)
        covered = any(m.first < place < m.last for m in named)
        if not end or longer or covered:
            place += 1
            continue
        found += [Mention(place, end, concept, "treatment", status=status, done=True) for concept, status in left]
        place = end
    return found


def _at(note: Note, place: int, last: int) -> tuple[int, tuple[tuple[str, str], ...]]:
    best: tuple[int, tuple[tuple[str, str], ...]] = (0, ())
    said: tuple[str, ...] = ()
    for end in range(place, min(place + 2 * _longest(), last)):
        token = note.tokens[end]
        if token.stem:
            said = (*said, token.stem)
            if said in _known():
                best = (end + 1, _known()[said])
        elif not said or token.text not in JOINS:
            break
        if len(said) == _longest():
            break
    return best


def _today(note: Note, segment: Segment, mention: Mention) -> bool:
    """Whether it was done at this visit."""
    near = range(max(mention.first - 1, segment.first), min(mention.last + 5, segment.last))
    return any(note.low(place) in ("today", "today's") for place in near) and note.low(mention.first - 1) not in ("after", "post", "s/p")


def settle(note: Note, segment: Segment, mention: Mention, meanings: set[str]) -> bool:
    """Set the status of a treatment from the meanings of the cues that reach it; False where it states nothing."""
    around = {note.low(place) for place in range(segment.first, segment.last)}
    before = note.low(mention.first - 1) if mention.first > segment.first else ""
    if segment.section in ("plan", "family", "nothing") or "nothing" in meanings:
        return False
    if "absent" in meanings:
        mention.status = "absent"
        return mention.concept in ("laser_treated_retina", "prp_scars")
    if before in ("for", "consider", "considering") or (around & words("treatments", "planned") and not around & words("treatments", "past")):
        return False
    if "uncertain" in meanings:
        mention.status = "uncertain"
    elif _today(note, segment, mention) and mention.concept != "cataract":
        mention.status = "present"
    elif mention.concept in shorthand()["seen"]["treatments"] and "history" not in meanings and not around & words("treatments", "past"):
        mention.status = "present"
    return True
