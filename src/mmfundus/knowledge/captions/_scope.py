"""How far a cue reaches within its segment, after NegEx and ConText.

Forward, a cue ends at a "but", at a clause of its own, at a list that a side has closed, at an item
that begins with a quantity; backward, at the next item of a list that no "and" holds together.
"""

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._direction import Cues
from mmfundus.knowledge.captions._note import Mention
from mmfundus.knowledge.captions._parts import modifiers
from mmfundus.knowledge.captions._text import shorthand

LISTED = 12  # tokens between "none of the following" and its colon
FORWARD, BACKWARD = 34, 22  # tokens that a cue reaches at most
LINKING = frozenset({"and", "or", "nor", "/", "&", "+", "and/or"})
APPOSED = ("regressed", "resolved", "cleared", "healed", "settled", "gone", "absorbed")  # behind a comma
DEFINITE = frozenset({"the", "his", "her", "my", "this", "that", "these", "your"})
BUT = frozenset({"but", "however", "although", "though", "except"})


class Scope:
    """What the cues of a segment reach."""

    def __init__(self, cues: Cues) -> None:
        self.note, self.segment, self.mentions = cues.note, cues.segment, cues.mentions
        self.owner, self.side_at, self.cues = cues.owner, cues.side_at, cues
        self.cue_at = {cue.first: cue for cue in cues.before}

    def before(self, mention: Mention) -> list[Cue]:
        """The cues that reach forward to a mention."""
        return [cue for cue in self.cues.before if cue.last <= mention.first and self.reaches(cue, mention)]

    def behind(self, mention: Mention) -> list[Cue]:
        """The cues that reach back to a mention."""
        return [cue for cue in self.cues.behind if cue.first >= mention.last and self._reaches_back(cue, mention)]

    def reaches(self, cue: Cue, mention: Mention) -> bool:
        """Whether a cue's scope extends forward to a mention."""
        if cue.before == "absent" and self.note.low(mention.first) in ("no", "cannot", "unable", "not"):
            return False  # "not dilated, no view"
        if cue.text == "?" and mention.first > cue.last and self.note.low(cue.last) in shorthand()["subject"]["causes"]:
            return False  # "?TB panuveitis" doubts the cause
        if self._presupposed(cue, mention):
            return False
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

    def _presupposed(self, cue: Cue, mention: Mention) -> bool:
        """What a doubt takes for granted: "whether it has grown"; what was done: "suspected CME after phaco"."""
        if cue.before != "uncertain":
            return False
        asked = cue.text == "whether" and self.note.low(cue.last) in DEFINITE
        done = mention.kind == "treatment" and any(p in self.owner for p in range(cue.last, mention.first))
        return asked or done

    def _headed(self, cue: Cue) -> int:
        """Where a list begins that a cue with a colon stands over ("Possible:", "Previous grade:"); 0 for none."""
        if cue.before != "nothing" and cue.text not in _cues.words("headed", cue.before):
            return 0
        if cue.text == "none of":  # "none of the following were seen in either eye: ..."
            ahead = range(cue.last, min(cue.last + LISTED, self.segment.last))
            return next(
                (p + 1 for p in ahead if self.note.low(p) == ":" and "following" in self.note.lows(cue.last, p)), 0
            )
        for place in (cue.last, cue.last + 1):
            opens = place == cue.last or cue.first == self.segment.first
            if opens and place < self.segment.last and self.note.low(place) == ":":
                return place + 1
        return 0

    def _ends(self, cue: Cue, place: int, mention: Mention, seen: bool, headed: bool) -> bool:
        """Whether a word ends a cue's scope. `seen` says that a mention stands between them."""
        low = self.note.low(place)
        single = cue.text in _cues.words("ends", "single")
        if low in _cues.words("ends", "words"):
            return True
        if low in (":", ";"):
            return not headed
        if seen and low == "for" and cue.before == "nothing":
            return True
        if low in ("with", "w", "c") and (cue.before in ("absent", "uncertain") or single):
            return seen and self.note.lows(place, place + 3)[:2] + self.note.lows(place + 2, place + 3) not in (
                ["w", "/", "o"],
                ["w", "/", "out"],
            )
        if cue.before == "absent" and place in self.side_at and self._unknown_item(cue, place):
            return True
        if place in self.side_at and seen and not headed and cue.before != "nothing":
            last = self.side_at[place].last
            return self.note.low(last) not in LINKING and last < self.segment.last
        if place in self.cue_at and (seen or self.note.low(place - 1) == ","):
            return self.cue_at[place].text not in ("old", "new")
        if seen and low in _cues.words("ends", "verbs"):
            return cue.before != "nothing"
        if low in (",", "and", "&", "+", "—"):
            return self._new_item(cue, place, mention, seen, headed)
        return low == "(" and seen and cue.before in ("uncertain", "history")

    def _unknown_item(self, cue: Cue, side: int) -> bool:
        """Whether something that nobody knows was denied before a comma and a side: "no xanthoma, OS lattice"."""
        return self.note.low(side - 1) == "," and side - 1 > cue.last

    def _new_item(self, cue: Cue, place: int, mention: Mention, seen: bool, headed: bool) -> bool:
        """Whether a comma, a dash or an "and" begins something that the cue says nothing of."""
        low, following = self.note.low(place), self.note.low(place + 1)
        single = cue.text in _cues.words("ends", "single")
        if following in ("and", "or", "&"):
            following = self.note.low(place + 2)
        if low == "," and not headed and cue.before in ("absent", "nothing") and self._incidental(cue, place, mention):
            return True
        if following in _cues.words("ends", "subjects") and not headed:
            return cue.before != "nothing" or low == ","
        if cue.before == "absent":
            own = low == "—" or (low == "," and self._own_statement(place, mention))
            return seen and (own or self._quantity(place + 1))
        if cue.before == "nothing" and single:
            return seen
        if headed or not seen:
            return not headed and (low == "—" or (low == "," and single))
        if cue.before == "uncertain":
            return low != "and" and not self._or_follows(place, mention)
        if cue.before == "history":
            return low in (",", "—") and (single or self._quantity(place + 1))
        return cue.before == "present"

    def _incidental(self, cue: Cue, place: int, mention: Mention) -> bool:
        """Whether the item behind a comma is one that is seldom denied, in a list that no "or" closes."""
        if self._or_follows(place, mention):
            return False
        item = next(m for m in self.mentions if m.first > place)
        listed = sum(cue.last <= m.first < place for m in self.mentions) > 1 and item.last >= self.segment.last
        return item.kind == "code" or (item.concept in _cues.words("ends", "incidental") and not listed)

    def _quantity(self, place: int) -> bool:
        """Whether an item begins with how much there is: "no RD, mild ERM"."""
        low, known = self.note.low(place), _cues.words("ends", "quantities")
        if place in self.owner:
            return False  # "no haemorrhages, new vessels"
        number = place < len(self.note.tokens) and self.note.tokens[place].kind == "number"
        return number or low in known or low + self.note.low(place + 1) in known

    def _own_statement(self, place: int, mention: Mention) -> bool:
        """Whether an item of a list says more than its name: "no IRF, SHRM fibrotic", "no tears, vessels leak"."""
        if self._or_follows(place, mention):
            return False
        item = next(m for m in self.mentions if m.first > place)
        end = item.last
        if (end in self.owner and self.owner[end] is not item) or self._placed(end):
            return True
        if item.kind == "part" and self.note.low(item.first) in _cues.words("ends", "predicates"):
            return (item.first - place > 1 and end >= self.segment.last) or self.note.low(end) in (",", ")")
        if not _cues.words("ends", "places").isdisjoint(self.note.lows(self._before(place), place)):
            return True  # "no SRF on OCT, RPE mottling"
        if end >= self.segment.last or end in self.side_at or self.note.tokens[end].kind != "word":
            return False
        low = self.note.low(end)
        return low not in LINKING and low not in _cues.words("ends", "trailing") and low not in modifiers()

    def _placed(self, place: int) -> bool:
        """Whether how much or where follows a name, as if it is there: "CMO ++", "NS 2+", "at 4:00"."""
        low = self.note.low(place)
        if low in ("at", "@"):
            return place + 1 < self.segment.last and self.note.tokens[place + 1].kind == "number"
        sign = low in ("+", "++", "+++") and self.note.low(place + 1) not in ("/", "-")
        clock = ":" in low and low[:1].isdecimal()
        grade = low[:1].isdecimal() and (low.endswith("+") or self.note.low(place + 1) == "+")
        return place < self.segment.last and (sign or clock or grade or low in _cues.words("ends", "postposed"))

    def _before(self, place: int) -> int:
        """Where the last mention before a place ends."""
        return max((m.last for m in self.mentions if m.last <= place), default=place)

    def _or_follows(self, place: int, mention: Mention) -> bool:
        end = min(mention.last + 6, self.segment.last)
        return not {"or", "nor", "vs", "versus"}.isdisjoint(self.note.lows(place, end))

    def _reaches_back(self, cue: Cue, mention: Mention) -> bool:
        """Whether a cue's scope extends backward to a mention."""
        if cue.text == "(-)" and self.note.low(cue.first) == "-":
            return cue.first == mention.last  # "IRF+ SRF-"
        if mention.kind == "normal" and cue.behind == "nothing":
            return False  # "normal exam"
        if cue.first - mention.last > BACKWARD or (cue.behind == "nothing" and cue.first > mention.last):
            return False
        everything = self.note.low(cue.first - 1) in ("all", "both", ":", "—")
        place, held = mention.last, False  # held: an "and" holds the items of the list together
        while place < cue.first:
            low = self.note.low(place)
            if place in self.owner:
                if not held and not everything:
                    return False
                place, held = self.owner[place].last, False
                continue
            if cue.behind == "present" and low in LINKING:
                return False
            if low == "," and not _cues.words("ends", "verbs").isdisjoint(self.note.lows(mention.last, place)):
                return False  # "drusen were noted, haemorrhage was not"
            signed = low == "+" and self.note.low(place - 1) == "("
            if (low in LINKING and not signed and not self._of_short_word(place)) or (
                low == "," and self._closed_by_and(place, cue)
            ):
                held = True
            elif self._ends_back(cue, place, everything):
                return False
            place += 1
        return True

    def _ends_back(self, cue: Cue, place: int, everything: bool) -> bool:
        low = self.note.low(place)
        if low == "," and not everything:  # "CSC OD, now resolved"
            if place == cue.first - 1 and cue.text in (*APPOSED, *_cues.words("overcome", "words")):
                return False  # "NVE along the arcade, regressed, with fibrosis"
            small = _cues.words("times", "small")
            return cue.behind != "history" or any(word not in small for word in self.note.lows(place + 1, cue.first))
        if low in BUT and any(p in self.owner for p in range(place, cue.first)):
            return True
        return place in self.side_at and self.note.low(place - 1) in (",", ":")

    def _of_short_word(self, place: int) -> bool:
        """Whether a stroke belongs to a short word: "w/", "h/o"."""
        return self.note.low(place) == "/" and len(self.note.low(place - 1)) == 1

    def _closed_by_and(self, place: int, cue: Cue) -> bool:
        """Whether the list that a comma stands in has an "and" and another item before the cue."""
        return any(
            self.note.low(one) in ("and", "or", "&") and any(p in self.owner for p in range(one, cue.first))
            for one in range(place, cue.first)
        )
