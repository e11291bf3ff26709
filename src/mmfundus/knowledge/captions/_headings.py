"""What stands over a segment: its section, and the eye of a visit's part.

Sections are history, family, plan, asked (what the visit is to answer), nothing (complaints, drugs)
and earlier (a visit that is not the last one of the note); "" is the examination and its conclusion.
The part of the eye that a label names and the side of a column are `_columns`' to say.
"""

import functools
import itertools
from collections.abc import Mapping

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Note, Segment

LONGEST = 6  # words of a heading
VISIT = 16  # tokens of the heading of a visit
REPORTED = frozenset({"older", "reports", "ordinals"})  # words of a heading, none by themselves
AFRESH = frozenset({"plan", "history", "family", "asked"})


def read(note: Note) -> None:
    """Fill in the sections; segments lose the words of their headings."""
    kind, alone = "", False  # alone: the heading has a line of its own and holds for the lines below it
    spacing, headings = line_spacing(note), 0
    paragraphs: dict[tuple[int, int], int] = {}
    before: Segment | None = None
    visits: list[Segment] = []
    for segment in note.segments:
        if before and segment.line != before.line:
            skipped = note.tokens[segment.first].line > note.tokens[before.last - 1].line + spacing
            if not alone or skipped:
                kind, alone = "", False
        new = before is None or segment.sentence != before.sentence
        found, end = _heading(note, segment) if new else ("", 0)
        if new and not found:
            found, end = _report(note, segment)
        dated = _dated(note, segment)
        if found:
            kind = "" if found == "findings" else found
            alone = end >= segment.last and (before is None or segment.line != before.line)
            # A conclusion starts afresh; "Today:" and "OCT:" go on with the eye they follow.
            headings += found in AFRESH or note.low(segment.first) in _cues.words("headings", "conclusions")
            segment.first = end
        elif not alone and _ends(note, segment, kind, new):
            kind = ""
        if dated:
            visits.append(segment)
        segment.section = kind
        segment.paragraph = paragraphs.setdefault((segment.paragraph, headings), len(paragraphs))
        before = segment
    _earlier(note, visits)


def line_spacing(note: Note) -> int:
    """Lines from one to the next: 1, or more where every line has a blank one below it."""
    lines = sorted({token.line for token in note.tokens})
    return min((b - a for a, b in itertools.pairwise(lines)), default=1)


def _ends(note: Note, segment: Segment, kind: str, new: bool) -> bool:
    """Whether a section that began within a line ends here: complaints with their sentence, history at "today"."""
    if kind in ("nothing", "family"):
        return new
    if kind not in ("history", "asked", "earlier"):
        return False
    first, second = note.low(segment.first), note.low(segment.first + 1)
    now = _cues.words("headings", "now")
    if kind == "earlier" and (first == "new" or (first == "on" and second in ("review", "my"))):
        return True
    headed = second == ":" and any(first in _cues.words("headed", one) for one in ("uncertain", "absent", "present"))
    today = kind == "history" and "today" in note.lows(segment.first, min(segment.first + VISIT, segment.last))
    return today or first in now or (first == "on" and second in now) or headed


@functools.cache
def _known() -> Mapping[tuple[str, ...], str]:
    sections = {kind: texts for kind, texts in _cues.file()["sections"].items() if kind not in REPORTED}
    return {_cues.split(text): kind for kind, texts in sections.items() for text in texts}


def _heading(note: Note, segment: Segment) -> tuple[str, int]:
    """The kind of heading that a segment begins with and where its text begins; ("", 0) for none."""
    known = _known()
    for length in range(min(LONGEST, segment.last - segment.first), 0, -1):
        end = segment.first + length
        words = tuple(note.lows(segment.first, end))
        if words not in known:
            continue
        behind = end
        while behind < segment.last and _hangs(note, behind):
            behind += 1
        if behind < segment.last and note.low(behind) == ":":
            sided = any(place in note.sided for place in range(end, behind))
            return known[words], end if sided else behind + 1
        long = len(words[0]) > 1
        if long and end < segment.last and note.low(end) == "—":
            return known[words], end + 1
        return (known[words], end) if long and _own_line(note, segment, end) else ("", 0)
    return "", 0


def _report(note: Note, segment: Segment) -> tuple[str, int]:
    """Whether a segment begins with what heads an earlier report, and where its text begins."""
    for place in range(segment.first, min(segment.first + VISIT, segment.last)):
        closes = note.low(place) == "]" and note.low(segment.first) == "["
        if (closes or note.low(place) == ":") and place > segment.first:
            head = set(note.lows(segment.first, place))
            older = head & _cues.words("sections", "older") and head & _cues.words("sections", "reports")
            return ("earlier", place + 1) if older and not head & _cues.words("headings", "now") else ("", 0)
    return "", 0


def _hangs(note: Note, place: int) -> bool:
    """Whether a word may stand between a heading and its colon: a side, a date, a bracket."""
    return (
        place in note.sided or note.tokens[place].kind in ("number", "date") or note.low(place) in ("(", ")", "today")
    )


def _own_line(note: Note, segment: Segment, end: int) -> bool:
    line = note.tokens[segment.first].line
    first = segment.first == 0 or note.tokens[segment.first - 1].line != line
    return first and end == segment.last and (end == len(note.tokens) or note.tokens[end].line != line)


def _dated(note: Note, segment: Segment) -> bool:
    """Whether a segment begins a visit: a date, a year or "today" within its first words, and a colon."""
    for place in range(segment.first, min(segment.first + VISIT, segment.last)):
        if note.low(place) == ":":
            head = note.tokens[segment.first : place]
            numbered = len(head) < 4 and any(t.low in _cues.words("sections", "ordinals") for t in head)
            return numbered or any(t.kind == "date" or _year(t.low) or t.low in ("today", "now") for t in head)
    return False


def _year(low: str) -> bool:
    year = low.rpartition("/")[2]  # also "10/2021"
    return len(year) == 4 and year.isdecimal() and year[:2] in ("19", "20")


def _earlier(note: Note, visits: list[Segment]) -> None:
    """Of several dated visits all but the last are earlier ones."""
    if len(visits) < 2:
        return
    inside = False
    for segment in note.segments:
        if segment is visits[-1]:
            return
        inside = inside or segment is visits[0]
        if inside and not segment.section:
            segment.section = "earlier"
