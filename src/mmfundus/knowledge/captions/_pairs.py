"""Signs in pairs, one for each eye: "R/L: MA +/+, DBH -/+", right before left unless the line names the left first."""

from collections.abc import Iterator
from dataclasses import dataclass

from mmfundus.knowledge.captions._note import Mention, Note, Segment

LABELS = frozenset({"name", "short", "part"})  # mentions that may be a label
NEAR = 60  # tokens before a segment in which its eyes may be named
SIGNS = {"+": "present", "-": "absent", "y": "present", "n": "absent", "yes": "present", "no": "absent", "0": "absent"}
LEFT_FIRST = (("l", "/", "r"), ("os", "/", "od"), ("le", "/", "re"), ("left", "/", "right"))
RIGHT_FIRST = (("r", "/", "l"), ("od", "/", "os"), ("re", "/", "le"), ("right", "/", "left"))


@dataclass(slots=True)
class Answer:
    """One answer: where it stands, what it says, of which eye ("" = nobody said)."""

    first: int
    last: int
    status: str
    eyes: str = ""


def find(note: Note) -> Iterator[tuple[list[Mention], list[Answer]]]:
    """Labels with a pair of signs behind them; a single pair counts only in a line that says of which eyes they are."""
    for segment in note.segments:
        pairs = [(m, pair) for m in note.within(segment) if m.kind in LABELS and (pair := _pair(note, segment, m.last))]
        left = bool(pairs) and _headed(note, segment, LEFT_FIRST)
        if not pairs or not (left or len(pairs) > 1 or _headed(note, segment, RIGHT_FIRST)):
            continue
        for mention, pair in pairs:
            pair[0].eyes, pair[1].eyes = ("L", "R") if left else ("R", "L")
            yield [mention], pair


def _headed(note: Note, segment: Segment, orders: tuple[tuple[str, str, str], ...]) -> bool:
    """Whether the line of a segment, or the one above, names the eyes in one of these orders."""
    first = segment.first
    while first > segment.first - NEAR and first and note.tokens[first - 1].line >= note.tokens[segment.first].line - 1:
        first -= 1
    lows = note.lows(first, segment.last)
    return any(order in zip(lows, lows[1:], lows[2:], strict=False) for order in orders)


def _pair(note: Note, segment: Segment, place: int) -> list[Answer]:
    """Two signs with a stroke between them that begin at a place; none where other words follow."""
    place += note.low(place) == ":"
    found: list[Answer] = []
    for _ in range(2):
        first = place
        status = SIGNS.get(note.low(place), "")
        while place < segment.last and status and note.low(place) == note.low(first):
            place += 1  # "++/+"
        if not status:
            return []
        found.append(Answer(first, place, status))
        if len(found) == 1 and note.low(place) != "/":
            return []
        place += len(found) == 1
    closed = place >= segment.last or note.low(place) in (",", ";", ".", "|") or note.tokens[place].kind == "word"
    return found if closed else []
