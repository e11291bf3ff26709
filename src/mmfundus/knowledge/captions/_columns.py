"""The side that a column or a line of its own gives to segments, and the part of the eye that a label names."""

from mmfundus.knowledge.captions import _parts
from mmfundus.knowledge.captions._headings import line_spacing
from mmfundus.knowledge.captions._layout import CELL
from mmfundus.knowledge.captions._note import Note, Segment

FILLING = frozenset({":", "-", "=", "—", "*", "_", "exam", "findings", "(", ")", "transit", "eye", "study", "phase"})
MOST = 3  # columns of eyes
GAP = 2  # blank lines that end a table

Row = list[Segment]


def read(note: Note) -> None:
    """Fill in side and part of every segment; those that were only headings are left out."""
    _columns(note)
    _lines(note)
    part, line, sentence = "", -1, -1
    for segment in note.segments:  # "Macula:" holds for the rest of its line, up to the next label
        if segment.line != line:
            part, line, labels, sided = "", segment.line, 0, False
        label = _parts.label(note, segment)
        own = segment.first in note.sided and segment.sentence != sentence
        if own and not label and labels > 1 and not sided:  # "Disc: pale. Macula: flat. OD unremarkable."
            part = ""
        labels += bool(label)
        sided = sided or bool(note.sides_in(segment.first, segment.last))
        part, sentence = label or part, segment.sentence
        segment.part = segment.part or part
    note.segments = [segment for segment in note.segments if segment.first < segment.last]


def _rows(note: Note) -> list[Row]:
    """The segments of each line."""
    rows: list[Row] = []
    for segment in note.segments:
        if segment.first == segment.last:
            continue
        if rows and rows[-1][-1].line == segment.line:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return rows


def _columns(note: Note) -> None:
    """Sides of the cells under a line that names an eye over each column."""
    columns: list[str] = []
    for row in _rows(note):
        first = row[0].first
        if header := _header(note, row):
            columns = header
            for segment in row:
                segment.last = segment.first
            continue
        if columns and (len(row) < 2 or note.tokens[first].line > note.tokens[first - 1].line + GAP):
            columns = []
        label, cells = "", row
        if columns and len(row) > len(columns):
            label, cells = _parts.named(note, row[0].first, row[0].last), row[1:]
        for cell, eyes in zip(cells, columns, strict=False):
            cell.side, cell.part = eyes, label


def _header(note: Note, row: Row) -> list[str]:
    """Eyes of the columns, where a line holds nothing else but a name for the first column."""
    first, last = row[0].first, row[-1].last
    sides = note.sides_in(first, last)
    eyes = [side.eyes for side in sides]
    if not {"R", "L"} <= set(eyes) or len(eyes) > MOST:
        return []
    words = sum(token.kind in ("word", "number") for token in note.tokens[first:last])
    spread = any(CELL <= note.tokens[side.first].gap < 99 or note.low(side.first - 1) == "|" for side in sides)
    return eyes if spread and words - sum(side.last - side.first for side in sides) <= 1 else []


def _lines(note: Note) -> None:
    """The side of a line that holds nothing else goes to the lines below it, until another such line or a blank one."""
    side, spacing = "", line_spacing(note)
    for row in _rows(note):
        first, last = row[0].first, row[-1].last
        skipped = first > 0 and note.tokens[first].line > note.tokens[first - 1].line + spacing
        if skipped or any(segment.section for segment in row):
            side = ""
        named = note.sides_in(first, last)
        filling = all(p in note.sided or note.low(p) in FILLING for p in range(first, last))
        if len(named) == 1 and named[0].eyes != "other" and filling and _own_line(note, first, last):
            side = named[0].eyes
            continue
        for segment in row:
            segment.side = segment.side or side


def _own_line(note: Note, first: int, last: int) -> bool:
    line = note.tokens[first].line
    return last == len(note.tokens) or note.tokens[last].line != line
