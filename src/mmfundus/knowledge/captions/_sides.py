"""Words for the right eye, the left eye and both.

Many of them are also other words: "left untreated", "right away", "Re:", "IS/OS", "be". A word
counts where its neighbours let it. The lists are in cues.toml, `sides`.
"""

from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Note, Side
from mmfundus.knowledge.captions._text import Token, shouting

OPTIC = {"od": "R", "os": "L", "ou": "RL"}  # oculus dexter, sinister, uterque
SLIPS = {"lft": "L", "letf": "L", "leftt": "L", "rght": "R", "rigth": "R", "rihgt": "R", "bth": "RL", "boht": "RL"}
PLAIN = {"re": "R", "le": "L", "be": "RL"}
TURNED = {"R": "L", "L": "R"}
EYE = frozenset({"eye", "eyes", "side", "sides", "eyed", "e"})
CLOSING = frozenset({",", ".", ";", ")", "]", "|", ":"})
PAIRING = frozenset({"/", "+", ">", "<", "=", "&"})


def find(note: Note) -> None:
    """Fill in the sides of a note."""
    finder = _Finder(note.tokens)
    place = 0
    found: list[Side] = []
    while place < len(note.tokens):
        side = finder.at(place) if note.tokens[place].kind == "word" else None
        if side:
            found.append(side)
        place = side.last if side else place + 1
    note.sides = _joined(note.tokens, found)
    note.sided = frozenset(place for side in note.sides for place in range(side.first, side.last))


class _Finder:
    """Sides in a list of tokens, with what the note as a whole says of its letters."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.loud = shouting(tokens)
        lows = {token.low for token in tokens}
        self.both = {"re", "le"} <= lows or not lows.isdisjoint({"od", "os", "ou"})  # "re" is no "regarding"
        self.small = not any(token.text.isupper() and len(token.text) > 1 for token in tokens if token.kind == "word")
        self.left_too = any(token.text == "LT" for token in tokens)

    def at(self, place: int) -> Side | None:
        """The side that begins at a word."""
        token = self.tokens[place]
        low, text, after, before = token.low, token.text, self._low(place + 1), self._low(place - 1)
        if low in PLAIN and "." in text:  # "R.E."
            return Side(place, place + 1, PLAIN[low])
        if low in SLIPS:
            return Side(place, place + 2 if after in EYE else place + 1, SLIPS[low])
        if low in OPTIC:
            photoreceptors = before in ("/", "-") and self._low(place - 2) == "is"  # IS/OS
            return None if photoreceptors else Side(place, place + 1, OPTIC[low])
        if low in ("rt", "lt") and self._tear(place):
            return None
        if low in ("right", "left", "rt", "lt"):
            return self._word(place)
        if text in ("R", "L", "B") and after == "/" and self._low(place + 2) in ("e", "eye") and self._glued(place + 2):
            return Side(place, place + 3, {"R": "R", "L": "L", "B": "RL"}[text])
        if low in ("righteye", "lefteye"):
            return Side(place, place + 1, "R" if low[0] == "r" else "L")
        if low in PLAIN and self._plain(place):
            return Side(place, place + 1, PLAIN[low])
        if text in ("R", "L") or (low in ("r", "l") and self._small_letter(place)):
            return self._letter(place)
        return self._both(place)

    def _low(self, place: int) -> str:
        return self.tokens[place].low if 0 <= place < len(self.tokens) else ""

    def _glued(self, place: int) -> bool:
        return self.tokens[place].gap == 0

    def _tear(self, place: int) -> bool:
        """RT is a retinal tear but beside an eye, a colon, or LT."""
        before, after = self._low(place - 1), self._low(place + 1)
        if self._low(place) == "lt":
            return False
        if "/" in (before, after) and "lt" not in (self._low(place - 2), self._low(place + 2)):
            return True  # "no rd/rt"
        return self.tokens[place].text == "RT" and after not in EYE and after != ":" and not self.left_too

    def _plain(self, place: int) -> bool:
        """RE, LE and BE; in small letters only where the note shows that they are meant."""
        text, after = self.tokens[place].text, self._low(place + 1)
        if text == "BE":
            return not self.loud or after in CLOSING or place + 1 == len(self.tokens)
        if text in ("RE", "LE"):
            return True
        if text.lower() == "be" or not self.both:
            return False
        return after == ":" or (text.islower() and self.small)

    def _word(self, place: int) -> Side | None:
        """Left and right: not "left untreated", "right away", "left arm"."""
        low, before, after = self._low(place), self._low(place - 1), self._low(place + 1)
        eye = "R" if low[0] == "r" else "L"
        if after == "-" and self._low(place + 2) in ("sided", "eyed", "eye"):
            return Side(place, place + 3, eye)
        if after in EYE:
            return Side(place, place + 2, eye)
        angled = after == "-" and self._low(place + 2) in ("angled", "handed", "angle")
        if after in _cues.words("sides", "elsewhere") or angled or before == "all":
            return None
        verb = before in _cues.words("sides", "verbs") or after in _cues.words("sides", "left")
        if low == "left" and verb:
            return Side(place, place + 1, eye) if before == "the" or after in _cues.words("sides", "parts") else None
        return Side(place, place + 1, eye)

    def _small_letter(self, place: int) -> bool:
        before, after = self._low(place - 1), self._low(place + 1)
        if after in (":", ">", "<", "+", *EYE) or (after == "—" and self.tokens[place].gap > 0):
            return True
        return before in (">", "<", "+", "(") and after in ("only", ")", ">", "<")

    def _letter(self, place: int) -> Side | None:
        """A lone letter: not in R/O; in pairs such as R+L, before an eye, or by itself."""
        before, after = self._low(place - 1), self._low(place + 1)
        side = Side(place, place + 1, self.tokens[place].text.upper())
        if after in PAIRING and self._low(place + 2) in ("l", "r"):
            return side
        if before in PAIRING and self._low(place - 2) in ("l", "r"):
            return side
        glued = place + 1 < len(self.tokens) and self._glued(place + 1) and after in ("/", "'", "-")
        if glued or (place and self._glued(place) and before in ("/", "'", "-", ".")):
            return None
        if after in EYE and len(after) > 1:
            side.last += 1
        return side

    def _both(self, place: int) -> Side | None:
        """Both, each, either, neither; the other one, the same one."""
        low, before, after = self._low(place), self._low(place - 1), self._low(place + 1)
        last = place + 2 if after in EYE else place + 1
        if low == "b" and after == "/" and self._low(place + 2) in ("l", "e"):
            return Side(place, place + 3, "RL")
        if low in _cues.words("sides", "both"):
            return Side(place, last, "RL")
        ahead = [self._low(place + i) for i in (1, 2, 3)]
        if low == "both":
            pair = not {"and", "+", "&"}.isdisjoint(ahead) and not self._of_part(ahead)  # "both drusen and CNV"
            return None if pair else Side(place, last, "RL")
        if low == "either" and before == "in" and (after in CLOSING or not after):
            return Side(place, last, "RL")
        if low in ("either", "each", "neither"):
            has = low == "neither" and after in _cues.words("sides", "neither")
            return Side(place, last, "RL", denies=low == "neither") if has or self._of_part(ahead) else None
        parts = _cues.words("sides", "parts")
        if low in _cues.words("sides", "other") and (
            after in EYE or (low in ("fellow", "contralateral") and after in parts)
        ):
            return Side(place, last, "other")
        if (low in _cues.words("sides", "compared") and after in EYE) or (
            low == "other" and before == "the" and after in _cues.words("sides", "the_other")
        ):
            return Side(place, last, "other")
        return Side(place, place + 2, "same") if low in _cues.words("sides", "same") and after in EYE else None

    def _of_part(self, ahead: list[str]) -> bool:
        """Whether an eye or a part of one follows: "either eye", "each of her optic discs"."""
        parts = _cues.words("sides", "parts")
        at = next((i for i, word in enumerate(ahead) if word in parts), None)
        return at is not None and all(word in ("of", "the", "her", "his") for word in ahead[:at])


def _joined(tokens: list[Token], sides: list[Side]) -> list[Side]:
    """Right and left in a row are both ("R+L", "OD > OS", "right and left"); "other" and "same" find their eye."""
    found: list[Side] = []
    for side in sides:
        last = found[-1] if found else None
        if last and {last.eyes, side.eyes} == {"R", "L"} and _pair(tokens, last, side):
            last.last, last.eyes = side.last, "RL"
        elif side.eyes == "other":
            known = next((one.eyes for one in reversed(found) if one.eyes in TURNED), "")
            if known or tokens[side.first].low not in _cues.words("sides", "compared"):
                found.append(Side(side.first, side.last, TURNED.get(known, "other")))
        elif side.eyes == "same":
            if last:
                found.append(Side(side.first, side.last, last.eyes))
        else:
            found.append(side)
    return found


def _pair(tokens: list[Token], last: Side, side: Side) -> bool:
    between = [token.low for token in tokens[last.last : side.first]]
    return bool(between) and set(between) <= _cues.words("sides", "joining") and between != ["in", "the"]
