"""Whether a mention is there, is not, is in doubt or is past: from the cues around it.

After NegEx and ConText: a cue reaches forward or backward through its segment until something ends
its scope. What ends it is a "but", a clause of its own, a list that a side has closed, an item that
begins with a quantity. Where several cues reach a mention, `_decide` says which holds.
"""

from collections.abc import Iterable

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._note import Mention, Note, Segment

FORWARD, BACKWARD = 34, 22  # tokens that a cue reaches at most
LINKING = frozenset({"and", "or", "nor", "/", "&", "+", "and/or"})
ONE_ITEM = frozenset(
    "old prior previous prev former formerly remote s/p resolved cleared healed regressed treated repaired removed released closed childhood after following".split()
    + ["status post", "prior to", "status after", "spontaneously resolved", "successfully treated"]
)
OVERCOME = frozenset({"recurred", "has recurred", "still there", "still present", "persists", "persist", "recurring", "again", "not resolved", "has not resolved", "unresolved"})
NEW = ("no new", "without new", "no further", "without further", "no additional", "no other", "no more", "otherwise no", "not new")
ACTIVE = ("no active", "without active", "no activity of")


def read(note: Note) -> None:
    """Set the status of every mention; those that state nothing are dropped."""
    kept: list[Mention] = []
    for segment in note.segments:
        mentions = note.within(segment)
        if not mentions:
            continue
        taken = frozenset(place for mention in mentions for place in range(mention.first, mention.last))
        sided = frozenset(place for s in note.sides_in(segment.first, segment.last) for place in range(s.first, s.last))
        scope = Scope(note, segment, mentions, _cues.find(note.tokens, segment.first, segment.last, taken | sided))
        kept += [mention for mention in mentions if scope.settle(mention)]
    note.mentions = kept


class Scope:
    """The cues and mentions of one segment."""

    def __init__(self, note: Note, segment: Segment, mentions: list[Mention], cues: list[Cue]) -> None:
        self.note, self.segment, self.mentions = note, segment, mentions
        self.owner = {place: mention for mention in mentions for place in range(mention.first, mention.last)}
        self.side_at = {s.first: s for s in note.sides_in(segment.first, segment.last)}
        self.before: list[Cue] = []
        self.behind: list[Cue] = []
        for cue in cues:
            (self.behind if self._points_back(cue) else self.before).append(cue)
        self.cue_at = {cue.first: cue for cue in self.before}

    # Which way a cue points

    def _points_back(self, cue: Cue) -> bool:
        if not (cue.before and cue.behind):
            return bool(cue.behind)
        follows = self._touches(cue.last, 1)
        precedes = self._touches(cue.first - 1, -1)
        if cue.text in ("?", "??"):
            return precedes and (self.note.tokens[cue.first].gap == 0 or not follows)
        if not follows or not precedes:
            return precedes and not follows if follows != precedes else not self._ahead(cue)
        after = self.note.low(cue.last)
        return after in (",", ")") or cue.last in self.side_at and self.note.low(cue.first - 1) not in (",", "(")

    def _touches(self, place: int, step: int) -> bool:
        """Whether a mention stands right there, small words and sides aside."""
        for _ in range(8):
            if not self.segment.first <= place < self.segment.last:
                return False
            if place in self.owner:
                return True
            token = self.note.tokens[place]
            if token.low in (",", ";", ":", "—", "but", ")") and not (step < 0 and token.low in (":", ")")):
                return False
            place += step
        return False

    def _ahead(self, cue: Cue) -> bool:
        return any(mention.first >= cue.last for mention in self.mentions)

    # What reaches a mention

    def settle(self, mention: Mention) -> bool:
        """Set the mention's status; False where it states nothing."""
        forward = [cue for cue in self.before if cue.last <= mention.first and self._reaches(cue, mention)]
        backward = [cue for cue in self.behind if cue.first >= mention.last and self._reaches_back(cue, mention)]
        return decide(mention, forward, backward, self.segment.section)

    def _reaches(self, cue: Cue, mention: Mention) -> bool:
        """Whether a cue's scope extends forward to a mention."""
        note = self.note
        headed = note.low(cue.last) == ":" and cue.text in _cues.words("headed", cue.before)
        if mention.first - cue.last > FORWARD and not headed:
            return False
        place, seen = cue.last + headed, False
        while place < mention.first:
            if place in self.owner:
                seen = True
                place = self.owner[place].last
                continue
            if self._ends(cue, place, mention, seen, headed):
                return False
            place += 1
        return True

    def _ends(self, cue: Cue, place: int, mention: Mention, seen: bool, headed: bool) -> bool:
        note, low = self.note, self.note.low(place)
        following = note.low(place + 1)
        if low in _cues.words("ends", "words"):
            return True
        if low == ":":
            return not headed
        if low in ("with", "w", "c̄") and seen and cue.before in ("absent", "uncertain") and not (low == "w" and following == "/" and note.low(place + 2) == "o"):
            return True
        if place in self.side_at and seen and not headed:
            after = note.low(self.side_at[place].last)
            return cue.before != "nothing" and after not in LINKING and self.side_at[place].last < self.segment.last
        if seen and place in self.cue_at:
            return not (cue.before == "uncertain" and self.cue_at[place].text in ("vs", "versus"))
        if seen and low in _cues.words("ends", "verbs"):
            return cue.before != "nothing"
        if low == "," or low in ("and", "&", "+"):
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
            return seen and self._quantity(place + 1)
        if headed or not seen:
            return False
        if cue.before == "uncertain":
            return low == "," and not self._or_follows(place, mention)
        if cue.before == "history":
            return low == "," and (cue.text in ONE_ITEM or self._quantity(place + 1))
        return cue.before == "present"

    def _quantity(self, place: int) -> bool:
        low = self.note.low(place)
        words = _cues.words("ends", "quantities")
        return low in words or low + self.note.low(place + 1) in words or (self.note.tokens[place].kind == "number" if place < len(self.note.tokens) else False)

    def _or_follows(self, place: int, mention: Mention) -> bool:
        end = min(mention.last + 6, self.segment.last)
        return any(self.note.low(one) in ("or", "vs", "versus") for one in range(place, end))

    def _reaches_back(self, cue: Cue, mention: Mention) -> bool:
        """Whether a cue's scope extends backward to a mention."""
        note = self.note
        if cue.first - mention.last > BACKWARD:
            return False
        everything = note.low(cue.first - 1) in ("all", "both", ":", "—", "-")
        place, crossed = mention.last, False
        while place < cue.first:
            low = note.low(place)
            if place in self.owner:
                if not crossed and not everything:
                    return False
                place = self.owner[place].last
                crossed = False
                continue
            if low in LINKING or (low == "," and self._closed_by_and(place, cue)):
                crossed = True
            elif low == "," and place + 1 in self.side_at:
                return False
            elif low in ("but", "however", "although", "though", "except") and any(p in self.owner for p in range(place, cue.first)):
                return False
            elif any(c.first == place for c in self.before) and not everything:
                return False
            place += 1
        return True

    def _closed_by_and(self, place: int, cue: Cue) -> bool:
        return any(self.note.low(one) in ("and", "or", "&") for one in range(place, cue.first))


def decide(mention: Mention, forward: Iterable[Cue], backward: Iterable[Cue], section: str) -> bool:
    """Set the status from all cues that reach a mention; False where it states nothing."""
    before, behind = list(forward), list(backward)
    meanings = {cue.before for cue in before} | {cue.behind for cue in behind}
    nothing = [cue for cue in (*before, *behind) if "nothing" in (cue.before if cue in before else cue.behind)]
    mention.certainty = " ".join(dict.fromkeys(cue.text for cue in (*before, *behind)))
    if section in ("family", "nothing"):
        return False
    if nothing:
        if any(cue.text in ACTIVE for cue in nothing):
            mention.status, mention.unless = "absent", True
            return True
        return False
    status = _status(mention, before, behind, meanings)
    if section == "earlier":
        if status not in ("present", "history"):
            return False
        status = "history"
    if section == "history" and status == "present":
        status = "history"
    mention.asked = section == "asked"
    mention.status = status
    return True


def _status(mention: Mention, before: list[Cue], behind: list[Cue], meanings: set[str]) -> str:
    given = mention.status or "present"
    overcome = any(cue.text in OVERCOME for cue in behind)
    if "uncertain" in meanings:
        doubted_first = any(cue.before == "uncertain" for cue in before)
        denied_behind = any(cue.behind == "absent" for cue in behind)
        return "absent" if doubted_first and denied_behind else "uncertain"
    if overcome:
        return "present"
    if "absent" in meanings:
        if "history" in meanings and not _denied_past(before):
            return "history"
        return "absent" if given == "present" else ""
    if "history" in meanings:
        return "history" if given == "present" else given
    return given


def _denied_past(before: list[Cue]) -> bool:
    """ "no prior RD", "never had": the past itself is denied."""
    places = [cue for cue in before if cue.before in ("absent", "history")]
    return len(places) > 1 and places[0].before == "absent" and places[-1].before == "history"
