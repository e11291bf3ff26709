"""Cues: words that deny, doubt, place in the past or in the future. From cues.toml, found by longest match."""

import functools
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mmfundus.knowledge.captions._note import Note
from mmfundus.knowledge.captions._text import tokens


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands in the note, with what it means before and behind a statement."""

    first: int
    last: int
    before: str  # what it says of the statement that follows it; "" = nothing
    behind: str  # what it says of the statement that it follows
    text: str  # as the file writes it


@functools.cache
def file() -> Mapping[str, Any]:
    """The content of cues.toml."""
    return tomllib.loads((resources.files("mmfundus.knowledge") / "cues.toml").read_text(encoding="utf-8"))


@functools.cache
def words(table: str, name: str) -> frozenset[str]:
    """One list of the file."""
    return frozenset(file()[table].get(name, ()))


@functools.lru_cache(maxsize=1 << 12)
def split(text: str) -> tuple[str, ...]:
    """A cue as the note's own tokens would be."""
    return tuple(token.low for token in tokens(text))


@functools.cache
def _index() -> Mapping[str, Mapping[tuple[str, ...], Mapping[str, str]]]:
    """First word -> whole cue -> direction -> meaning, and the cue as the file writes it."""
    index: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    for direction in ("before", "behind"):
        for meaning, texts in file()[direction].items():
            for text in texts:
                cue = split(text)
                index.setdefault(cue[0], {}).setdefault(cue, {"text": text})[direction] = meaning
    return index


def find(note: Note, first: int, last: int, taken: Set[int]) -> list[Cue]:
    """The cues in a range of tokens, the longest at each place; none uses a word that is taken."""
    found: list[Cue] = []
    place, index = first, _index()
    while place < last:
        options = index.get(note.tokens[place].low)
        best: tuple[str, ...] = ()
        for cue in options or ():
            end = place + len(cue)
            if (
                len(best) < len(cue) <= last - place
                and tuple(note.lows(place, end)) == cue
                and taken.isdisjoint(range(place, end))
            ):
                best = cue
        if options and best:
            said = options[best]
            found.append(Cue(place, place + len(best), said.get("before", ""), said.get("behind", ""), said["text"]))
        place += max(len(best), 1)
    return found
