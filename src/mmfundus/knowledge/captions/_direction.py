"""The cues of a segment and which way each points: at what follows it or at what it follows.

Many words work both ways ("resolved CME", "CME resolved"). What they touch decides; where they
touch something on both sides, what kind of word it is.
"""

import re
from collections.abc import Mapping, Set

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._note import Mention, Note, Segment, Side, places

BESIDE = 9  # tokens that may stand between a cue and what it touches
CLOSERS = frozenset({",", ")", "(", "—", "/"})
YEAR = re.compile(r"(19[3-9]|20[0-4])\d|'\d\d")
ELLIPTIC = frozenset({"was", "were", "is", "are"})
SIGNS = frozenset({"(+)", "(-)"})
EMPTY, CROSSED = frozenset({"☐", "□"}), frozenset({"☑", "☒", "✓", "✔"})
OPENING, CLOSING = frozenset({"[", "("}), frozenset({"]", ")"})


class Cues:
    """The cues of one segment, those that point forward and those that point back."""

    def __init__(self, note: Note, segment: Segment, mentions: list[Mention]) -> None:
        self.note, self.segment = note, segment
        self.mentions = mentions
        self.owner: Mapping[int, Mention] = {p: m for m in mentions for p in range(m.first, m.last)}
        sides = note.sides_in(segment.first, segment.last)
        self.side_at: Mapping[int, Side] = {side.first: side for side in sides}
        self.side_ends: Set[int] = {side.last for side in sides}
        sided = {place for side in sides for place in range(side.first, side.last)}
        found = _cues.find(note, segment.first, segment.last, places(mentions) | sided)
        found += [Cue(side.first, side.last, "absent", "", "neither") for side in sides if side.denies]
        found += [*self._boxes(), *self._minus(), *self._signed()]
        found = [self._elliptic(cue) if self._closes(cue) else cue for cue in found]
        self.behind = [cue for cue in found if self._points_back(cue)]
        self.before = [cue for cue in found if cue.before and not self._points_back(cue) and self._opens(cue)]
        self.before = [cue for cue in self.before if not self._of_time(cue) and not self._to_come(cue)]
        self._times()

    def _closes(self, cue: Cue) -> bool:
        return cue.last >= self.segment.last or self.note.low(cue.last) in CLOSERS

    def _elliptic(self, cue: Cue) -> Cue:
        """ "Glaucoma was excluded, drusen were not": what was said before is denied, not the thing."""
        if cue.text != "not" or self.note.low(cue.first - 1) not in ELLIPTIC:
            return cue
        before = self.note.lows(max(cue.first - 30, 0), cue.first)
        doubted = "excluded" in before or "ruled" in before
        return Cue(cue.first, cue.last, "", "uncertain" if doubted else "absent", cue.text)

    def _minus(self) -> list[Cue]:
        """A minus that is glued to a name and to nothing behind it: "nv-, cws+"."""
        places = (m.last for m in self.mentions if self.note.low(m.last) == "-" and self.note.tokens[m.last].gap == 0)
        return [
            Cue(place, place + 1, "", "absent", "(-)")
            for place in places
            if place < self.segment.last
            and (
                place + 1 >= len(self.note.tokens)
                or self.note.tokens[place + 1].gap
                or self.note.low(place + 1) in ",;"
            )
        ]

    def _signed(self) -> list[Cue]:
        """A plus or minus that is glued to the name behind it, where one is a plus: "+PVD -RT -RD"."""
        places = [
            p
            for p in range(self.segment.first, self.segment.last - 1)
            if self.note.low(p) in ("+", "-") and self.note.tokens[p].gap and not self.note.tokens[p + 1].gap
        ]
        signs = {self.note.low(p) for p in places if p + 1 in self.owner}
        minus = [p for p in places if self.note.low(p) == "-" and p + 1 in self.owner]
        return [Cue(p, p + 1, "absent", "", "-") for p in minus] if "+" in signs else []

    def _boxes(self) -> list[Cue]:
        """An empty box before an item was not asked or not found; a crossed one says no more than its item."""
        found, place = [], self.segment.first
        while place < self.segment.last:
            size, crossed = self._box(place)
            if size:
                text, meaning = ("[x]", "present") if crossed else ("[ ]", "nothing")
                found.append(Cue(place, place + size, meaning, "", text))
            place += max(size, 1)
        return found

    def _box(self, place: int) -> tuple[int, bool]:
        """How many tokens a box has here (0 for none), and whether it is crossed."""
        low = self.note.low(place)
        if low in EMPTY or low in CROSSED:
            return 1, low in CROSSED
        if low not in OPENING:
            return 0, False
        inside, end = self.note.low(place + 1), self.note.low(place + 2)
        if inside in CLOSING:
            return 2, False
        marked = inside in ("x", "*") or inside in CROSSED
        return (3, marked) if end in CLOSING and (marked or inside == "_") else (0, False)

    def _times(self) -> None:
        """Years, and what was years ago, place in the past."""
        for place in range(self.segment.first, self.segment.last):
            low = self.note.low(place)
            before = self.note.low(place - 1) if place > self.segment.first else ""
            if low == "ago" and before in _cues.words("times", "long"):
                self.behind.append(Cue(place, place + 1, "", "history", "ago"))
                if not _cues.words("times", "told").isdisjoint(
                    self.note.lows(place, min(place + 6, self.segment.last))
                ):
                    self.before.append(Cue(place, place + 1, "history", "", "ago"))
            elif place not in self.owner and (
                YEAR.fullmatch(low) or (before == "'" and low.isdecimal() and len(low) == 2)
            ):
                self._year(place, before)

    def _year(self, place: int, before: str) -> None:
        if not _cues.words("times", "since").isdisjoint((before, self.note.low(place - 2))):
            return
        start = place - (before == "in")
        opens = start == self.segment.first or self.note.low(start - 1) in (",", ":")
        if any(m.last <= place for m in self.mentions) and not opens:
            self.behind.append(Cue(place, place + 1, "", "history", "year"))
        else:
            self.before.append(Cue(place, place + 1, "history", "", "year"))

    def _points_back(self, cue: Cue) -> bool:
        """Whether a cue speaks of what stands before it."""
        if not cue.before or not cue.behind:
            return bool(cue.behind)
        follows, precedes = self._touches(cue.last, 1), self._touches(cue.first - 1, -1)
        if cue.text in SIGNS and follows and precedes:
            return self._glued(cue)
        if self.note.low(cue.first - 1) == "(" and self.note.low(cue.last) == ")" and cue.behind == "absent":
            return self._touches(cue.first - 2, -1)  # "orange pigment (no), fluid (no)"
        if cue.behind == "history" and not follows and self.note.low(cue.first - 1) in ("—", "-", ":"):
            return cue.last >= self.segment.last and self._touches(cue.first - 2, -1)  # "CSC OS - resolved"
        if cue.behind == "history" and self.note.low(cue.first - 1) == "," and not follows:
            set_off = cue.last >= self.segment.last or self.note.low(cue.last) in (",", "after", "with", "since")
            return set_off and any(m.last < cue.first for m in self.mentions)  # "PDR, regressed after laser"
        if cue.text in ("?", "??"):
            return precedes and (self.note.tokens[cue.first].gap == 0 or not follows)
        ends = cue.last >= self.segment.last or self.note.low(cue.last) in CLOSERS or cue.last in self.side_at
        weak = cue.text in _cues.words("weak", "words")
        ends = ends or (weak and self.note.low(cue.last) in _cues.words("weak", "ending"))
        if weak and not ends:
            return False  # "PVD with no pigment"
        if follows != precedes or not follows:
            return precedes
        if cue.behind == "absent" and cue.first in self.side_ends:
            return False  # "(+) ERM OD (-) ERM OS"
        if cue.behind in ("history", "absent") and not weak:
            return True  # "NVD regressed with PRP"
        sided = cue.last in self.side_at and self.note.low(cue.first - 1) not in (",", "(")
        return self.note.low(cue.last) in CLOSERS or sided

    def _glued(self, cue: Cue) -> bool:
        """Whether a sign in brackets hangs on the name before it: "SRF(+) IRF(-)", not "(+)SRF (-)IRF"."""
        close, far = self.note.tokens[cue.first].gap, self.note.tokens[cue.last].gap
        if bool(close) != bool(far):
            return not close
        first = next((one for one in self.mentions if one.first >= self.segment.first), None)
        return first is not None and first.first < cue.first and self.note.low(first.first - 1) != ")"

    def _opens(self, cue: Cue) -> bool:
        """Whether something follows that a cue could speak of: not "disc nil, macula"."""
        weak = cue.text in _cues.words("weak", "words")
        return not weak or cue.last >= self.segment.last or self.note.low(cue.last) not in (",", ")", "—")

    def _of_time(self, cue: Cue) -> bool:
        """Whether a word for the past tells an age, what hangs behind it, or how long a thing is there by now."""
        after, long = self.note.lows(cue.last, min(cue.last + 20, self.segment.last)), _cues.words("times", "long")
        if cue.text == "old":
            aged = not long.isdisjoint(self.note.lows(cue.first - 2, cue.first))  # "54 year old", "RD, old, with PVR"
            hung = after[:1] and after[0] in ("w", "with", ",", ";", ")") and self._touches(cue.first - 1, -1)
            return aged or bool(hung)
        lasting = _cues.words("times", "lasting")
        return cue.text in ("has had", "have had") and any(
            a in lasting and (a == "since" or not long.isdisjoint(after[i + 1 : i + 4])) for i, a in enumerate(after)
        )

    def _to_come(self, cue: Cue) -> bool:
        """Whether an operation that would make a thing past is declined or awaited: "declines surgery for"."""
        done = cue.text.split()[0] in _cues.words("treatments", "operations")
        ahead = self.note.lows(max(cue.first - BESIDE, self.segment.first), cue.first)
        return done and not _cues.words("treatments", "declined").isdisjoint(ahead)

    def _touches(self, place: int, step: int) -> bool:
        """Whether a mention stands right there, small words and sides aside."""
        for _ in range(BESIDE):
            if not self.segment.first <= place < self.segment.last:
                return False
            if place in self.owner:
                return True
            low = self.note.low(place)
            if low in (",", "—", "but", "(") or (low in (":", ")") and step > 0):
                return False
            place += step
        return False
