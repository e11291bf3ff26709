"""Captions by rules: the offline default."""

from collections.abc import Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import (
    Captioner,
    _codes,
    _echo,
    _facts,
    _grades,
    _headings,
    _language,
    _laterality,
    _layout,
    _mentions,
    _normal,
    _parts,
    _qualified,
    _sides,
    _status,
    _subject,
    _text,
    _treatments,
)
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.concepts import NORMAL
from mmfundus.types import Extraction, Statement


def captioner() -> Captioner:
    """The captioner; it needs no settings."""
    return extract


def extract(note: str, eye: str = "", icd10: Sequence[str] = ()) -> Extraction:
    """What a note says of each eye."""
    read = understand(note, eye)
    if refused := _language.refusal(read, bool(eye or icd10)):
        return Extraction(refused=refused)
    statements = [s for m in read.mentions for s in _statements(note, read, m)]
    statements += _coded(icd10, eye)
    return _facts.extraction(statements)


def understand(note: str, eye: str = "") -> Note:
    """The note with its mentions, each with its status and eyes."""
    text = _text.plain(note)
    read = Note(text, _text.tokens(text))
    read.sides = _sides.find(read.tokens)
    _layout.divide(read)
    _headings.read(read)
    _name(read)
    _status.read(read)
    _subject.narrow(read)
    _laterality.assign(read, eye)
    _standing(read)
    return read


def _name(note: Note) -> None:
    """Find the mentions."""
    fixed = [*_codes.find(note), *_grades.find(note)]
    blocked = frozenset(p for m in fixed for p in range(m.first, m.last))
    found: list[Mention] = list(fixed)
    carried, sentence = "", -1
    for segment in note.segments:
        if segment.sentence != sentence:
            carried, sentence = "", segment.sentence
        start, end = note.tokens[segment.first].start, note.tokens[segment.last - 1].end
        here = _mentions.find(note, segment.first, segment.last, note.text[start:end])
        here = [m for m in here if m.concept != NORMAL and not blocked & set(range(m.first, m.last))]
        done = _treatments.find(note, segment, here)
        covered = {p for m in done for p in range(m.first, m.last)}
        here = [m for m in here if not covered & set(range(m.first, m.last))] + done
        fixed_here = [m for m in fixed if segment.first <= m.first < segment.last]
        here += _subject.find(note, segment, blocked | _places(here), [*found, *here])
        here += list(_parts.find(note, segment, carried, [*here, *fixed_here]))
        taken = blocked | _places(here)
        here += _normal.find(note, segment, carried, taken)
        found += here
        carried = _parts.spoken_of(note, segment, taken) or carried
    note.mentions = sorted(found, key=lambda m: (m.first, m.last))
    note.mentions = sorted([*note.mentions, *_qualified.find(note)], key=lambda m: (m.first, m.last))
    echoes = _echo.find(note)  # which may take labels away
    note.mentions = sorted([*note.mentions, *echoes], key=lambda m: (m.first, m.last))


def _places(mentions: Sequence[Mention]) -> frozenset[int]:
    return frozenset(p for m in mentions for p in range(m.first, m.last))


def _standing(note: Note) -> None:
    """ "No active X" denies nothing where X stands as a diagnosis in that eye; codes repeat what words say."""
    kept = []
    narrowed = {id(m.head) for m in note.mentions if m.head and m.kind == "name" and m.status == m.head.status and set(m.head.eyes) <= set(m.eyes) and m.head.concept in concepts.implied((m.concept,), ())[0]}
    for mention in note.mentions:
        if id(mention) in narrowed:  # "CSC OS, chronic"
            continue
        if mention.unless:
            for eye in mention.eyes:
                if any(eye in m.eyes and m.status == "present" and mention.concept in concepts.implied((m.concept,), ())[0] for m in note.mentions):
                    mention.eyes = mention.eyes.replace(eye, "")
        if mention.concept == "laser_treated_retina" and mention.status == "history":  # its scars are seen
            seen = "".join(m.eyes for m in note.mentions if m.status == "present" and m.concept in ("laser_scar", "prp_scars"))
            mention.eyes = "".join(eye for eye in mention.eyes if eye not in seen)
        if mention.kind == "code" and _worded(note, mention):
            continue
        if mention.eyes:
            kept.append(mention)
    note.mentions = kept


def _worded(note: Note, code: Mention) -> bool:
    """Whether words behind a code in its segment say the same, or a kind of it, of the same eye."""
    segment = next(s for s in note.segments if s.first <= code.first < s.last)
    return any(m.kind != "code" and code.concept in concepts.implied((m.concept,), ())[0] and set(code.eyes) <= set(m.eyes) for m in note.within(segment) if m.first > code.first)


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
