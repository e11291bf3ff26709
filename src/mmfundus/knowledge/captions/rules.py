"""Captions by rules: the offline default. No settings, no network, the same answer every time."""

from collections.abc import Sequence

from mmfundus.knowledge.captions import Captioner, _codes, _facets, _facts, _language, _measures, _reading
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.types import Extraction, Statement


def captioner() -> Captioner:
    """The captioner; it needs no settings."""
    return extract


def extract(note: str, eye: str = "", icd10: Sequence[str] = ()) -> Extraction:
    """What a note says of each eye.

    Args:
        note: its text.
        eye: "R" or "L" of statements that name none; "" where nobody said.
        icd10: codes of ICD-10-CM beside the note.
    """
    read = _reading.read(note, eye)
    if refused := _language.refusal(read, beside=bool(eye or icd10)):
        return Extraction(refused=refused)
    statements = [statement for mention in read.mentions for statement in _statements(note, read, mention)]
    return _facts.extraction([*statements, *_codes.statements(icd10, eye)], _measures.find(read, eye))


def _statements(note: str, read: Note, mention: Mention) -> list[Statement]:
    """A mention as a statement for each of its eyes; the words are the note's own."""
    start, end = read.tokens[mention.first].start, read.tokens[mention.last - 1].end
    location, severity = _facets.of(read, mention)
    return [
        Statement(
            mention.concept,
            eye,
            mention.status,
            start,
            end,
            evidence=note[start:end],
            location=location,
            severity=severity,
            certainty=mention.certainty,
            asked=mention.asked,
        )
        for eye in mention.eyes
    ]
