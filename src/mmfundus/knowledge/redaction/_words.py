"""The words of a clinical note, and which of them may be names by what they look like and by the lists."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mmfundus.knowledge.redaction._lists import LETTER, PART, is_known, listed, phrases
from mmfundus.knowledge.redaction.cuts import Cut

LONGEST = 6  # words of a name, initials and particles among them
WORD = re.compile(rf"(?:{LETTER})+(?:['’ʼ-](?:{LETTER})+)*")
POSSESSIVE = re.compile(r"['’ʼ]s$", re.IGNORECASE)
# What a note writes small is no name; but for the parts of a mail address.
PLAIN = re.compile(rf"(?<![^\s(])(?:(?![A-Z]){LETTER})+(?=[,.;:)]?(?:\s|$))")
BLANK = re.compile(r"[^\S\n]{1,2}")
COMMA = re.compile(r",?[^\S\n]{1,2}")  # "SPECIMEN, GERTRUDE"
AFTER_INITIAL = re.compile(r"\.?[^\S\n]{0,2}")
EPONYM = re.compile(rf"\b(?:{phrases('eponyms_of_two')})\b", re.IGNORECASE)


class Word(NamedTuple):
    """A word of a note without its genitive's ending, where it stands, and what a list would call it."""

    text: str
    start: int
    end: int
    key: str


class Words:
    """The words of a note, and which of them may be names."""

    def __init__(self, note: str) -> None:
        self.note = note
        self.all = [_word(found) for found in WORD.finditer(note) if not _unit(found)]
        self._starts = [word.start for word in self.all]
        self._plain = {found[0] for found in PLAIN.finditer(note)}
        eponyms = [Cut("NAME", *found.span()) for found in EPONYM.finditer(note)]
        self._eponyms = {word.start for cut in eponyms for word in self.within(cut)}

    def at(self, position: int) -> int:
        """Number of the first word that does not begin before a position."""
        return bisect_left(self._starts, position)

    def unknown(self, word: Word) -> bool:
        """Capitalised, of two letters at least, and in no list: a name, as far as words alone can tell."""
        if not word.text[0].isupper() or len(word.text) < 2:
            return False
        if word.key in listed("labels") or word.start in self._eponyms:
            return False
        if word.key in listed("given"):
            return True
        parts = [part.lower() for part in PART.findall(word.key)]
        return any(part not in self._plain and not is_known(part) for part in parts)

    def titled(self, word: Word) -> bool:
        """Unknown, and written like a name and not like an abbreviation."""
        return self.unknown(word) and not word.text.removesuffix("s").isupper()

    def names(self, cut: Cut) -> bool:
        """Whether there is an unknown word in a part of the note."""
        return any(self.titled(word) for word in self.within(cut))

    def within(self, cut: Cut) -> Sequence[Word]:
        """The words of a part of the note."""
        return self.all[self.at(cut.start) : self.at(cut.end)]

    def following(self, first: int, accepts: Callable[[Word], bool], gap: re.Pattern[str] = BLANK) -> Cut | None:
        """The name that begins with a word: accepted words, and the initials and particles before them."""
        last = None
        for at in range(first, min(first + LONGEST, len(self.all))):
            word = self.all[at]
            if at > first and not self.joined(at, gap):
                break
            if accepts(word) or (last is not None and self._goes_on(word)):
                last = at
            elif not (word.key in listed("particles") or (len(word.text) == 1 and word.text.isupper())):
                break
        return None if last is None else Cut("NAME", self.all[first].start, self.all[last].end)

    def preceding(self, end: int, accepts: Callable[[Word], bool]) -> Cut | None:
        """The name that ends at a position: accepted words, a comma or initials among them."""
        beyond = bisect_left(self._starts, end)
        if beyond == 0 or self.all[beyond - 1].end != end:
            return None
        first = None
        for at in range(beyond - 1, max(beyond - 1 - LONGEST, -1), -1):
            if accepts(self.all[at]):
                first = at
            elif len(self.all[at].text) > 1 or not self.all[at].text.isupper():
                break
            if at == 0 or not self.joined(at, COMMA):
                break
        return None if first is None else Cut("NAME", self.all[first].start, end)

    def _goes_on(self, word: Word) -> bool:
        """Whether a word that also means something else ends a name; not the "Best" of "Best disease"."""
        disease = word.key in listed("eponyms") and self.note[word.end + 1 : word.end + 2].islower()
        written = word.text[0].isupper() and not word.text.isupper()
        return written and not disease and word.key in listed("word_names")

    def joined(self, at: int, gap: re.Pattern[str] = BLANK) -> bool:
        """Whether nothing but a blank (after an initial also a full stop) parts a word from the one before it."""
        before = self.all[at - 1]
        allowed = AFTER_INITIAL if len(before.text) == 1 else gap
        return allowed.fullmatch(self.note, before.end, self.all[at].start) is not None


def _word(found: re.Match[str]) -> Word:
    text = POSSESSIVE.sub("", found[0])
    return Word(text, found.start(), found.start() + len(text), text.lower())


def _unit(found: re.Match[str]) -> bool:
    """The letter of "55F" or "21D"."""
    return len(found[0]) == 1 and found.string[max(0, found.start() - 1)].isdigit()
