"""How far a cue reaches within its segment.

Forward, a cue ends at a "but", at a clause of its own, at a list that a side has closed, at an item
that begins with a quantity; backward, at the next item of a list that no "and" holds together.
"""

import re

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._text import shorthand

FORWARD, BACKWARD, BESIDE = 34, 22, 9  # tokens that a cue reaches at most; that count as beside it
LINKING = frozenset({"and", "or", "nor", "/", "&", "+", "and/or"})
VERSUS = frozenset({"vs", "versus"})
DONE = frozenset({"s", "p", "s/p", "post", "after", "following", "treated", "with", "by", "underwent", "had", "was", "been", "repaired", "status"})
CLOSERS = frozenset({",", ")", "(", "—", "/"})
WEAK = frozenset({"no", "neg", "negative", "none", "nil"})  # behind a name only where nothing follows them
YEAR = re.compile(r"(19[3-9]|20[0-4])\d|'\d\d")
LONG_AGO = frozenset("year years yr yrs y month months mo mos mth mths decade decades".split())
SINCE = frozenset("since dx diagnosed known from onset until stable to by".split())
SMALL = frozenset("self now since has have been which then later subsequently spontaneously completely fully mostly all both was were is are after and had later".split())
ADJECTIVES = frozenset("seen noted found visible detected identified present evident there either".split())


class Scope:
    """The cues and mentions of one segment."""

    def __init__(self, note: Note, segment: Segment, mentions: list[Mention]) -> None:
        self.note, self.segment, self.mentions = note, segment, mentions
        self.owner = {place: mention for mention in mentions for place in range(mention.first, mention.last)}
        sides = list(note.sides_in(segment.first, segment.last))
        self.side_at = {side.first: side for side in sides}
        sided = {place for side in sides for place in range(side.first, side.last)}
        cues = _cues.find(note.tokens, segment.first, segment.last, frozenset({*self.owner, *sided}))
        cues += [Cue(side.first, side.last, "absent", "", "neither") for side in sides if side.denies]
        cues += self._boxes()
        self.versus = [place for place in range(segment.first, segment.last) if note.low(place) in VERSUS]
        self.behind = [cue for cue in cues if self._points_back(cue)]
        self.before = [cue for cue in cues if cue not in self.behind and cue.before and self._opens(cue)]
        self._times()
        self.cue_at = {cue.first: cue for cue in self.before}

    def reaching(self, mention: Mention) -> tuple[list[Cue], list[Cue]]:
        """The cues before and behind a mention whose scope it is in."""
        if mention.kind == "code":
            return self._of_code(mention)
        before = [cue for cue in self.before if cue.last <= mention.first and self._reaches(cue, mention)]
        behind = [cue for cue in self.behind if cue.first >= mention.last and self._reaches_back(cue, mention)]
        if self._alternative(mention, before):
            before.append(Cue(mention.first, mention.first, "uncertain", "", "or"))
        if cure := self._cured(mention):
            (before if cure.before else behind).append(cure)
        return before, behind

    # What the cues are

    def _boxes(self) -> list[Cue]:
        """An empty box before an item was not asked or not found; a crossed one says nothing more."""
        found, place = [], self.segment.first
        while place < self.segment.last:
            size, crossed = self._box(place)
            if size:
                found.append(Cue(place, place + size, "present" if crossed else "nothing", "", "[x]" if crossed else "[ ]"))
            place += max(size, 1)
        return found

    def _box(self, place: int) -> tuple[int, bool]:
        low = [self.note.low(place + i) for i in range(3)]
        if low[0] in ("☐", "□"):
            return 1, False
        if low[0] in ("☑", "☒", "✓", "✔"):
            return 1, True
        if low[0] in ("[", "(") and low[1] in ("]", ")"):
            return 2, False
        if low[0] in ("[", "(") and low[1] in ("x", "_", "✓", "*") and low[2] in ("]", ")"):
            return 3, low[1] != "_"
        return 0, False

    def _times(self) -> None:
        """Years, and what was years ago, place in the past."""
        note, segment = self.note, self.segment
        for place in range(segment.first, segment.last):
            low, before = note.low(place), note.low(place - 1) if place > segment.first else ""
            if low == "ago" and before in LONG_AGO:
                self.behind.append(Cue(place, place + 1, "", "history", "ago"))
                if any(note.low(p) in ("had", "underwent", "suffered", "developed", "was", "were") for p in range(place, min(place + 6, segment.last))):
                    self.before.append(Cue(place, place + 1, "history", "", "ago"))
            elif YEAR.fullmatch(low) or (before == "'" and low.isdecimal() and len(low) == 2):
                if before in SINCE or note.low(place - 2) in SINCE or place in self.owner:
                    continue
                start = place - (before == "in")
                opens = start == segment.first or note.low(start - 1) in (",", ":")
                mentioned = any(m.last <= place for m in self.mentions) and not opens
                cue = Cue(place, place + 1, "" if mentioned else "history", "history" if mentioned else "", "year")
                (self.behind if mentioned else self.before).append(cue)

    def _points_back(self, cue: Cue) -> bool:
        """Whether a cue speaks of what stands before it."""
        if not cue.before or not cue.behind:
            return bool(cue.behind)
        follows, precedes = self._touches(cue.last, 1), self._touches(cue.first - 1, -1)
        if cue.text in ("?", "??"):
            return precedes and (self.note.tokens[cue.first].gap == 0 or not follows)
        ends = cue.last >= self.segment.last or self.note.low(cue.last) in CLOSERS or cue.last in self.side_at
        if cue.text in WEAK and not ends:
            return False  # "PVD with no pigment"
        if follows != precedes or not follows:
            return precedes
        if cue.behind == "absent" and any(side.last == cue.first for side in self.side_at.values()):
            return False  # "(+) ERM OD (-) ERM OS"
        if cue.behind in ("history", "absent") and cue.text not in WEAK:
            return True  # "NVD regressed with PRP"
        return self.note.low(cue.last) in CLOSERS or (cue.last in self.side_at and self.note.low(cue.first - 1) not in (",", "("))

    def _opens(self, cue: Cue) -> bool:
        """Whether something follows that a cue could speak of: not "disc nil, macula"."""
        return cue.text not in WEAK or cue.last >= self.segment.last or self.note.low(cue.last) not in (",", ")", "—")

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

    # How far they reach forward

    def _reaches(self, cue: Cue, mention: Mention) -> bool:
        headed = self._headed(cue)
        if mention.first - cue.last > FORWARD and not headed:
            return False
        place, seen = headed or cue.last, False
        while place < mention.first:
            if place in self.owner:
                seen, place = True, self.owner[place].last
                continue
            if self._ends(cue, place, mention, seen, bool(headed)):
                return False
            place += 1
        return True

    def _headed(self, cue: Cue) -> int:
        """Where a list begins that a cue with a colon stands over ("Possible:", "Previous grade:"); 0 for none."""
        known = cue.before == "nothing" or cue.text in _cues.words("headed", cue.before)
        for place in (cue.last, cue.last + 1):
            if known and place < self.segment.last and self.note.low(place) == ":" and (place == cue.last or cue.first == self.segment.first):
                return place + 1
        return 0

    def _ends(self, cue: Cue, place: int, mention: Mention, seen: bool, headed: bool) -> bool:
        note, low = self.note, self.note.low(place)
        if low in _cues.words("ends", "words"):
            return True
        if low in (":", ";"):
            return not headed
        if seen and low == "for" and cue.before == "nothing":
            return True
        if low in ("with", "w", "c") and (cue.before in ("absent", "uncertain") or cue.text in _cues.words("ends", "single")):
            return seen and not (low == "w" and note.low(place + 1) == "/" and note.low(place + 2) in ("o", "out"))
        if place in self.side_at and seen and not headed and cue.before != "nothing":
            last = self.side_at[place].last
            return note.low(last) not in LINKING and last < self.segment.last
        if place in self.cue_at and (seen or note.low(place - 1) == ","):
            return self.cue_at[place].text not in ("old", "new")
        if seen and low in _cues.words("ends", "verbs"):
            return cue.before != "nothing"
        if low in (",", "and", "&", "+", "—"):
            return self._new_item(cue, place, mention, seen, headed)
        return low == "(" and seen and cue.before == "uncertain"

    def _new_item(self, cue: Cue, place: int, mention: Mention, seen: bool, headed: bool) -> bool:
        """Whether a comma or an "and" begins something that the cue says nothing of."""
        low, following = self.note.low(place), self.note.low(place + 1)
        if following in ("and", "or", "&"):
            following = self.note.low(place + 2)
        if following in _cues.words("ends", "subjects") and not headed:
            return cue.before != "nothing" or low == ","
        if cue.before == "absent":
            return seen and (self._quantity(place + 1) or low == "—" or (low == "," and self._own_statement(place, mention)))
        if headed or not seen:
            single = low == "," and cue.text in _cues.words("ends", "single")
            return (low == "—" or single) and not headed
        if cue.before == "uncertain":
            return low != "and" and not self._or_follows(place, mention)
        if cue.before == "history":
            return low in (",", "—") and (cue.text in _cues.words("ends", "single") or self._quantity(place + 1))
        return cue.before == "present"

    def _quantity(self, place: int) -> bool:
        low = self.note.low(place)
        words = _cues.words("ends", "quantities")
        number = place < len(self.note.tokens) and self.note.tokens[place].kind == "number"
        return low in words or low + self.note.low(place + 1) in words or number

    def _own_statement(self, place: int, mention: Mention) -> bool:
        """Whether an item of a list says more than its name: "no IRF, SHRM fibrotic", "no tears, vessels leak"."""
        if self._or_follows(place, mention):
            return False
        mention = next(m for m in self.mentions if m.first > place)  # the first of the item
        if mention.last in self.owner and self.owner[mention.last] is not mention:
            return True
        if mention.last >= self.segment.last:
            return False
        token = self.note.tokens[mention.last]
        plain = token.low in LINKING or token.low in ADJECTIVES or token.low in modifiers() or mention.last in self.side_at
        return token.kind == "word" and not plain and token.low not in ("in", "on", "at", "of", "w", "with", "by", "to", "360", "for", "w/o", "no")

    def _or_follows(self, place: int, mention: Mention) -> bool:
        end = min(mention.last + 6, self.segment.last)
        return any(self.note.low(one) in ("or", "nor", *VERSUS) for one in range(place, end))

    # How far they reach backward

    def _reaches_back(self, cue: Cue, mention: Mention) -> bool:
        note = self.note
        if cue.first - mention.last > BACKWARD:
            return False
        if cue.behind == "nothing" and cue.first > mention.last:
            return False
        everything = note.low(cue.first - 1) in ("all", "both", ":", "—")
        place, held = mention.last, False
        while place < cue.first:
            low = note.low(place)
            if place in self.owner:
                if not held and not everything:
                    return False
                place, held = self.owner[place].last, False
                continue
            if cue.behind == "present" and low in LINKING:
                return False
            if (low in LINKING and not self._slash_of_word(place)) or (low == "," and self._closed_by_and(place, cue)):
                held = True
            elif low == "," and not everything:
                if cue.behind != "history" or any(note.low(p) not in SMALL for p in range(place + 1, cue.first)):
                    return False
            elif low in ("but", "however", "although", "though", "except") and any(p in self.owner for p in range(place, cue.first)):
                return False
            elif place in self.side_at and note.low(place - 1) in (",", ":"):
                return False
            place += 1
        return True

    def _slash_of_word(self, place: int) -> bool:
        """Whether a stroke belongs to a short word: "w/", "h/o"."""
        return self.note.low(place) == "/" and len(self.note.low(place - 1)) == 1

    def _closed_by_and(self, place: int, cue: Cue) -> bool:
        """Whether the list that this comma stands in has an "and" before the cue and another item."""
        return any(
            self.note.low(one) in ("and", "or", "&") and any(p in self.owner for p in range(one, cue.first)) for one in range(place, cue.first)
        )

    # What needs no cue of the file

    def _of_code(self, mention: Mention) -> tuple[list[Cue], list[Cue]]:
        """Words beside a code qualify it, wherever in its segment they stand."""
        behind = [cue for cue in (*self.before, *self.behind) if cue.first >= mention.last]
        return [], [Cue(c.first, c.last, "", c.behind or c.before, c.text) for c in behind if "nothing" not in (c.behind, c.before) and c.text != "borderline" and not any(m.kind == "code" and mention.last <= m.first < c.first for m in self.mentions)]

    def _alternative(self, mention: Mention, before: list[Cue]) -> bool:
        """Whether a mention is one of "X vs Y", or of "X or Y" that nothing denies."""
        if any(self._next_to(mention, place, place + 1) for place in self.versus):
            return True
        if self._preferred(mention):
            return True
        if before:
            return False
        return any(
            self.note.low(place) == "or" and self._next_to(mention, place, place + 1) and self._other_side(mention, place)
            for place in (*range(mention.last, min(mention.last + 4, self.segment.last)), *range(max(mention.first - 5, self.segment.first), mention.first))
        )

    def _preferred(self, mention: Mention) -> bool:
        """Whether a mention is one of "X rather than Y" in a segment that doubts."""
        for place in range(self.segment.first, self.segment.last - 1):
            if self.note.low(place) == "rather" and self.note.low(place + 1) == "than" and self._next_to(mention, place, place + 2):
                return any("uncertain" in (cue.before, cue.behind) for cue in (*self.before, *self.behind))
        return False

    def _next_to(self, mention: Mention, first: int, last: int) -> bool:
        """Whether only modifiers and articles stand between a mention and a word."""
        between = range(mention.last, first) if mention.last <= first else range(last, mention.first)
        return len(between) < 6 and not any(
            place in self.owner or self.note.low(place) in (",", ";", "and", "with", ")") or place in self.side_at for place in between
        )

    def _other_side(self, mention: Mention, place: int) -> bool:
        """Whether another concept, of which nothing is denied, stands at the other side of an "or"."""
        others = [m for m in self.mentions if m is not mention and m.concept != mention.concept and self._next_to(m, place, place + 1)]
        free = [m for m in others if not any(cue.last <= m.first and self._reaches(cue, m) for cue in self.before)]
        return bool(free) and any((m.first > place) != (mention.first > place) for m in free)

    def _cured(self, mention: Mention) -> Cue | None:
        """An operation behind a mention that leaves nothing of it: "RD s/p PPV", "hole repair"."""
        above = concepts.implied((mention.concept,), ())[0]
        words = {w for cure in shorthand()["cures"].values() if above & set(cure["concepts"]) for w in cure["words"]}
        if not words:
            return None
        done = False  # said to be done: "s/p", "treated with"
        for place in range(mention.last, min(mention.last + 12, self.segment.last)):
            low = self.note.low(place)
            if place in self.owner and not self.owner[place].done:
                break
            if low in words and (done or low.endswith("ed") or place - mention.last < 2) and not self._today(place):
                return Cue(place, place + 1, "", "history", "cured")
            if low in (",", "—", "but", "not", "no", "for", "planned", "list", "needs", "will", "if", "declined", "surrounded"):
                break
            done = done or low in DONE
        return self._operated(mention, words)

    def _operated(self, mention: Mention, words: set[str]) -> Cue | None:
        """ "vitrectomy with ILM peel for a macular hole": what was operated for, unless it is still to come."""
        place = mention.first - 1
        while place > self.segment.first and (self.note.low(place) in ("a", "an", "the", "her", "his") or self.note.low(place) in modifiers()):
            place -= 1
        hangs = self.note.low(place) in ("with", "and", ",") and place - 1 in self.owner
        if hangs and self.owner[place - 1] is not mention:
            return self._operated(self.owner[place - 1], words)
        if self.note.low(place) != "for":
            return None
        before = [self.note.low(p) for p in range(max(place - 12, self.segment.first), place)]
        if set(before) & words and not set(before) & _cues.words("treatments", "planned"):
            return Cue(place, place + 1, "history", "", "cured")
        return None

    def _today(self, place: int) -> bool:
        return any(self.note.low(p) == "today" for p in range(place, min(place + 4, self.segment.last)))


def modifiers() -> frozenset[str]:
    """Words of place and degree."""
    found = shorthand()["modifiers"]
    return frozenset((*found["location"], *found["severity"]))
