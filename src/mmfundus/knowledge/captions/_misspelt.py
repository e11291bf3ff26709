"""Slips of the keyboard in the longer words of the trade: "macualr", "membrne", "catract".

A word that nobody knows and that one slip (a letter left out, doubled, exchanged, or two turned
round) leads to exactly one known word is taken for that word. Short words are left alone, and so
are ordinary ones that look like them ("serious" is no "serous"; shorthand.toml, `ordinary`).
"""

import functools
import re
from collections.abc import Iterator, Mapping

from mmfundus.knowledge import concepts, spelling

WORD = re.compile(r"[a-z]+")
SHORTEST = 7  # letters: below, one slip may lead anywhere


def mended(word: str, ordinary: frozenset[str]) -> str:
    """The known word that a stem is a slip of; the stem itself where none or several are."""
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()) or word in _known() or word in ordinary:
        return word
    near = {known for form in _forms(word) for known in _by_form().get(form, ())}
    found = [known for known in near if known[0] == word[0] and _one_slip(word, known)]
    stems = {"".join(spelling.words(one)) for one in found}
    return stems.pop() if len(stems) == 1 else word


@functools.cache
def _known() -> frozenset[str]:
    """The words of all names, as they are written and as they are compared."""
    texts = (text for one in concepts.concepts().values() for text in (*one.names, *one.aliases))
    written = {word for text in texts for word in WORD.findall(text.lower())}
    return frozenset(written | {stem for word in written for stem in spelling.words(word)})


@functools.cache
def _by_form() -> Mapping[str, tuple[str, ...]]:
    """Known words by themselves and by what is left of them without one letter."""
    found: dict[str, list[str]] = {}
    for word in _known():
        for form in _forms(word) if len(word) >= SHORTEST and word.isalpha() else ():
            found.setdefault(form, []).append(word)
    return {form: tuple(words) for form, words in found.items()}


def _forms(word: str) -> Iterator[str]:
    yield word
    yield from {word[:at] + word[at + 1 :] for at in range(len(word))}


def _one_slip(written: str, known: str) -> bool:
    """Whether a letter too many, too few or another one, or two turned round, is all that differs."""
    start = next((i for i, (a, b) in enumerate(zip(written, known, strict=False)) if a != b), 0)
    rest, other = written[start:], known[start:]
    turned = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:] or turned == other
