"""The side that a column or a line of its own gives to segments, and the part of the eye that a label names."""

from mmfundus.knowledge.captions import _parts
from mmfundus.knowledge.captions._headings import line_spacing
from mmfundus.knowledge.captions._note import Note, Segment

FILLING = frozenset({":", "-", "=", "—", "*", "_", "exam", "findings", "(", ")", "transit", "eye", "study", "phase"})
MOST = 5  # cells of a header
WORDS = 2  # of a header beside its eyes
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
    header: dict[int, str] = {}  # number of a cell -> eye
    width, starts = 0, []
    for row in _rows(note):
        first = row[0].first
        if found := _header(note, row):
            header, width, starts = found, len(row), [_offset(note, cell) for cell in row]
            for segment in row:
                segment.last = segment.first
            continue
        if header and (len(row) < 2 or note.tokens[first].line > note.tokens[first - 1].line + GAP):
            header = {}
        if not header:
            continue
        places = _places(note, row, width, starts)
        label = _parts.named(note, first, row[0].last) if places[0] not in header else ""
        for cell, place in zip(row, places, strict=True):
            if place in header:
                cell.side, cell.part, cell.column = header[place], label, True


def _header(note: Note, row: Row) -> dict[int, str]:
    """Eyes of the cells, where a line holds nothing else but a name for the first column and for remarks."""
    if not 2 <= len(row) <= MOST:
        return {}
    found, words = {}, 0
    for cell, place in zip(row, numbers(note, row) or range(len(row)), strict=True):
        sides = note.sides_in(cell.first, cell.last)
        rest = sum(
            note.tokens[p].kind in ("word", "number") and p not in note.sided and note.low(p) not in FILLING
            for p in range(cell.first, cell.last)
        )
        eyes = {side.eyes for side in sides}
        if sides and (rest or len(eyes) > 1):
            return {}
        words += rest
        if sides:
            found[place] = eyes.pop()
    return found if {"R", "L"} <= set(found.values()) and words <= WORDS else {}


def _places(note: Note, row: Row, width: int, starts: list[int]) -> list[int]:
    """The number of the header's cell that each cell of a row stands under; that of a label is -1 where it has none."""
    if found := numbers(note, row):
        return found
    if len(row) >= width:
        return list(range(width - len(row), width)) if len(row) == width + 1 else list(range(len(row)))
    offsets = [_offset(note, cell) for cell in row]
    return [min(range(width), key=lambda at: abs(starts[at] - offset)) for offset in offsets]


def numbers(note: Note, row: Row) -> list[int]:
    """The numbers of cells that strokes divide, empty ones counted."""
    begin = note.text.rfind("\n", 0, note.tokens[row[0].first].start) + 1
    end = note.text.find("\n", begin)
    line = note.text[begin : end if end >= 0 else None]
    if "|" not in line:
        return []
    leading = line.lstrip().startswith("|")
    return [note.text.count("|", begin, note.tokens[cell.first].start) - leading for cell in row]


def _offset(note: Note, cell: Segment) -> int:
    """Where a cell begins in its line."""
    start = note.tokens[cell.first].start
    return start - note.text.rfind("\n", 0, start) - 1


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
