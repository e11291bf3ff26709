"""Numbers that a note gives: cup-to-disc ratio, macular thickness, pressure, acuity.

No concept follows from them; they are kept for the captions.
"""

import functools
import re
from collections.abc import Iterator, Mapping

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Note, Segment
from mmfundus.types import Measure

SPAN = 14  # tokens behind the name of a measure among which its numbers are looked for
NAMES = {
    "cup-to-disc ratio": ("c/d", "c:d", "cdr", "vcdr", "cd", "cup/disc", "cup-disc ratio", "cup to disc ratio"),
    "central subfield thickness": ("cst", "csft", "cft", "crt", "cmt", "csf"),
    "intraocular pressure": ("iop", "ta", "gat", "tonometry"),
    "visual acuity": ("va", "bcva", "ucva", "vision"),
}
WRITTEN = {
    "cup-to-disc ratio": re.compile(r"(0|1)?\.\d\d?"),
    "central subfield thickness": re.compile(r"[1-9]\d\d"),
    "intraocular pressure": re.compile(r"\d\d?"),
    "visual acuity": re.compile(r"(6|20)/\d{1,3}"),
}
UNITS = {"central subfield thickness": " µm", "intraocular pressure": " mmHg"}
PASSED = frozenset(
    {
        ":",
        "=",
        "of",
        "is",
        "/",
        ",",
        "and",
        "ratio",
        "µm",
        "um",
        "mmhg",
        "microns",
        "cc",
        "sc",
        "ph",
        "-",
        "(",
        ")",
        "was",
    }
)


def find(note: Note, default: str) -> list[Measure]:
    """All measures, in order; one whose eye nobody said is left out."""
    return [measure for segment in note.segments for measure in _in(note, segment, default)]


@functools.cache
def _known() -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """First word -> writings that begin with it and what they measure."""
    found: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
    for name, texts in NAMES.items():
        for words in map(_cues.split, texts):
            found[words[0]] = (*found.get(words[0], ()), (words, name))
    return found


def _in(note: Note, segment: Segment, default: str) -> Iterator[Measure]:
    for place in range(segment.first, segment.last):
        for words, name in _known().get(note.low(place), ()):
            if tuple(note.lows(place, place + len(words))) == words:
                yield from _values(note, segment, name, place + len(words), default)


def _values(note: Note, segment: Segment, name: str, first: int, default: str) -> Iterator[Measure]:
    """The numbers behind a name, each with its eye: that beside it, the pair's, or the segment's."""
    found: list[tuple[int, str, str]] = []  # place, value, eyes that stand beside it
    holding, leads = "", False  # the side that was passed last; whether sides stand before their numbers
    sides = note.sides_in(segment.first, first)
    rest = sides[-1].eyes if sides else segment.eyes or default
    for place in range(first, min(first + SPAN, segment.last)):
        token = note.tokens[place]
        if place in note.sided:
            side = note.sides_in(0, place + 1)[-1]
            if note.low(place - 1) == "," and not note.low(side.last)[:1].isdigit() and note.low(side.last)[:1] != ".":
                break  # of the next measure
            leads = leads or not found  # "OD 0.5 OS 0.55", not "0.5 OD 0.55 OS"
            if leads:
                holding = side.eyes
            elif not found[-1][2]:
                found[-1] = (*found[-1][:2], side.eyes)
            continue
        values = _numbers(name, token.low)
        if not values and token.low not in PASSED and not token.low.endswith("um"):
            break
        found += [(place, value, holding) for value in values]
        holding = "" if values else holding
    pair = len(found) == 2 and not any(eyes for _, _, eyes in found)
    for number, (place, value, eyes) in enumerate(found):
        token = note.tokens[place]
        whose = ("R", "L")[number] if pair else eyes or rest
        for eye in whose if whose in ("R", "L", "RL") else ():
            yield Measure(name, value + UNITS.get(name, ""), eye, token.start, token.end)


def _numbers(name: str, low: str) -> list[str]:
    """The values that a token holds: "0.8", or two with a stroke, right and left."""
    if WRITTEN[name].fullmatch(low):
        return [f"0{low}" if low.startswith(".") else low]
    parts = low.split("/")
    if len(parts) == 2 and all(WRITTEN[name].fullmatch(part) for part in parts):
        return [f"0{part}" if part.startswith(".") else part for part in parts]
    return []
