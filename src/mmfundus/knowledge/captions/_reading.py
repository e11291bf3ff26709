"""The way of a note: divided, its concepts named, each given its status and its eyes."""

from collections.abc import Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import (
    _answers,
    _codes,
    _columns,
    _echo,
    _grades,
    _headings,
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
from mmfundus.knowledge.captions._note import Mention, Note, Segment, places
from mmfundus.knowledge.captions._text import shorthand
from mmfundus.knowledge.concepts import NORMAL

GONE = frozenset({"resolved", "cleared", "gone", "regressed", "disappeared", "healed", "settled", "closed", "absorbed"})
REMOVABLE = ("cataract", "silicone_oil")

Last = dict[tuple[str, str], Mention]  # the last mention of a concept and an eye


def read(text: str, eye: str = "") -> Note:
    """A note with its mentions, each with status and eyes.

    Args:
        text: the note.
        eye: of statements that name none; "" where nobody said.
    """
    plain = _text.plain(text)
    note = Note(plain, _text.tokens(plain))
    _sides.find(note)
    _layout.divide(note)
    _headings.read(note)
    _columns.read(note)
    _name(note)
    _status.read(note)
    _subject.narrow(note)
    _laterality.assign(note, eye)
    _tidy(note)
    return note


def _name(note: Note) -> None:
    """Find the mentions: codes and grades, names and bare words segment by segment, then what hangs on them."""
    found = [*_codes.find(note), *_grades.find(note)]
    fixed = list(found)
    carried, sentence = "", -1
    for segment in note.segments:
        if segment.sentence != sentence:
            carried, sentence = "", segment.sentence
        here = _named_in(note, segment, fixed, carried, found)
        found += here
        taken = places(fixed) | places(here)
        carried = _parts.spoken_of(note, segment, taken) or carried
    _sort(note, found)
    _sort(note, [*note.mentions, *_qualified.find(note)])
    answers = _answers.find(note)  # which takes their labels away
    _sort(note, [*note.mentions, *answers])
    _sort(note, [*note.mentions, *_echo.find(note)])


def _named_in(note: Note, segment: Segment, fixed: list[Mention], carried: str, before: list[Mention]) -> list[Mention]:
    """The mentions of one segment, codes and grades aside."""
    fixed = [m for m in fixed if segment.first <= m.first < segment.last]
    blocked = places(fixed)
    text = note.text[note.tokens[segment.first].start : note.tokens[segment.last - 1].end]
    named = _mentions.find(note, segment.first, segment.last, text)
    named = [m for m in named if m.concept != NORMAL and blocked.isdisjoint(range(m.first, m.last))]
    done = _treatments.find(note, segment, named)
    covered = places(done)
    here = [m for m in named if covered.isdisjoint(range(m.first, m.last))] + done
    here += _subject.find(note, segment, blocked | places(here), [*before, *here])
    here += _parts.find(note, segment, carried, [*here, *fixed])
    return here + _normal.find(note, segment, carried, blocked | places(here))


def _sort(note: Note, mentions: Sequence[Mention]) -> None:
    note.mentions = sorted(mentions, key=lambda m: (m.first, m.last))


def _tidy(note: Note) -> None:
    """Drop what others say better: wide names beside their qualifiers, codes beside words, laser beside its scars."""
    for mention in note.mentions:
        if _narrows(mention) and mention.head:
            mention.head.eyes = "".join(eye for eye in mention.head.eyes if eye not in mention.eyes)
    scarred = "".join(
        m.eyes for m in note.mentions if m.status == "present" and m.concept in ("laser_scar", "prp_scars")
    )
    removed = {name: _removed(note, name) for name in REMOVABLE}
    last: Last = {(m.concept, eye): m for m in note.mentions for eye in m.eyes}
    denied: Last = {(m.concept, eye): m for m in note.mentions if m.status == "absent" for eye in m.eyes}
    kept = []
    for mention in note.mentions:
        if mention.status == "present" and mention.concept in REMOVABLE:
            mention.eyes = "".join(eye for eye in mention.eyes if eye not in removed[mention.concept])
        mention.eyes = "".join(eye for eye in mention.eyes if not _over(mention, eye, last, denied))
        if mention.unless:  # "no active X" denies nothing where X stands as a diagnosis
            mention.eyes = "".join(eye for eye in mention.eyes if not _stands(note, mention.concept, eye))
        if mention.concept == "laser_treated_retina" and mention.status == "history":
            mention.eyes = "".join(eye for eye in mention.eyes if eye not in scarred)
        worded = mention.kind == "code" and _worded(note, mention)
        if mention.eyes and not worded:
            kept.append(mention)
    note.mentions = kept


def _removed(note: Note, concept: str) -> str:
    """The eyes from which an operation took a thing, so that it is not there whatever else the note says of it."""
    return "".join(
        m.eyes
        for m in note.mentions
        if m.concept == concept
        and m.status == "history"
        and (m.kind == "treatment" or not {"removal", "removed"}.isdisjoint(m.certainty.split()))
    )


def _over(mention: Mention, eye: str, last: Last, denied: Last) -> bool:
    """Whether the note says later that a thing is gone ("CME OS ... CME resolved"), or answers its own question."""
    if mention.status == "present":
        then = last[mention.concept, eye]
        gone = then.status == "history" and not GONE.isdisjoint(then.certainty.split())
        return gone and then.first > mention.last
    answer = denied.get((mention.concept, eye))
    asked = mention.status == "uncertain" and "?" in mention.certainty
    return asked and answer is not None and answer.first > mention.last


def _narrows(mention: Mention) -> bool:
    """Whether a qualifier says all that its head does: "CSC OS, chronic"."""
    head = mention.head
    if head is None or mention.kind != "name" or head.status != mention.status:
        return False
    return head.concept in concepts.implied((mention.concept,), ())[0]


def _stands(note: Note, concept: str, eye: str) -> bool:
    standing = {concept, *shorthand()["lasting"]["seats"].get(concept, ())}  # of vessels, the disease that grows them
    return any(
        eye in m.eyes and m.status == "present" and not standing.isdisjoint(concepts.implied((m.concept,), ())[0])
        for m in note.mentions
    )


def _worded(note: Note, code: Mention) -> bool:
    """Whether words behind a code in its segment say the same, or a kind of it, of the same eye."""
    segment = note.segment_of(code.first)
    return any(
        m.kind != "code"
        and m.first > code.first
        and code.concept in concepts.implied((m.concept,), ())[0]
        and set(code.eyes) <= set(m.eyes)
        for m in note.within(segment)
    )
