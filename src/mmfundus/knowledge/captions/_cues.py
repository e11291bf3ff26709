"""Cues: words that deny, doubt, place in the past or in the future. From cues.toml, found by longest match."""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mmfundus.knowledge.captions._text import Token, tokens

LONGEST = 8  # words of a cue


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands in the note, with what it means before and behind a statement."""

    first: int
    last: int
    before: str  # what it says of the statement that follows it; "" = nothing
    behind: str  # what it says of the statement that it follows
    text: str


@functools.cache
def file() -> Mapping[str, Any]:
    """The content of cues.toml."""
    return tomllib.loads((resources.files("mmfundus.knowledge") / "cues.toml").read_text(encoding="utf-8"))


@functools.cache
def listed(table: str, name: str) -> frozenset[tuple[str, ...]]:
    """One list of cues, each as its words in small letters."""
    return frozenset(split(text) for text in file()[table].get(name, ()))


@functools.cache
def words(table: str, name: str) -> frozenset[str]:
    """One list of single words."""
    return frozenset(file()[table].get(name, ()))


@functools.lru_cache(maxsize=1 << 13)
def split(text: str) -> tuple[str, ...]:
    """A cue as the note's own tokens would be."""
    return tuple(token.low for token in tokens(text))


@functools.cache
def _index() -> Mapping[str, Mapping[tuple[str, ...], dict[str, str]]]:
    """First word -> whole cue -> direction -> meaning, and the cue as the file writes it."""
    index: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    for direction in ("before", "behind"):
        for meaning, texts in file()[direction].items():
            for text in texts:
                cue = split(text)
                index.setdefault(cue[0], {}).setdefault(cue, {"text": text})[direction] = meaning
    return index


def find(note: Sequence[Token], first: int, last: int, taken: frozenset[int]) -> list[Cue]:
    """The cues in a range of tokens, the longest at each place; none uses a word that is taken."""
    found: list[Cue] = []
    place = first
    index = _index()
    while place < last:
        best: tuple[str, ...] = ()
        for cue in index.get(note[place].low, ()):
            end = place + len(cue)
            if (
                len(cue) > len(best)
                and end <= last
                and tuple(token.low for token in note[place:end]) == cue
                and not any(one in taken for one in range(place, end))
            ):
                best = cue
        if not best:
            place += 1
            continue
        meaning = index[best[0]][best]
        found.append(
            Cue(place, place + len(best), meaning.get("before", ""), meaning.get("behind", ""), meaning["text"])
        )
        place += len(best)
    return found
