"""A note with its identifiers replaced, and the way back to the note as it was."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmfundus.knowledge.redaction import _lists, dates, names, numbers, places
from mmfundus.knowledge.redaction.cuts import PLACEHOLDER, Cut

SHORTEST_ID = 4  # characters; a shorter id of a column would be found in half of all measures
SHORTEST_NAME = 3  # letters


@dataclass(frozen=True, slots=True)
class Redacted:
    """What may leave of a note, and where in the note it stood."""

    text: str
    cuts: tuple[Cut, ...]  # of the note, in order, not overlapping

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the note; a part of a placeholder is all that it replaced."""
        return _moved([(text, note) for note, text in self._places()], start, end)

    def shown(self, start: int, end: int) -> tuple[int, int]:
        """Where note[start:end] stands in the text; a part of what was cut is its whole placeholder."""
        return _moved(self._places(), start, end)

    def _places(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Of each cut, where it stands in the note and where its placeholder stands in the text."""
        found, grown = [], 0
        for cut in self.cuts:
            start = cut.start + grown
            found.append(((cut.start, cut.end), (start, start + len(cut.placeholder))))
            grown += len(cut.placeholder) - (cut.end - cut.start)
        return found


def redact(note: str, known: Iterable[str] = ()) -> Redacted:
    """The note with what identifies somebody replaced.

    Args:
        note: as it stands in the record.
        known: what other columns say of the patient, such as the id: replaced wherever it stands in the note.
    """
    done = [
        Cut(found[1], *found.span(), found[2] or "") for found in PLACEHOLDER.finditer(note)
    ]  # a note may come redacted
    found = [*dates.cuts(note), *numbers.cuts(note), *places.cuts(note), *names.cuts(note), *_of_columns(note, known)]
    cuts = _merged([*done, *found])
    parts, at = [], 0
    for cut in cuts:
        parts += [note[at : cut.start], cut.placeholder]
        at = cut.end
    return Redacted("".join([*parts, note[at:]]), tuple(cuts))


def version() -> int:
    """Of the rules: raised when what they replace changes."""
    return int(_lists.file()["version"])


def _of_columns(note: str, known: Iterable[str]) -> Iterator[Cut]:
    """Ids as they are, and the words of names, whatever their case."""
    for value in known:
        wanted = {value.strip()} if len(value.strip()) >= SHORTEST_ID and re.search(r"\d", value) else set()
        words = {word for word in _lists.PART.findall(value) if len(word) >= SHORTEST_NAME}
        wanted |= {word for word in words if not _lists.is_known(word)}
        for word in wanted:
            for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", note, re.IGNORECASE):
                yield Cut("ID", *found.span())


def _merged(found: Iterable[Cut]) -> list[Cut]:
    """In order, with those that overlap as one: it is what the longest of them is."""
    merged: list[Cut] = []
    longest = 0
    for cut in sorted(found, key=lambda cut: (cut.start, -cut.end)):
        length = cut.end - cut.start
        if not merged or cut.start >= merged[-1].end:
            merged.append(cut)
            longest = length
        else:
            last = merged[-1]
            merged[-1] = (cut if length > longest else last)._replace(start=last.start, end=max(last.end, cut.end))
            longest = max(longest, length)
    return merged


def _moved(places: list[tuple[tuple[int, int], tuple[int, int]]], start: int, end: int) -> tuple[int, int]:
    """A span in the other of two texts that are alike but for these places."""
    first, last = start, end
    for (here, beyond), (there, past) in places:
        if here <= start < beyond:
            first = there
        elif beyond <= start:
            first = start + past - beyond
        if here < end <= beyond:
            last = past
        elif beyond < end:
            last = end + past - beyond
    return first, last
