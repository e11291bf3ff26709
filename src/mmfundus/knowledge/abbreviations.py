"""Abbreviations that mean several things, and what settles which.

Concepts may share an abbreviation; abbreviations.toml adds what else it stands for outside the
concepts, and the words beside it that make one meaning certain. A block's keys are

concepts    concept id = words that settle it for this concept
elsewhere   a meaning no picture of the back of the eye can show (a time of day, the cornea) = words.
            Such a meaning falls away where the text is a label of a picture
also        a meaning that is no concept but may be said of a picture (the optic nerve) = words
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mmfundus.errors import WorkError
from mmfundus.knowledge.blocks import only, tables, texts
from mmfundus.knowledge.spelling import key, words

Triggers = Mapping[str, tuple[str, ...]]  # meaning -> words that settle it


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """What one abbreviation may mean."""

    short: str
    concepts: Triggers
    elsewhere: Triggers = field(default_factory=dict)
    also: Triggers = field(default_factory=dict)

    def meant(self, visible: Collection[str] | None = None, context: str = "") -> str:
        """The concept that is certainly meant; "" where it is not certain.

        Args:
            visible: ids of all that the picture can show of which this is a label; None = it is no label.
            context: words around it.
        """
        meanings = {**self.concepts, **self.also, **self.elsewhere}
        if visible is not None and len(meanings) > 1:
            seen = {name: said for name, said in self.concepts.items() if name in visible}
            meanings = {**seen, **self.also}
        if len(meanings) > 1:
            around = _padded(context)
            settled = [name for name, said in meanings.items() if any(_padded(word) in around for word in said)]
            meanings = {name: meanings[name] for name in settled} if len(settled) == 1 else meanings
        certain = next(iter(meanings)) if len(meanings) == 1 else ""
        return certain if certain in self.concepts else ""

    def choices(self) -> str:
        """All meanings, for a sentence."""
        return ", ".join([*(repr(name) for name in self.concepts), *self.elsewhere, *self.also])


def parse(text: str, owners: Mapping[str, tuple[str, ...]]) -> dict[str, Abbreviation]:
    """All abbreviations by key: those of the file, and those that concepts alone have.

    Args:
        text: TOML.
        owners: key of an abbreviation -> ids of the concepts that list it.
    """
    found = {short: Abbreviation(short, dict.fromkeys(ids, ())) for short, ids in owners.items()}
    for short, block in tables(text, "abbreviations").items():
        if key(short) not in found:
            raise WorkError(f"No concept lists the abbreviation {short!r}, which the file of abbreviations explains.")
        found[key(short)] = _abbreviation(short, block, owners[key(short)])
    return found


def _abbreviation(short: str, block: Mapping[str, Any], owners: tuple[str, ...]) -> Abbreviation:
    only(block, ("concepts", "elsewhere", "also"), f"The abbreviation {short!r}")
    meanings: dict[str, Triggers] = {}
    taken: dict[tuple[str, ...], str] = {}
    for kind in ("concepts", "elsewhere", "also"):
        named = {m: texts(said, f"{m!r} of the abbreviation {short!r}") for m, said in block.get(kind, {}).items()}
        for meaning, said in named.items():
            for word in map(words, said):
                if taken.setdefault(word, meaning) != meaning:
                    raise WorkError(f"{' '.join(word)!r} settles {short!r} for both {taken[word]!r} and {meaning!r}.")
        meanings[kind] = MappingProxyType(named)
    for concept in meanings["concepts"]:
        if concept not in owners:
            raise WorkError(f"{concept!r} is a meaning of {short!r}, but does not list that abbreviation.")
    every = {concept: meanings["concepts"].get(concept, ()) for concept in owners}
    if sum(map(len, (every, meanings["elsewhere"], meanings["also"]))) < 2:
        raise WorkError(f"The abbreviation {short!r} has one meaning and needs no block of its own.")
    return Abbreviation(short, MappingProxyType(every), meanings["elsewhere"], meanings["also"])


def _padded(text: str) -> str:
    """The words of a text with a space at either side of each, so that whole words are found in it."""
    return f" {' '.join(words(text))} "
