"""Phrases of the tables of shorthand.toml, as stems, and where they stand in a note: parts of an eye, conditions."""

import functools
from collections.abc import Mapping, Set
from dataclasses import dataclass

from mmfundus.knowledge.captions._note import Note
from mmfundus.knowledge.captions._text import shorthand, tokens


@dataclass(frozen=True, slots=True)
class Phrase:
    """Where words of a table stand, and what they may be."""

    first: int
    last: int
    names: tuple[str, ...]


def stems(text: str) -> tuple[str, ...]:
    """A phrase as the stems of its words."""
    return tuple(token.stem for token in tokens(text) if token.stem)


@functools.cache
def phrases(table: str) -> Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]]:
    """First stem -> phrase -> what it may be, of parts or conditions."""
    found: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {}
    for name, texts in shorthand()[table].items():
        for text in texts:
            phrase = stems(text)
            known = found.setdefault(phrase[0], {})
            known[phrase] = (*known.get(phrase, ()), name)
    return found


def all_of(table: str) -> tuple[tuple[str, ...], ...]:
    """Every phrase of a table."""
    return tuple(phrase for options in phrases(table).values() for phrase in options)


def occurrences(note: Note, first: int, last: int, table: str, taken: Set[int]) -> list[Phrase]:
    """Where phrases of a table stand in a range; none of their words is taken."""
    found, place = [], first
    while place < last:
        phrase = _at(note, place, last, table, taken) if place not in taken and note.tokens[place].stem else None
        if phrase:
            found.append(phrase)
        place = phrase.last if phrase else place + 1
    return found


def _at(note: Note, place: int, last: int, table: str, taken: Set[int]) -> Phrase | None:
    """The longest phrase of a table that begins here."""
    options = phrases(table).get(note.tokens[place].stem)
    if not options:
        return None
    best, longest = None, max(map(len, options))
    words: tuple[str, ...] = ()
    for end in range(place, min(place + 2 * longest, last)):
        token = note.tokens[end]
        if end in taken or len(words) == longest:
            break
        if token.stem:
            words = (*words, token.stem)
            if words in options:
                best = Phrase(place, end + 1, options[words])
        elif not (token.text in "-/" and token.gap == 0):
            break
    return best
