"""Labels and what answers them: "Macular oedema: no", "Tear? N", "NVE (R/L): + / -", and the rows of a table.

A label is a name that opens its cell, line or sentence and that a colon, a question mark or the next
cell follows. It states nothing itself: its answers do, each of the eye that stands beside it, over
its column, or, of two with a stroke between them, right before left.
"""

import bisect
import itertools
from collections.abc import Iterator, Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _columns, _cues, _pairs
from mmfundus.knowledge.captions._layout import CELL
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._pairs import LABELS, Answer

LONGEST = 9  # tokens that may stand between a label and its mark
SPLIT = frozenset({"/", ",", ";", "and", "&", "|"})
STOPS = frozenset({".", ",", ";", ")", "|", "/", "]"})
BRACKETS = frozenset({"(", ")", "[", "]"})


def find(note: Note) -> list[Mention]:
    """Mentions by answers; the labels that are answered leave the note's mentions."""
    found: list[Mention] = []
    answered: set[int] = set()
    for labels, answers in (*_rows(note), *_turned(note), *_pairs.find(note), *_forms(note)):
        found += [
            Mention(a.first, a.last, m.concept, "answer", m.words, _meant(m, a), eyes=a.eyes, only=m.only)
            for a in answers
            for m in labels
            if id(m) not in answered
        ]
        answered |= {id(m) for m in labels}
    answered |= {id(m) for m in _graded(note)}
    note.mentions = [m for m in note.mentions if id(m) not in answered]
    return found


def _meant(label: Mention, answer: Answer) -> str:
    """What an answer says; of a label that itself denies ("Gradable: yes") the opposite."""
    turned = {"present": "absent", "absent": "present"} if label.status == "absent" else {}
    return turned.get(answer.status, answer.status)


def _lines(note: Note) -> Iterator[list[Segment]]:
    for _, row in itertools.groupby(note.segments, key=lambda one: one.line):
        yield list(row)


def _rows(note: Note) -> Iterator[tuple[list[Mention], list[Answer]]]:
    """Rows under a right and a left: "Disc haemorrhage | yes | no", also "Cataract yes;no"."""
    for row in _lines(note):
        cells = [segment for segment in row if segment.side and segment.column]
        if not cells:
            continue
        labels = [m for segment in row if not segment.column for m in note.within(segment) if m.kind in LABELS]
        begin = cells[0].first
        opening = [m for m in note.within(cells[0]) if m.first == begin and m.kind in LABELS]
        if not labels and opening and _answer(note, _behind(note, opening[0]), cells[0].last):
            labels, begin = opening, _behind(note, opening[0])
        if not labels:
            continue
        answers = []
        for cell in cells:
            first = max(cell.first, begin) if cell is cells[0] else cell.first
            if answer := _in_cell(note, first, cell, labels):
                answers.append(Answer(first, first + 1, answer, cell.side))
        yield labels, answers


def _behind(note: Note, label: Mention) -> int:
    """Where the answer begins that shares a cell with its label: "Pallor none", "Pallor: none"."""
    return label.last + (note.low(label.last) in (":", "=", "-"))


def _in_cell(note: Note, first: int, cell: Segment, labels: Sequence[Mention]) -> str:
    """What a cell answers its label; "" where it names something itself, or says that nobody looked."""
    if any(m for m in note.within(cell) if m not in labels) or first >= cell.last:
        return ""
    unknown = _cues.words("answers", "unknown")
    if note.low(first) in unknown or "".join(note.lows(first, min(first + 3, cell.last))) in unknown:
        return ""
    answer = _answer(note, first, cell.last)
    if answer:
        return answer.status
    return "present"


def _turned(note: Note) -> Iterator[tuple[list[Mention], list[Answer]]]:
    """Tables whose rows are eyes: "Eye | DR | DME" over "OD | none | no"."""
    heads: dict[int, list[Mention]] = {}  # number of a cell -> what its column asks
    told: dict[int, list[Answer]] = {}
    for row in [*_lines(note), []]:
        places = _columns.numbers(note, row) or list(range(len(row))) if row else []
        if heads and row and set(places) <= {0, *heads} and _only_side(note, row[0]):
            eyes = note.sides_in(row[0].first, row[0].last)[0].eyes
            for cell, place in zip(row[1:], places[1:], strict=True):
                cell.column = True
                if status := _in_cell(note, cell.first, cell, heads[place]):
                    told[place].append(Answer(cell.first, cell.first + 1, status, eyes))
            continue
        yield from ((heads[place], told[place]) for place in heads if any(told.values()))
        found = {place: _heading(note, cell) for cell, place in zip(row, places, strict=True)}
        table = len(row) > 2 and not found.get(0) and all(found[place] for place in places[1:])
        heads = {place: found[place] for place in places[1:]} if table else {}
        told = {place: [] for place in heads}


def _heading(note: Note, cell: Segment) -> list[Mention]:
    """The mentions of a cell that holds nothing else."""
    here = [m for m in note.within(cell) if m.kind in LABELS]
    covered = {place for m in here for place in range(m.first, m.last)}
    return here if all(p in covered or note.low(p) in BRACKETS for p in range(cell.first, cell.last)) else []


def _only_side(note: Note, cell: Segment) -> bool:
    return all(p in note.sided for p in range(cell.first, cell.last)) and len(note.sides_in(cell.first, cell.last)) == 1


def _forms(note: Note) -> Iterator[tuple[list[Mention], list[Answer]]]:
    """Labels with a mark behind them, and their answers."""
    for number, segment in enumerate(note.segments):
        if segment.column:
            continue
        here = [m for m in note.within(segment) if m.kind in LABELS]
        for first, label in itertools.groupby(here, key=lambda one: one.first):
            labels = list(label)
            mark = _mark(note, labels[-1].last) if _opens(note, segment, first) else -1
            if mark < 0:
                continue
            last = _end(note, number, mark)
            asked = note.low(mark) == "?" or bool(_box(note, mark + 1) or _box(note, mark))
            answers = _read(note, mark + (note.tokens[mark].kind == "mark"), last, note.sides_in(first, mark))
            if answers and (asked or any(a.status != "present" or a.eyes for a in answers)):
                inside = [m for m in here if labels[-1].last <= m.first < mark]  # "Macular oedema (DME): none"
                yield [*labels, *inside], answers


def _opens(note: Note, segment: Segment, first: int) -> bool:
    """Whether a name opens its segment, or an item of its list."""
    place = first - 1
    while place >= segment.first and (place in note.sided or note.low(place) in _cues.words("answers", "opening")):
        place -= 1
    return place < segment.first or note.low(place) in (",", ";", ".", "?")


def _mark(note: Note, place: int) -> int:
    """Where the mark stands that makes a label of the name before; the first token of the next cell; -1 for none."""
    for at in range(place, min(place + LONGEST, len(note.tokens))):
        token = note.tokens[at]
        if token.line != note.tokens[place - 1].line:
            return -1
        if token.low in (":", "?", "=", "|") or (token.low == "—" and at > place - 1):
            return at + 1 if token.low == "?" and note.low(at + 1) == ":" else at
        if token.gap >= CELL or (token.low in BRACKETS and note.low(at + 1) in (*BRACKETS, "x")):
            return at if _box(note, at) or _answer(note, at, len(note.tokens)) else -1
        known = note.low(place) == "(" and _named(note, at)
        if not (known or at in note.sided or token.low in _cues.words("answers", "label") or token.low in BRACKETS):
            return -1
    return -1


def _named(note: Note, place: int) -> bool:
    """Whether a place belongs to a mention."""
    at = bisect.bisect_right(note.mentions, place, key=lambda one: one.first) - 1
    return at >= 0 and place < note.mentions[at].last


def _end(note: Note, number: int, mark: int) -> int:
    """Where the answers of a label must have ended: at its line's end, or where the next label's segment begins."""
    line = note.tokens[mark].line
    last = note.segments[number].last
    for segment in note.segments[number + 1 :]:
        if segment.line != line or (segment.first > mark + 1 and note.within(segment)):
            break
        last = segment.last
    return last


def _read(note: Note, place: int, last: int, sides: Sequence[object]) -> list[Answer]:
    """The answers from a place on; none where they go on as a sentence."""
    found: list[Answer] = []
    pending, joined = "", False
    while place < last:
        box = _box(note, place)
        answer = box or _answer(note, place, last)
        if place in note.sided:
            side = note.sides_in(place, place + 1)
            eyes = side[0].eyes if side else ""
            place = side[0].last if side else place + 1
            if found and not found[-1].eyes and not pending:
                found[-1].eyes = eyes
            else:
                pending = eyes
        elif answer and (not found or joined or pending or found[-1].eyes):
            answer.eyes, pending, joined = pending, "", False
            found.append(answer)
            place = answer.last
        elif note.low(place) in SPLIT and found:
            joined, place = True, place + 1
        elif note.low(place) in BRACKETS or note.low(place) == ":":
            place += 1
        else:
            break
    ended = place >= last or note.low(place) == "." or note.low(place - 1) in STOPS or joined
    ended = ended or note.tokens[place].gap >= CELL or note.low(place) == "?"
    if found and not ended and not _ends_sentence(note, place):
        return []
    if len(found) == 2 and not any(a.eyes for a in found) and not sides and note.low(found[1].first - 1) == "/":
        found[0].eyes, found[1].eyes = "R", "L"
    return found if len(found) < 2 or all(a.eyes for a in found) else found[:1]


def _ends_sentence(note: Note, place: int) -> bool:
    return note.segment_of(place).first == place


def _box(note: Note, place: int) -> Answer | None:
    """ "[ ] yes [x] no": of two boxes the one that is crossed."""
    found: list[tuple[bool, str]] = []
    at = place
    while note.low(at) in ("[", "(", "☐", "☑", "☒", "□", "✓"):
        crossed = note.low(at) in ("☑", "☒", "✓") or note.low(at + 1) in ("x", "✓", "✔", "☒")
        size = 1 if note.low(at) not in "[(" else 3 if crossed or note.low(at + 1) == "_" else 2
        if size > 1 and note.low(at + size - 1) not in ("]", ")"):
            return None
        word = note.low(at + size)
        status = next((s for s in ("absent", "present") if word in _cues.words("answers", s)), "")
        if not status:
            return None
        found.append((crossed, status))
        at += size + 1
    told = [status for crossed, status in found if crossed]
    return Answer(place, at, told[0]) if len(found) == 2 and len(told) == 1 else None


def _answer(note: Note, place: int, last: int) -> Answer | None:
    """The answer that begins at a place: a sign or a word by itself, not one that opens a statement."""
    if place >= last:
        return None
    low, end = note.low(place), place + 1
    if low == "(" and note.low(place + 2) == ")" and note.low(place + 1) in ("+", "-"):
        low, end = note.low(place + 1), place + 3
    status = next((s for s in ("absent", "present", "uncertain") if low in _cues.words("answers", s)), "")
    if low == "not" and note.low(end) in _cues.words("answers", "found"):
        return Answer(place, end + 1, "absent")
    if not status and low.isdecimal() and note.tokens[place].kind == "number" and len(low) < 3:
        status = "present" if int(low) else "absent"
    while end < last and note.low(end) in _cues.words("answers", "found"):
        end += 1
    closed = (
        end >= last
        or end in note.sided
        or note.low(end) in STOPS
        or note.low(end) in BRACKETS
        or note.tokens[end].gap >= CELL
        or _ends_sentence(note, end)
    )
    return Answer(place, end, status) if status and closed else None


def _graded(note: Note) -> Iterator[Mention]:
    """Names that only head a grade or a kind of themselves: "DR grade: R0", "DR | R1 | R0", "DR status OD: no DR"."""
    for segment in (one for one in note.segments if not one.column):
        for label in [m for m in note.within(segment) if m.kind in LABELS and _opens(note, segment, m.first)]:
            at = bisect.bisect_left(note.mentions, label.last, key=lambda one: one.first)
            following = note.mentions[at] if at < len(note.mentions) else None
            if following is None or note.tokens[following.first].line != note.tokens[label.first].line:
                continue
            between = note.lows(label.last, following.first)
            denied = following.status == "absent" or "no" in between
            heads = not _cues.words("answers", "titles").isdisjoint(between)
            small = all(
                p in note.sided or note.low(p) in _cues.words("answers", "heads") for p in _gap(label, following)
            )
            column = note.segment_of(following.first).column
            alike = following.kind != "name" or following.words == label.words
            kind = alike and label.concept in concepts.implied((following.concept,), ())[0]
            if kind and small and (column or (heads and denied)):
                yield label


def _gap(label: Mention, following: Mention) -> range:
    return range(label.last, following.first)
