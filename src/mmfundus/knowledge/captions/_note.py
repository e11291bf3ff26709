"""What the readers of a note hand to each other: tokens in segments, sides, mentions.

Ranges are of tokens, the last one not included. Eyes are written "R", "L" or "RL"; "" = nobody said.
"""

import bisect
from dataclasses import dataclass, field

from mmfundus.knowledge.captions._text import Token


@dataclass(slots=True)
class Side:
    """A word for an eye or for both."""

    first: int
    last: int
    eyes: str  # "R", "L", "RL"; "other" until it is known of which
    denies: bool = False  # "neither eye"


@dataclass(slots=True)
class Segment:
    """A stretch between full stops, semicolons, cells and lines: within it cues and sides have their scope."""

    first: int
    last: int
    sentence: int = 0  # segments of one sentence share it
    paragraph: int = 0  # a line, numbered item or section: sides do not pass from one to the next
    line: int = 0
    section: str = ""  # history, family, plan, asked, earlier, nothing; "" is the examination
    part: str = ""  # of the eye, as a label says: "Macula:"
    side: str = ""  # of the eye, as a column or a heading says
    eyes: str = ""  # the side that holds where it begins
    column: bool = False  # a cell under the name of an eye


@dataclass(slots=True)
class Mention:
    """Words that name a concept, and what became of them."""

    first: int
    last: int
    concept: str
    kind: str = "name"  # name, short, part, grade, code, treatment, normal, echo, same, answer
    words: tuple[str, ...] = ()  # the stems it was found by
    status: str = ""  # set from the start where the words themselves say it (R0, "attached")
    head: "Mention | None" = None  # of which this is a qualifier ("NPDR OU, mild OS") or an echo
    eyes: str = ""
    certainty: str = ""  # the cues that reach it
    asked: bool = False  # a question that the visit is to answer
    only: str = ""  # the one status that it may have
    unless: bool = False  # denied as active only: nothing where it stands as a diagnosis


@dataclass(slots=True)
class Note:
    """A note on its way from text to statements."""

    text: str  # plain, as long as the original
    tokens: list[Token]
    sides: list[Side] = field(default_factory=list)  # in order
    segments: list[Segment] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)  # in order
    sided: frozenset[int] = frozenset()  # the places of all sides
    _words: frozenset[str] = frozenset()

    def words(self) -> frozenset[str]:
        """All that stands in the note, in small letters."""
        self._words = self._words or frozenset(token.low for token in self.tokens)
        return self._words

    def low(self, place: int) -> str:
        """The token at a place in small letters; "" outside the note."""
        return self.tokens[place].low if 0 <= place < len(self.tokens) else ""

    def lows(self, first: int, last: int) -> list[str]:
        """The tokens of a range in small letters."""
        return [token.low for token in self.tokens[max(first, 0) : last]]

    def within(self, segment: Segment) -> list[Mention]:
        """The mentions that begin in a segment, in order."""
        first = bisect.bisect_left(self.mentions, segment.first, key=lambda one: one.first)
        last = bisect.bisect_left(self.mentions, segment.last, key=lambda one: one.first)
        return self.mentions[first:last]

    def segment_of(self, place: int) -> Segment:
        """The segment in which a place stands; the one before it where it stands in none."""
        return self.segments[max(bisect.bisect_right(self.segments, place, key=lambda one: one.first) - 1, 0)]

    def sides_in(self, first: int, last: int) -> list[Side]:
        """The sides that begin in a range, in order."""
        begin = bisect.bisect_left(self.sides, first, key=lambda one: one.first)
        end = bisect.bisect_left(self.sides, last, key=lambda one: one.first)
        return self.sides[begin:end]


def places(mentions: list[Mention]) -> frozenset[int]:
    """The places that mentions take."""
    return frozenset(place for mention in mentions for place in range(mention.first, mention.last))
