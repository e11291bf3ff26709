"""Addresses of people and names of institutions in a clinical note."""

import re
from collections.abc import Callable, Iterator

from mmfundus.knowledge.redaction._lists import listed, phrases
from mmfundus.knowledge.redaction._words import Word, Words
from mmfundus.knowledge.redaction.cuts import Cut

MOST = 5  # capitalised words of a street or an institution
HOUSE = re.compile(
    r"\b(?:(?:flat|apt\.?|apartment|unit|suite|no\.?)\s)?\d{1,5}[A-Za-z]?(?:[/-]\d{1,4})?,?[^\S\n]{1,2}$", re.IGNORECASE
)
FLAT = re.compile(r",?\s(?:apt|apartment|flat|unit|suite|#)\.?\s?\w{1,5}\b", re.IGNORECASE)
TOWN = re.compile(r"(?:,|,?\n|,?[^\S\n])[^\S\n]{0,2}")
CODE = re.compile(
    r",?\s{0,2}(?:[A-Z]{2},?\s)?(?:\d{5}(?:-\d{4})?\b|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\d{4}\b(?=\W*$))"
)
FIELD = re.compile(
    r"\b(?:home |postal )?address\s?[:=]\s{0,4}(?P<it>[^\n;]{1,120}?)"
    r"(?=\.?\s{2,}|\.\s|;|\s*\n|\s+[A-Za-z]{2,10}\s?:|$)",
    re.IGNORECASE,
)
LIVES = re.compile(rf"\b(?:{phrases('before_places')})\s", re.IGNORECASE)


def cuts(note: str) -> Iterator[Cut]:
    """Streets with what follows of an address, institutions, and where somebody is said to live."""
    words = Words(note)
    for found in FIELD.finditer(note):
        code = CODE.search(note, *found.span("it"))
        yield Cut("PLACE", found.start("it"), code.end() if code else found.end("it"))
    for found in LIVES.finditer(note):
        cut = words.following(words.at(found.end()), words.titled)
        if cut is not None and cut.start == found.end():
            yield cut._replace(kind="PLACE")
    for at, word in enumerate(words.all):
        if word.text[0].isupper() and (word.key in listed("streets") or word.text in listed("streets_short")):
            yield from _street(words, at)
        elif word.text[0].isupper() and word.key in listed("institutions"):
            yield from _institution(words, at)


def _street(words: Words, at: int) -> Iterator[Cut]:
    """A street by its last word: with a number before it, or with a name that is in no list."""
    first = _run(words, at, _upper)
    if first == at:
        return
    house = HOUSE.search(words.note, max(0, words.all[first].start - 24), words.all[first].start)
    if house is None:
        first = _run(words, at, words.titled)
        if first == at or words.all[at].text in listed("streets_short"):
            return
    start = words.all[first].start if house is None else house.start()
    yield Cut("PLACE", start, _rest_of_address(words, words.all[at].end))


def _rest_of_address(words: Words, end: int) -> int:
    """Where an address ends that goes on with towns and a postcode."""
    flat = FLAT.match(words.note, end)
    end = flat.end() if flat else end
    for _ in range(3):
        gap = TOWN.match(words.note, end)
        town = words.following(words.at(gap.end()), _capital) if gap else None
        if town is None or gap is None or town.start != gap.end() or not words.names(town):
            break
        end = town.end
    code = CODE.match(words.note, end)
    return code.end() if code else end


def _institution(words: Words, at: int) -> Iterator[Cut]:
    """An institution by its last word, if a word before it is in no list."""
    first = _run(words, at, lambda word: words.titled(word) or word.key in listed("institution_words"))
    if any(words.titled(word) for word in words.all[first:at]):
        yield Cut("PLACE", words.all[first].start, _rest_of_address(words, words.all[at].end))


def _upper(word: Word) -> bool:
    return word.text[0].isupper()


def _capital(word: Word) -> bool:
    return word.text[0].isupper() and not word.text.isupper()


def _run(words: Words, at: int, accepts: Callable[[Word], bool]) -> int:
    """Number of the first of the accepted words that stand directly before a word."""
    first = at
    while first > 0 and at - first < MOST and words.joined(first) and accepts(words.all[first - 1]):
        first -= 1
    return first
