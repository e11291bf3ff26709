"""What the readers of a note hand to each other: tokens in segments, sides, mentions.

Ranges are of tokens, the last one not included. Eyes are written "R", "L" or "RL"; "" = nobody said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mmfundus.knowledge.captions._text import Token


@dataclass(slots=True)
class Side:
    """A word for an eye or for both."""

    first: int
    last: int
    eyes: str  # "R", "L", "RL"; "other" and "same" until it is known which
    denies: bool = False  # "neither eye"


@dataclass(slots=True)
class Segment:
    """A stretch between full stops, semicolons, cells and lines: within it cues and sides have their scope."""

    first: int
    last: int
    sentence: int = 0  # segments of one sentence share it
    paragraph: int = 0  # a line, numbered item or section: sides do not pass from one to the next
    line: int = 0
    section: str = ""  # history, family, plan, asked, earlier, ... or ""
    part: str = ""  # of the eye, as a label says: "Macula:"
    side: str = ""  # of the eye, as a column or a heading says


@dataclass(slots=True)
class Mention:
    """Words that name a concept, and what became of them."""

    first: int
    last: int
    concept: str
    kind: str = "name"  # name, short, part, grade, code, normal, echo
    words: tuple[str, ...] = ()  # the stems it was found by
    status: str = ""  # set from the start where the words themselves say it (R0, "attached")
    head: "Mention | None" = None  # of which this is a qualifier: "NPDR OU, mild OS"
    eyes: str = ""
    location: str = ""
    severity: str = ""
    certainty: str = ""
    asked: bool = False
    only: str = ""  # the one status that it may have
    done: bool = False  # of a treatment: what it leaves behind
    unless: bool = False  # denied as active only: nothing where it stands as a diagnosis


@dataclass(slots=True)
class Note:
    """A note on its way from text to statements."""

    text: str  # plain, as long as the original
    tokens: list[Token]
    sides: list[Side] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)

    def low(self, place: int) -> str:
        """The token at a place in small letters; "" outside the note."""
        return self.tokens[place].low if 0 <= place < len(self.tokens) else ""

    def within(self, segment: Segment) -> list[Mention]:
        """The mentions of a segment, in order."""
        return [m for m in self.mentions if segment.first <= m.first < segment.last]

    def sides_in(self, first: int, last: int) -> Iterator[Side]:
        """The sides that begin in a range."""
        return (side for side in self.sides if first <= side.first < last)
