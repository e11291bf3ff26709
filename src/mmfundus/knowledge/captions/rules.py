"""Captions by rules: the offline default."""

from collections.abc import Sequence

from mmfundus.knowledge.captions import (
    Captioner,
    _codes,
    _facts,
    _grades,
    _headings,
    _layout,
    _mentions,
    _normal,
    _parts,
    _qualified,
    _sides,
    _status,
    _text,
)
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.types import Extraction, Statement


def captioner() -> Captioner:
    """The captioner; it needs no settings."""
    return extract


def extract(note: str, eye: str = "", icd10: Sequence[str] = ()) -> Extraction:
    """What a note says of each eye."""
    read = understand(note)
    _sides.assign(read, eye)
    statements = [s for m in read.mentions for s in _statements(note, read, m)]
    statements += _coded(icd10, eye)
    return _facts.extraction(statements)


def understand(note: str) -> Note:
    text = _text.plain(note)
    read = Note(text, _text.tokens(text))
    read.sides = _sides.find(read.tokens)
    _layout.divide(read)
    _headings.read(read)
    _name(read)
    _status.read(read)
    return read


def _name(note: Note) -> None:
    fixed = [*_codes.find(note), *_grades.find(note)]
    found: list[Mention] = list(fixed)
    carried, sentence = "", -1
    for segment in note.segments:
        if segment.sentence != sentence:
            carried, sentence = "", segment.sentence
        if segment.first >= segment.last:
            continue
        start, end = note.tokens[segment.first].start, note.tokens[segment.last - 1].end
        blocked = {p for m in fixed for p in range(m.first, m.last)}
        named = [m for m in _mentions.find(note, segment.first, segment.last, note.text[start:end]) if not blocked & set(range(m.first, m.last))]
        named = [m for m in named if m.concept != "normal"]
        taken = frozenset(blocked | {p for m in named for p in range(m.first, m.last)})
        bare = list(_parts.find(note, segment, carried, taken))
        taken |= {p for m in bare for p in range(m.first, m.last)}
        whole = _normal.find(note, segment, carried, taken)
        found += [*named, *bare, *whole]
        carried = _parts.spoken_of(note, segment, taken) or carried
    note.mentions = sorted(found, key=lambda m: (m.first, m.last))
    note.mentions = sorted([*note.mentions, *_qualified.find(note)], key=lambda m: (m.first, m.last))


def _statements(original: str, note: Note, mention: Mention) -> list[Statement]:
    start, end = note.tokens[mention.first].start, note.tokens[mention.last - 1].end
    return [
        Statement(mention.concept, eye, mention.status, start, end, original[start:end], mention.location, mention.severity, mention.certainty, mention.asked)
        for eye in mention.eyes
        if eye in "RL" and mention.status
    ]


def _coded(icd10: Sequence[str], eye: str) -> list[Statement]:
    return [
        Statement(name, side, status or "present", 0, 0, code)
        for code in icd10
        for name, status in _codes.says(code)
        for side in _codes.eye(code) or eye or "RL"
    ]
