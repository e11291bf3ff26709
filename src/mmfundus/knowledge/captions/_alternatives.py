"""Doubt and past that no single cue says: "X vs Y", "X or Y", "RD s/p PPV", words beside a code."""

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._note import Mention
from mmfundus.knowledge.captions._parts import modifiers
from mmfundus.knowledge.captions._scope import Scope
from mmfundus.knowledge.captions._text import shorthand
from mmfundus.knowledge.concepts import NORMAL

NEAR, CURED = 6, 12  # tokens between alternatives; between a disease and its operation
VERSUS = frozenset({"vs", "versus"})


def doubted(scope: Scope, mention: Mention, before: list[Cue]) -> bool:
    """Whether a mention is one of "X vs Y", of "X rather than Y" in doubt, or of "X or Y" that nothing denies."""
    first, last = scope.segment.first, scope.segment.last
    lows = scope.note.lows(first, last)
    if not VERSUS.isdisjoint(lows) and any(
        low in VERSUS and _next_to(scope, mention, first + i, first + i + 1) for i, low in enumerate(lows)
    ):
        return True
    if "rather" in lows:
        place = first + lows.index("rather")
        doubt = any("uncertain" in (cue.before, cue.behind) for cue in (*scope.cues.before, *scope.cues.behind))
        if doubt and scope.note.low(place + 1) == "than" and _next_to(scope, mention, place, place + 2):
            return True
    if before or "or" not in lows:
        return False
    around = (*range(mention.last, min(mention.last + 4, last)), *range(max(mention.first - 5, first), mention.first))
    return any(scope.note.low(place) == "or" and _one_of_two(scope, mention, place) for place in around)


def _next_to(scope: Scope, mention: Mention, first: int, last: int) -> bool:
    """Whether only modifiers and articles stand between a mention and a word."""
    between = range(mention.last, first) if mention.last <= first else range(last, mention.first)
    return len(between) < NEAR and not any(
        place in scope.owner
        or (place in scope.side_at and scope.note.low(place) not in _cues.words("sides", "both"))
        or scope.note.low(place) in (",", ";", "and", "with", ")")
        for place in between
    )


def _one_of_two(scope: Scope, mention: Mention, place: int) -> bool:
    """Whether other concepts, of which nothing is denied, stand at both sides of an "or"."""
    if not _next_to(scope, mention, place, place + 1):
        return False
    others = [
        other
        for other in scope.mentions
        if other is not mention and other.concept != mention.concept and _next_to(scope, other, place, place + 1)
    ]
    return any((other.first > place) != (mention.first > place) and not scope.before(other) for other in others)


def cured(scope: Scope, mention: Mention) -> Cue | None:
    """An operation beside a mention that leaves nothing of it: "RD s/p PPV", "hole repair", "PPV for VH"."""
    above = concepts.implied((mention.concept,), ())[0]
    words = {w for cure in shorthand()["cures"].values() if above & set(cure["concepts"]) for w in cure["words"]}
    if not words:
        return None
    note, done = scope.note, False  # done: "s/p", "treated with"
    for place in range(mention.last, min(mention.last + CURED, scope.segment.last)):
        low = note.low(place)
        if place in scope.owner and scope.owner[place].kind != "treatment":
            break
        told = done or low.endswith("ed") or place - mention.last < 2
        if low in words and told and "today" not in note.lows(place, min(place + 4, scope.segment.last)):
            return Cue(place, place + 1, "", "history", "cured")
        if low == "," and {"s", "status"} & set(note.lows(place + 1, place + 3)):
            continue  # "VH OU, both s/p PPV"
        if low in _cues.words("treatments", "not"):
            break
        done = done or low in _cues.words("treatments", "done")
    return _operated(scope, mention, words)


def _operated(scope: Scope, mention: Mention, words: set[str]) -> Cue | None:
    """ "Vitrectomy with peel for a macular hole": what was operated for, unless it is still to come."""
    place, first = mention.first - 1, scope.segment.first
    while place > first and (
        scope.note.low(place) in ("a", "an", "the", "her", "his") or scope.note.low(place) in modifiers()
    ):
        place -= 1
    if scope.note.low(place) in ("with", "and", ",") and place - 1 in scope.owner:
        return _operated(scope, scope.owner[place - 1], words)  # "for RD with PVR"
    before = set(scope.note.lows(max(place - CURED, first), place))
    if scope.note.low(place) == "for" and before & words and not before & _cues.words("treatments", "planned"):
        return Cue(place, place + 1, "history", "", "cured")
    return None


def of_code(scope: Scope, mention: Mention) -> list[Cue]:
    """The words behind a code that qualify it, up to the next code of its segment."""
    if mention.concept == NORMAL:
        return []
    if scope.note.low(mention.first - 1) in ("no", "not", "without") and mention.first > scope.segment.first:
        return [Cue(mention.first - 1, mention.first, "", "absent", "no")]
    following = [m.first for m in scope.mentions if m.kind == "code" and m.first >= mention.last]
    end = min(following, default=scope.segment.last)
    found = [cue for cue in (*scope.cues.before, *scope.cues.behind) if mention.last <= cue.first < end]
    told = [(cue, cue.behind or cue.before) for cue in found if cue.text != "borderline"]
    return [Cue(cue.first, cue.last, "", meaning, cue.text) for cue, meaning in told if meaning != "nothing"]
