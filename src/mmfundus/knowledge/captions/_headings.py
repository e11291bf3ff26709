"""What stands over a segment: its section, the part of the eye that a label names, the side of a column.

Sections are history, family, plan, asked (what the visit is to answer), nothing (complaints, drugs)
and earlier (a visit that is not the last one of the note); "" is the examination and its conclusion.
"""

import functools
import itertools
from collections.abc import Mapping

from mmfundus.knowledge.captions import _cues, _parts
from mmfundus.knowledge.captions._layout import CELL
from mmfundus.knowledge.captions._note import Note, Segment

FILLING = frozenset({":", "-", "=", "—", "*", "_", "exam", "findings", "(", ")"})
CONCLUSIONS = frozenset({"impression", "imp", "assessment", "a", "a/p", "ap", "diagnosis", "diagnoses", "dx", "conclusion", "conclusions", "summary", "opinion", "problem", "problems"})
NOW = frozenset({"today", "now", "currently", "presently", "current", "today's", "o/e", "this", "exam", "examination", "fundus", "dfe"})


def read(note: Note) -> None:
    """Fill in section, part and side of every segment; segments that are only headings lose their words."""
    _sections(note)
    _columns(note)
    _sides(note)
    _labels(note)
    note.segments = [segment for segment in note.segments if segment.first < segment.last]


@functools.cache
def _known() -> Mapping[tuple[str, ...], str]:
    return {_cues.split(text): kind for kind, texts in _cues.file()["sections"].items() for text in texts}


def _sections(note: Note) -> None:
    spacing = _spacing(note)
    kind, alone = "", False  # alone: the heading has a line of its own and holds for the lines below it
    paragraphs: dict[tuple[int, int], int] = {}
    headings = 0
    before: Segment | None = None
    dated: list[Segment] = []
    for segment in note.segments:
        if before and segment.line != before.line:
            skipped = note.tokens[segment.first].line > note.tokens[before.last - 1].line + spacing
            if not alone or skipped:
                kind, alone = "", False
        new = before is None or segment.sentence != before.sentence
        found, end = _heading(note, segment) if new else ("", 0)
        if found:
            kind = "" if found == "findings" else found
            alone = end >= segment.last and (before is None or segment.line != before.line)
            headings += found in ("plan", "history", "family", "asked") or _concludes(note, segment)
            segment.first = end
        elif kind in ("history", "asked") and not alone and (note.low(segment.first) in NOW or (note.low(segment.first) == "on" and note.low(segment.first + 1) in NOW) or _headed(note, segment)):
            kind = ""
        elif kind in ("nothing", "family") and not alone and new:
            kind = ""
        if _dated(note, segment):
            dated.append(segment)
        segment.section = kind
        segment.paragraph = paragraphs.setdefault((segment.paragraph, headings), len(paragraphs))
        before = segment
    _earlier(note, dated)


def _concludes(note: Note, segment: Segment) -> bool:
    """Whether a heading opens a conclusion, which starts afresh; "Today:" and "OCT:" go on with the eye they follow."""
    return note.low(segment.first) in CONCLUSIONS


def _headed(note: Note, segment: Segment) -> bool:
    """Whether a segment begins with a cue and a colon: "Unresolved:", "Possible:"."""
    return note.low(segment.first + 1) == ":" and any(
        note.low(segment.first) in _cues.words("headed", kind) for kind in ("uncertain", "absent", "present")
    )


def _spacing(note: Note) -> int:
    """Lines from one to the next: 1, or more where every line has a blank one below it."""
    lines = sorted({token.line for token in note.tokens})
    return min((b - a for a, b in itertools.pairwise(lines)), default=1)


def _heading(note: Note, segment: Segment) -> tuple[str, int]:
    """The kind of heading that a segment begins with and where its text begins; ("", 0) for none."""
    known = _known()
    for length in range(min(6, segment.last - segment.first), 0, -1):
        end = segment.first + length
        words = tuple(note.low(place) for place in range(segment.first, end))
        if words not in known:
            continue
        behind = end
        while behind < segment.last and (_sided(note, behind) or note.tokens[behind].kind in ("number", "date") or note.low(behind) in "()"):
            behind += 1
        if behind < segment.last and note.low(behind) == ":":
            return known[words], end if any(_sided(note, p) for p in range(end, behind)) else behind + 1
        if end < segment.last and note.low(end) in ("-", "—") and len(words[0]) > 1 and note.tokens[end].gap:
            return known[words], end + 1
        following = note.tokens[segment.last] if segment.last < len(note.tokens) else None
        own = segment.first == 0 or note.tokens[segment.first].line != note.tokens[segment.first - 1].line
        if end == segment.last and own and (following is None or following.line != note.tokens[end - 1].line) and len(words[0]) > 1:
            return known[words], end
        return "", 0
    return "", 0


def _sided(note: Note, place: int) -> bool:
    return any(side.first <= place < side.last for side in note.sides)


def _dated(note: Note, segment: Segment) -> bool:
    """Whether a segment begins a visit: a date or a year within its first words, and a colon."""
    for place in range(segment.first, min(segment.first + 12, segment.last)):
        if note.low(place) == ":":
            head = note.tokens[segment.first : place]
            return any(t.kind == "date" or _year(t.low) or t.low in ("today", "now") for t in head)
    return False


def _year(low: str) -> bool:
    return len(low) == 4 and low.isdecimal() and low[:2] in ("19", "20")


def _earlier(note: Note, dated: list[Segment]) -> None:
    """Of several dated visits all but the last are earlier ones."""
    if len(dated) < 2:
        return
    last = dated[-1]
    inside = False
    for segment in note.segments:
        if segment is last:
            return
        inside = inside or segment in dated
        if inside and not segment.section:
            segment.section = "earlier"


def _columns(note: Note) -> None:
    """Sides of the cells under a line that names an eye over each column."""
    columns: list[str] = []
    for row in _rows(note):
        first, last = row[0].first, row[-1].last
        header = _header(note, row)
        if header:
            columns = header
            for segment in row:
                segment.last = segment.first
            continue
        if not columns:
            continue
        if len(row) < 2 or (first > 0 and note.tokens[first].line > note.tokens[max(first - 1, 0)].line + 2):
            columns = []
            continue
        cells = row
        label = ""
        if len(row) > len(columns):
            label, cells = _parts.named(note, row[0].first, row[0].last), row[1:]
        for cell, eyes in zip(cells, columns, strict=False):
            cell.side, cell.part = eyes, label
        del last


def _rows(note: Note) -> list[list[Segment]]:
    rows: list[list[Segment]] = []
    for segment in note.segments:
        if rows and rows[-1][-1].line == segment.line and segment.first < segment.last:
            rows[-1].append(segment)
        elif segment.first < segment.last:
            rows.append([segment])
    return rows


def _header(note: Note, row: list[Segment]) -> list[str]:
    """Eyes of the columns, where a line holds nothing else but a name for the first column."""
    first, last = row[0].first, row[-1].last
    sides = list(note.sides_in(first, last))
    words = sum(token.kind in ("word", "number") for token in note.tokens[first:last])
    eyes = [side.eyes for side in sides]
    spread = any(CELL <= note.tokens[side.first].gap < 99 or note.low(side.first - 1) == "|" for side in sides)
    bare = words - sum(side.last - side.first for side in sides) <= 1
    return eyes if {"R", "L"} <= set(eyes) and len(eyes) < 4 and bare and spread else []


def _sides(note: Note) -> None:
    """The side of a line that holds nothing else goes to the lines below it, until another such line or a blank one."""
    side, spacing = "", _spacing(note)
    for row in _rows(note):
        first, last = row[0].first, row[-1].last
        if first and note.tokens[first].line > note.tokens[first - 1].line + spacing:
            side = ""
        if any(segment.section for segment in row):
            side = ""
        named = list(note.sides_in(first, last))
        rest = [p for p in range(first, last) if not any(s.first <= p < s.last for s in named)]
        if len(named) == 1 and named[0].eyes in ("R", "L", "RL") and all(note.low(p) in FILLING for p in rest):
            own = first == 0 or note.tokens[first].line != note.tokens[first - 1].line
            ends = last == len(note.tokens) or note.tokens[last].line != note.tokens[last - 1].line
            if own and ends:
                side = named[0].eyes
                continue
        for segment in row:
            segment.side = segment.side or side


def _labels(note: Note) -> None:
    """The part that a label names ("Macula:") is the part of the rest of its line, up to the next label."""
    part, line = "", -1
    for segment in note.segments:
        if segment.line != line:
            part, line = "", segment.line
        part = _parts.label(note, segment) or part
        segment.part = segment.part or part
