"""Every wording by which the knowledge base knows a concept, ready to be found in running text.

A name is kept as its key: the stems of its words written as one, articles left out, so that
"non proliferative" and "nonproliferative" are one name. From each name others follow: parts of it
that have other names of their own ("age-related macular degeneration" within "wet ..."), words
that mean the same (shorthand.toml, `same`), and its words turned round ("oedema of the macula").
"""

import bisect
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mmfundus.knowledge import concepts, spelling
from mmfundus.knowledge.abbreviations import Abbreviation
from mmfundus.knowledge.captions import _parts
from mmfundus.knowledge.captions._text import shorthand, stem
from mmfundus.knowledge.spelling import key as plain_key

ARTICLES = frozenset({"the", "a", "an"})
LINKS = frozenset({"of", "in", "at", "on"})
MOST = 60  # wordings that one name may grow to

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The wordings: names by key, abbreviations by key, and what qualifies a wide name into a narrow one."""

    whole: Mapping[str, str]  # key -> concept
    short: Mapping[str, Abbreviation]  # key -> what it may mean
    qualifiers: Mapping[str, Mapping[Words, str]]  # wide concept -> words beside it -> narrow concept
    ordered: tuple[str, ...]  # all keys, sorted

    def begins(self, text: str) -> bool:
        """Whether any key begins so."""
        place = bisect.bisect_left(self.ordered, text)
        return place < len(self.ordered) and self.ordered[place].startswith(text)


@functools.cache
def shipped() -> Names:
    """The wordings of the dictionary that ships."""
    dictionary = concepts.shipped()
    short: dict[str, Abbreviation] = {}
    base: dict[Words, str] = {}
    for concept in dictionary.concepts.values():
        for name in (concept.id.replace("_", " "), *concept.names, *concept.aliases):
            base.setdefault(split(name), concept.id)
        for abbreviation in concept.abbreviations:
            if meanings := dictionary.abbreviation(abbreviation):
                short["".join(_parts.stems(abbreviation))] = meanings
    whole = dict(base)
    for words, concept in base.items():
        for other in _wordings(words, concept, base, short):
            whole.setdefault(other, concept)
    parts = frozenset(phrase[0] for options in _parts.phrases("parts").values() for phrase in options if len(phrase) == 1)
    found = {
        "".join(words): concept
        for words, concept in whole.items()
        if len(words) > 1 or words[0] not in _parts.bare() | parts  # "choroidals" is but the choroid
    }
    return Names(found, short, _qualifiers(whole, short), tuple(sorted({*found, *short})))


def split(name: str) -> Words:
    """A name as stems, articles left out."""
    return tuple(word for word in _parts.stems(name) if word not in ARTICLES)


def _wordings(words: Words, concept: str, base: Mapping[Words, str], short: Mapping[str, Abbreviation]) -> Iterator[Words]:
    """Other wordings of one name; several exchanges may come together."""
    seen, queue = {words}, [words]
    while queue and len(seen) < MOST:
        current = queue.pop(0)
        for other in (*_exchanged(current), *_shortened(current, concept, base, short), *_turned(current)):
            if other not in seen:
                seen.add(other)
                queue.append(other)
                yield other


def _exchanged(words: Words) -> Iterator[Words]:
    for group in _same():
        for phrase in group:
            at = _find(words, phrase)
            if at >= 0 and len(words) > len(phrase):
                longer = any(len(o) > len(phrase) and _find(words, o) >= 0 for o in group)
                if not longer:
                    for other in group:
                        if other != phrase:
                            yield (*words[:at], *other, *words[at + len(phrase) :])
                break


@functools.cache
def _same() -> tuple[tuple[Words, ...], ...]:
    return tuple(
        tuple(sorted((split(text) for text in texts), key=len, reverse=True)) for texts in shorthand()["same"].values()
    )


def _shortened(words: Words, concept: str, base: Mapping[Words, str], short: Mapping[str, Abbreviation]) -> Iterator[Words]:
    """With the name of a wider concept inside it abbreviated: "severe NPDR"."""
    for size in range(len(words) - 1, 1, -1):
        for at in range(len(words) - size + 1):
            if at and words[at - 1] == "non":  # "non-proliferative ..." is no kind of proliferative
                continue
            inner = base.get(words[at : at + size])
            if inner and inner != concept:
                for key in _abbreviations(inner):
                    yield (*words[:at], key, *words[at + size :])


@functools.cache
def _abbreviations(concept: str) -> tuple[str, ...]:
    return tuple(stem(short.lower()) for short in concepts.concepts()[concept].abbreviations)


def _turned(words: Words) -> Iterator[Words]:
    for at, word in enumerate(words):
        if word in LINKS and 0 < at < len(words) - 1:
            yield (*words[at + 1 :], *words[:at])


def _find(words: Words, phrase: Words) -> int:
    for at in range(len(words) - len(phrase) + 1):
        if words[at : at + len(phrase)] == phrase:
            return at
    return -1


def _qualifiers(whole: Mapping[Words, str], short: Mapping[str, Abbreviation]) -> Mapping[str, Mapping[Words, str]]:
    """What must stand beside a wide name to make it a narrow one: "severe" beside NPDR."""
    dictionary = concepts.shipped()
    by_concept: dict[str, list[Words]] = {}
    for words, concept in whole.items():
        by_concept.setdefault(concept, []).append(words)
    for concept in dictionary.concepts:
        by_concept.setdefault(concept, []).extend((key,) for key in _abbreviations(concept))
    found: dict[str, dict[Words, str]] = {}
    for concept in dictionary.concepts:
        for wide in dictionary.implied((concept,), ())[0] - {concept}:
            inner = sorted(by_concept[wide], key=len, reverse=True)
            for words in by_concept[concept]:
                at, phrase = next(((a, p) for p in inner if len(p) < len(words) and (a := _find(words, p)) >= 0), (-1, ()))
                rest = (*words[:at], *words[at + len(phrase) :]) if at >= 0 else ()
                rest = tuple(word for word in rest if word not in LINKS)
                if rest and len(rest) <= 4 and not set(rest) & {"with", "from", "without", "after"}:
                    found.setdefault(wide, {}).setdefault(rest, concept)
    return found


def meaning(abbreviation: Abbreviation, *contexts: str, several: bool = False) -> str:
    """The concept that an abbreviation stands for; "" where nothing is certain or usual.

    Args:
        abbreviation: what was read.
        contexts: the words beside it, then ever wider ones; the wider ones count only where nothing is usual.
        several: written as a plural ("MAs"), which fits the usual meaning alone.
    """
    meanings = {**abbreviation.concepts, **abbreviation.also, **abbreviation.elsewhere}
    if len(meanings) == 1:
        return next(iter(meanings))
    usual = shorthand()["usual"].get(plain_key(abbreviation.short))
    if several and usual:
        return str(usual)
    for context in contexts[:1] if usual is not None else contexts:
        around = _padded(context)
        settled = [name for name, said in meanings.items() if any(_padded(word) in around for word in said)]
        if len(settled) == 1:
            return settled[0] if settled[0] in abbreviation.concepts else ""
    return str(usual or "")


@functools.lru_cache(maxsize=1 << 10)
def _padded(text: str) -> str:
    """The words of a text with a space at either side of each, so that whole words are found in it."""
    return f" {' '.join(spelling.words(text))} "
