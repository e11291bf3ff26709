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
from mmfundus.knowledge.captions import _parts, _phrases
from mmfundus.knowledge.captions._text import shorthand, stem

ARTICLES = frozenset({"the", "a", "an"})
LINKS = frozenset({"of", "in", "at", "on"})
APART = frozenset({"with", "from", "without", "after"})  # such names are no name and a qualifier
MOST = 60  # wordings that one name may grow to
LONGEST = 4  # words of a qualifier

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
    base: dict[Words, str] = {}
    short: dict[str, Abbreviation] = {}
    for concept in dictionary.concepts.values():
        for name in (concept.id.replace("_", " "), *concept.names, *concept.aliases):
            base.setdefault(split(name), concept.id)
        for abbreviation in concept.abbreviations:
            if meanings := dictionary.abbreviation(abbreviation):
                short["".join(_phrases.stems(abbreviation))] = meanings
    for concept, texts in shorthand()["called"].items():
        for text in texts:
            base.setdefault(split(text), concept)
    wordings = dict(base)
    for words, owner in base.items():
        for other in _wordings(words, owner, base):
            wordings.setdefault(other, owner)
    for key in [words for words in wordings if words == ("suspect", "glaucoma")]:
        del wordings[key]  # "suspect glaucoma OS" doubts; a glaucoma suspect is one
    alone = _parts.bare() | {phrase[0] for phrase in _phrases.all_of("parts") if len(phrase) == 1}
    whole = {"".join(words): owner for words, owner in wordings.items() if len(words) > 1 or words[0] not in alone}
    return Names(whole, short, _qualifiers(wordings), tuple(sorted({*whole, *short})))


def split(name: str) -> Words:
    """A name as stems, articles left out."""
    return tuple(word for word in _phrases.stems(name) if word not in ARTICLES)


def _wordings(words: Words, concept: str, base: Mapping[Words, str]) -> Iterator[Words]:
    """Other wordings of one name; several exchanges may come together."""
    seen, queue = {words}, [words]
    while queue and len(seen) < MOST:
        current = queue.pop(0)
        for other in (*_exchanged(current), *_shortened(current, concept, base), *_turned(current)):
            if other not in seen:
                seen.add(other)
                queue.append(other)
                yield other


def _exchanged(words: Words) -> Iterator[Words]:
    """With a phrase put in the place of one that means the same, the longest of its group."""
    for group in _same():
        phrase = next((p for p in group if len(p) < len(words) and _at(words, p) >= 0), ())
        at = _at(words, phrase)
        for other in group if phrase else ():
            if other != phrase:
                yield (*words[:at], *other, *words[at + len(phrase) :])


@functools.cache
def _same() -> tuple[tuple[Words, ...], ...]:
    groups = shorthand()["same"].values()
    return tuple(tuple(sorted((split(text) for text in group), key=len, reverse=True)) for group in groups)


def _shortened(words: Words, concept: str, base: Mapping[Words, str]) -> Iterator[Words]:
    """With the name of another concept inside it abbreviated: "severe NPDR"; no "non-PDR"."""
    for size in range(len(words) - 1, 1, -1):
        for at in range(len(words) - size + 1):
            inner = base.get(words[at : at + size])
            if inner and inner != concept and words[at - 1 : at] != ("non",):
                for key in _abbreviations(inner):
                    yield (*words[:at], key, *words[at + size :])


@functools.cache
def _abbreviations(concept: str) -> tuple[str, ...]:
    return tuple(stem(short.lower()) for short in concepts.concepts()[concept].abbreviations)


def _turned(words: Words) -> Iterator[Words]:
    for at, word in enumerate(words):
        if word in LINKS and 0 < at < len(words) - 1:
            yield (*words[at + 1 :], *words[:at])


def _at(words: Words, phrase: Words) -> int:
    """Where a phrase stands among words; -1 for nowhere."""
    starts = range(len(words) - len(phrase) + 1)
    return next((at for at in starts if words[at : at + len(phrase)] == phrase), -1)


def _qualifiers(wordings: Mapping[Words, str]) -> Mapping[str, Mapping[Words, str]]:
    """What must stand beside a wide name to make it a narrow one: "severe" beside NPDR."""
    by_concept: dict[str, list[Words]] = {
        name: [(key,) for key in _abbreviations(name)] for name in concepts.concepts()
    }
    for words, owner in wordings.items():
        by_concept[owner].append(words)
    found: dict[str, dict[Words, str]] = {}
    for concept in by_concept:
        for wide in concepts.implied((concept,), ())[0] - {concept}:
            inner = sorted(by_concept[wide], key=len, reverse=True)
            for words in by_concept[concept]:
                rest = _rest(words, inner)
                if rest and len(rest) <= LONGEST and APART.isdisjoint(rest):
                    found.setdefault(wide, {}).setdefault(rest, concept)
    return found


def _rest(words: Words, inner: list[Words]) -> Words:
    """What a name has beside the longest of the names that may stand within it."""
    for phrase in inner:
        at = _at(words, phrase) if len(phrase) < len(words) else -1
        if at >= 0:
            return tuple(word for word in (*words[:at], *words[at + len(phrase) :]) if word not in LINKS)
    return ()


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
    usual = shorthand()["usual"].get(spelling.key(abbreviation.short))
    if several and usual:
        return str(usual)
    for context in contexts[:1] if usual else contexts:
        around = _padded(context)
        settled = [name for name, said in meanings.items() if any(_padded(word) in around for word in said)]
        if len(settled) == 1:
            return settled[0] if settled[0] in abbreviation.concepts else ""
    return str(usual or "")


@functools.lru_cache(maxsize=1 << 10)
def _padded(text: str) -> str:
    """The words of a text with a space at either side of each, so that whole words are found in it."""
    return f" {' '.join(spelling.words(text))} "
