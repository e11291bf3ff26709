"""Which eye each mention is of.

A side after a statement closes the list back to the side before it; a side before it holds until
the next. Without a side of its own a mention takes the last one of its paragraph, then the
record's column, then the only eye that the note names, then both.
"""

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Mention, Note, Segment, Side

CLOSING = frozenset({",", ".", ";", ")", "]", "|", "—", "-"})
OPENING = frozenset({",", "—", "-", "but", "while", "whereas", "and", "|", "&"})
LEADING = frozenset({"in", "the", "of", "on", "at", "for", "from", "her", "his"})
AFTER = frozenset({"only", "alone", "eye", "side"})
WITH = frozenset({"with", "without", "w", "c̄", "including", "showing"})
CLAUSE = frozenset({",", "but", "while", "with", "w"})
BRACKET = 12  # tokens that a bracket around a side may hold
TURNED = {"R": "L", "L": "R"}


def assign(note: Note, default: str) -> None:
    """Give every mention its eyes."""
    rest = default or _only_eye(note) or "RL"
    current, paragraph, sentence = "", -1, -1
    named: set[str] = set()  # sides of the sentence, each by itself
    for segment in note.segments:
        if segment.sentence != sentence:
            # Of both, one after the other: what follows is of neither alone.
            current = "" if named >= {"R", "L"} else current
            named = set()
        if segment.paragraph != paragraph:
            current = ""
        paragraph, sentence = segment.paragraph, segment.sentence
        segment.eyes = segment.side or current
        walk = _Walk(note, segment, default)
        current = walk.run()
        named |= {side.eyes for side in walk.sides}
    for mention in note.mentions:
        mention.eyes = mention.eyes or rest


def _only_eye(note: Note) -> str:
    """The one eye that a note names, where it names only one."""
    named = {eye for side in note.sides if side.eyes != "other" for eye in side.eyes}
    named |= {eye for mention in note.mentions if mention.kind == "code" for eye in mention.eyes}
    return named.pop() if len(named) == 1 else ""


class _Walk:
    """One segment from its start to its end, with the side that holds."""

    def __init__(self, note: Note, segment: Segment, default: str) -> None:
        self.note, self.segment = note, segment
        self.active = segment.eyes
        self.coded = ""  # the eyes of a code that words without a side hang on
        self.items = note.within(segment)
        self.sides = [side for side in note.sides_in(segment.first, segment.last) if not self._aside(side)]
        for side in self.sides:
            if side.eyes == "other":
                side.eyes = TURNED.get(default or self.active, "RL")
        mark = note.low(self.sides[0].last) if self.sides and self.sides[0].first == segment.first else ""
        self.mark = mark if mark in ("-", "—") else ""  # that stands behind each side of the segment
        self.since = segment.first  # behind the last side
        self.pending: list[Mention] = []  # since then
        self.closed: list[Mention] = []  # by the last side

    def run(self) -> str:
        """Assign; returns the side that holds behind the segment."""
        queue: list[Mention | Side] = sorted([*self.items, *self.sides], key=lambda one: one.first)
        after = bool(queue) and isinstance(queue[0], Mention)  # sides follow what they are of
        for one in queue:
            if isinstance(one, Mention) and self._measured(one):
                self.active = self.segment.side
            if isinstance(one, Side):
                self._side(one, after)
            elif one.kind == "code":
                self.coded = "" if self.sides else one.eyes
            elif not (one.kind == "answer" and one.eyes):
                one.eyes = self.coded or self.active
                self.pending.append(one)
        if not self.items and {side.eyes for side in self.sides} >= {"R", "L"}:
            return self.segment.side  # measures of both eyes: what follows is of neither alone
        return self.active

    def _measured(self, mention: Mention) -> bool:
        """Whether only numbers of each eye stand before the first mention: "CDR R 0.5 L 0.6, no notch" is of both."""
        sides = [side for side in self.sides if side.last <= mention.first]
        if len(sides) < 2 or mention is not self.items[0] or {side.eyes for side in sides[-2:]} != {"R", "L"}:
            return False
        between = self.note.tokens[sides[-2].last : sides[-1].first]
        behind = self.note.tokens[sides[-1].last : mention.first]
        closed = len(behind) > 1 and behind[0].kind == "number" and behind[1].low == ","
        return closed and any(t.kind == "number" for t in between) and all(t.kind != "word" for t in between)

    def _side(self, side: Side, after: bool) -> None:
        if self._closes(side, after):
            self.closed = self._list(side, after)
            for mention in self.closed:
                mention.eyes = side.eyes
        elif not self.pending and self.closed and self._degrees(side):
            for mention in self.closed:  # "cataract 3+ OS 1+ OD"
                mention.eyes = "".join(eye for eye in "RL" if eye in mention.eyes + side.eyes)
        else:
            self.closed = []
        self.active, self.since, self.pending = side.eyes, side.last, []

    def _closes(self, side: Side, after: bool) -> bool:
        """Whether a side ends the list before it rather than opening one."""
        if not self.pending:
            return False
        behind, ahead = side.first - 1, side.last
        while behind > self.since and self.note.low(behind) in LEADING:
            behind -= 1
        while ahead < self.segment.last and self.note.low(ahead) in AFTER:
            ahead += 1
        if not after and self.note.low(behind) == "(" and self.note.low(ahead) == ")":  # "(R) CSC (L) ERM"
            return not self._chunk(ahead + 1)
        if not after and self.note.low(ahead) == self.mark and ahead + 1 < self.segment.last:
            return False  # "OD - ?CSC OS - h/o CSC"
        starts = self.note.low(behind) in OPENING or (self.note.low(behind) == "(" and not after)
        if self.note.low(ahead) == ":":
            return after and not starts
        if ahead >= self.segment.last or self.note.low(ahead) in CLOSING:
            return True
        graded = any(m.first == ahead and m.kind == "grade" for m in self.items)  # "RE R1M0 LE R1M1"
        return not starts and (after or not (graded or self._chunk(ahead + 1)))

    def _chunk(self, place: int) -> bool:
        """Whether a mention begins between a place and the next comma."""
        end = place
        while end < self.segment.last and self.note.low(end) not in CLOSING:
            end += 1
        return any(place <= mention.first < end for mention in self.items)

    def _list(self, side: Side, after: bool) -> list[Mention]:
        """The mentions that a side closes: back to the side before; under a heading, its own item alone."""
        if after and self.pending[0].kind == "treatment" and self.segment.first < self.pending[0].first == self.since:
            return [m for m in self.pending if m.first > self.since]  # "tear L lasered, cataract surgery both eyes"
        if after and not (self.closed and self.note.low(self.since) in WITH):
            return [m for m in self.pending if not (self.closed and self._bracketed(m, side))]
        cuts = [p for p in range(self.since, side.first) if self.note.low(p) in CLAUSE or self._new_clause(p)]
        start = cuts[-1] if cuts else self.since
        return [mention for mention in self.pending if mention.first >= start]

    def _bracketed(self, mention: Mention, side: Side) -> bool:
        """Whether a mention stands in a bracket that closes before a side: it hangs on the list before."""
        return "(" in self.note.lows(self.since, mention.first) and ")" in self.note.lows(mention.last, side.first)

    def _new_clause(self, place: int) -> bool:
        return self.note.low(place) == "and" and self.note.low(place + 1) in ("there", "a", "an")

    def _degrees(self, side: Side) -> bool:
        """Whether only how much or when stands between two sides, and nothing else behind the second."""
        if self._chunk(side.last):
            return False
        degrees = _cues.words("degrees", "words")
        between = self.note.tokens[self.since : side.first]
        return all(t.low in degrees or t.kind in ("number", "date") or t.low[:1].isdigit() for t in between)

    def _aside(self, side: Side) -> bool:
        """Whether a side stands in brackets among other words, which then speak of it alone."""
        opened, closed = side.first - 1, side.last
        while opened >= max(self.segment.first, side.first - BRACKET) and self.note.low(opened) not in ("(", ")"):
            opened -= 1
        while closed < min(self.segment.last, side.last + BRACKET) and self.note.low(closed) != ")":
            closed += 1
        if opened < self.segment.first or self.note.low(opened) != "(" or self.note.low(closed) != ")":
            return False
        if any(opened < mention.first < closed for mention in self.items):
            return False
        inside = (p for p in range(opened + 1, closed) if not side.first <= p < side.last)
        return any(self.note.tokens[p].kind == "word" and self.note.low(p) not in AFTER for p in inside)
