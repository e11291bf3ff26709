"""Names of people in a clinical note.

A name is found by what stands around it (a title, a field, "seen by", "MD", a date of birth) or by what it is not: two
capitalised words in a row that neither the knowledge base nor words.toml knows. A disease's eponym is a known word
and stays, unless a title says that a person is meant. One unknown word without any sign is left, for most
of those are no names: this finds many names, and not all.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from mmfundus.knowledge.redaction._lists import PART, is_known, listed, phrases
from mmfundus.knowledge.redaction._words import BLANK, COMMA, Word, Words
from mmfundus.knowledge.redaction.cuts import Cut

SHORTEST = 3  # letters of a name that is looked for elsewhere in the note

TITLE = re.compile(rf"\b(?:{phrases('titles')})\b\.?\s{{1,3}}", re.IGNORECASE)
SURE_TITLES = ("Mr", "Mrs", "Dr", "Prof", "mr", "mrs", "dr", "prof")  # also before a name without a capital; not "DR"
FIELD = re.compile(rf"(?<![\w-])(?:{phrases('name_fields')})\s?[:=]\s{{0,4}}", re.IGNORECASE)
COLON = re.compile(rf"(?<![\w/-])(?:{phrases('before_names', 'before_colon')})\s?[:=]\s{{0,4}}", re.IGNORECASE)
BEFORE = re.compile(rf"(?<![\w/-])(?:{phrases('before_names')})[.,]?\s{{1,3}}\(?", re.IGNORECASE)
INITIALS = re.compile(r",\s[A-Z]\.(?:\s?[A-Z]\.){0,2}(?!\w)")  # "Nguyen, T."
AND = re.compile(r"\s(?:and|&)\s")
CLOSING = re.compile(rf"\b(?:{phrases('closings')})\b[,.]?\s{{0,3}}\n\s{{0,3}}", re.IGNORECASE)
BEHIND = re.compile(
    rf"[,.]?\s{{0,3}}(?:\|\s?)?(?:(?:[fm]|female|male)\s{{1,3}}(?:\|\s?)?)?\(?(?:(?-i:{phrases('credentials').upper()}|FRCOphth|MRCOphth|PhD)(?!\w)"
    r"|\d{1,3}\s?(?:(?-i:[MF])\b|y/?o\b|y\.o|ye?a?rs?\b|-year)"
    r"|(?:d\.?o\.?b|date of birth|born|mrn|nhs|hosp|chi|address|tel|ph|phone)\b)",
    re.IGNORECASE,
)
# What only a person does: one unknown word before it is a name.
DOES = re.compile(rf"\s(?:{phrases('person_verbs')})\b")


def cuts(note: str) -> Iterator[Cut]:
    """Names where something says that they are, and wherever else in the note their words stand."""
    words = Words(note)
    found = [*_behind_signs(words), *_before_signs(words), *_unknown(words)]
    yield from found
    yield from again(words, found)


def again(words: Words, found: Iterable[Cut]) -> Iterator[Cut]:
    """The words of names that were found, wherever they stand; not those that mean something else too."""
    inside = {word.key for cut in found for word in words.within(cut)}
    wanted = {key for key in inside if len(key) >= SHORTEST and not all(map(is_known, PART.findall(key)))}
    for word in words.all:
        if word.key in wanted:
            yield Cut("NAME", word.start, word.end)


def _behind_signs(words: Words) -> Iterator[Cut]:
    for sign in TITLE.finditer(words.note):
        for cut in _name(words, sign.end(), partial(_after_title, words, sign)):
            yield cut
            both = AND.match(words.note, cut.end)
            yield from _name(words, both.end(), words.titled) if both else ()
    for sign in FIELD.finditer(words.note):
        yield from _name(words, sign.end(), lambda word: word.key not in listed("labels"), COMMA)
    for sign in COLON.finditer(words.note):
        yield from _name(words, sign.end(), words.unknown, COMMA)
    for sign in BEFORE.finditer(words.note):
        yield from _name(words, sign.end(), words.titled)
    for sign in CLOSING.finditer(words.note):
        yield from _name(words, sign.end(), words.unknown)


def _name(words: Words, position: int, accepts: Callable[[Word], bool], gap: re.Pattern[str] = BLANK) -> Iterator[Cut]:
    """The name at a position, if one begins there."""
    first = words.at(position)
    if first < len(words.all) and words.all[first].start == position:
        cut = words.following(first, accepts, gap)
        if cut is not None:
            yield cut


def _after_title(words: Words, sign: re.Match[str], word: Word) -> bool:
    """The first word after a title, if it has a capital or the title is sure; later ones if they are unknown."""
    if word.start > sign.end():
        return words.titled(word) or (sign[0].isupper() and words.unknown(word))
    if word.key in listed("labels") or len(word.text) < 2:
        return False
    if sign[0].isupper():  # "DR" is diabetic retinopathy more often than a doctor
        return words.unknown(word) and len(word.text) > SHORTEST
    if word.text.isupper():
        return len(word.text) > SHORTEST
    return word.text[0].isupper() or (sign[0].strip(". \n") in SURE_TITLES and not is_known(word.key))


def _before_signs(words: Words) -> Iterator[Cut]:
    for sign in BEHIND.finditer(words.note):
        cut = words.preceding(sign.start(), lambda word: words.titled(word) or _loud(words, word))
        if cut is not None:
            yield cut
    for sign in DOES.finditer(words.note):
        cut = words.preceding(sign.start(), words.titled)
        if cut is not None:
            yield cut


def _unknown(words: Words) -> Iterator[Cut]:
    """Given names, and two or more unknown words in a row, or one behind initials."""
    for at, word in enumerate(words.all):
        given = word.key in listed("given") and words.unknown(word)
        if not (given or words.titled(word) or _initial(words, word)):
            continue
        loud = given and word.text.isupper()
        cut = words.following(at, words.unknown if loud else words.titled)
        if cut is None:
            continue
        initials = INITIALS.match(words.note, cut.end)
        if initials is not None:
            cut = cut._replace(end=initials.end())
        if given or initials is not None or len(words.within(cut)) > 1:
            yield cut
    for one, two in itertools.pairwise(range(len(words.all))):
        if words.joined(two) and _loud(words, words.all[one]) and _loud(words, words.all[two]):
            yield Cut("NAME", words.all[one].start, words.all[two].end)


def _loud(words: Words, word: Word) -> bool:
    """Unknown, in capitals, and too long for most abbreviations."""
    return words.unknown(word) and (len(word.text) > SHORTEST or word.key in listed("given"))


def _initial(words: Words, word: Word) -> bool:
    """The letter and full stop before a name: "J. Alder"."""
    return len(word.text) == 1 and word.text.isupper() and words.note[word.end : word.end + 1] == "."
