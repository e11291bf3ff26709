"""Words for the right eye, the left eye and both, and which statement each belongs to.

Many of them are also other words: "left untreated", "right away", "Re:", "IS/OS", "be". A word
counts where its neighbours let it. Scope follows the guide: a side after a statement closes the
list back to the side before; a side before it holds until the next.
"""

import re

from mmfundus.knowledge.captions._note import Side
from mmfundus.knowledge.captions._text import Token, shouting

RIGHT = frozenset({"od", "right", "rt", "oculus dexter"})
LEFT = frozenset({"os", "left", "lt"})
BOTH = frozenset({"ou", "both", "bilateral", "bilaterally", "bilat", "bil", "bl", "binocular", "binocularly", "o.u"})
CAPITALS = {"RE": "R", "R": "R", "LE": "L", "L": "L", "BE": "RL", "B/E": "RL", "REYE": "R"}
OTHER = frozenset({"fellow", "contralateral", "other", "opposite", "second"})
SAME = frozenset({"same", "this", "that", "affected", "ipsilateral"})
EYE = frozenset({"eye", "eyes", "side", "sides", "eyed", "e"})
PARTS = frozenset(
    "eye eyes side sides disc discs disk fundus fundi macula maculae retina retinae retinas fovea foveae lens vitreous optic "
    "periphery nerve nerves image images photo field fields peripheries lenses of posterior".split()
)
# Beside these, "left" and "right" are no eyes.
NOT_BEFORE = frozenset("was were is are be been has have had he she they we it who untreated all not being".split())
NOT_AFTER = frozenset(
    "away angled angle handed hand arm leg foot ventricle ventricular lung kidney side-effect untreated alone as with "
    "the a an on in at for to lobe upper lower hip knee shoulder carotid breast ear behind angles".split()
)
BODY = frozenset("arm leg foot hand ventricle ventricular lung lobe hip knee shoulder carotid breast ear face hemisphere".split())
CLOSING = frozenset({",", ".", ";", ")", "]", "|"})
GRADE = re.compile(r"[rm]\d[a-z]?")


def find(tokens: list[Token]) -> list[Side]:
    """All sides of a note, in order."""
    found: list[Side] = []
    place = 0
    loud = shouting(tokens)
    while place < len(tokens):
        side = _at(tokens, place, loud)
        if side is None:
            place += 1
            continue
        found.append(side)
        place = side.last
    return _joined(tokens, found)


def _at(tokens: list[Token], place: int, loud: bool) -> Side | None:
    token = tokens[place]
    if token.kind != "word":
        return None
    low, text = token.low, token.text
    before = tokens[place - 1].low if place else ""
    after = tokens[place + 1].low if place + 1 < len(tokens) else ""
    if low in ("od", "os", "ou", "re", "le", "be") and "." in text:
        return Side(place, place + 1, {"o": {"d": "R", "s": "L", "u": "RL"}[low[1]] if low[0] == "o" else "",
                                        "r": "R", "l": "L", "b": "RL"}[low[0]])
    if low in ("od", "os", "ou"):
        if before in ("/", "-") and place > 1 and tokens[place - 2].low == "is":  # IS/OS, the photoreceptors
            return None
        return Side(place, place + 1, {"d": "R", "s": "L", "u": "RL"}[low[1]])
    if low == "rt" and (before == "/" or after == "/") and "lt" not in (after, before):
        return None  # "no rd/rt"
    if text == "RT" and after not in EYE and after != ":" and not any(token.text == "LT" for token in tokens):
        return None  # a retinal tear
    if low in ("right", "left", "rt", "lt"):
        return _word(tokens, place, "R" if low[0] == "r" else "L", before, after)
    if text in ("R", "L", "B") and after == "/" and place + 2 < len(tokens) and tokens[place + 2].low in ("e", "eye") and tokens[place + 2].gap == 0:
        return Side(place, place + 3, "RL" if text == "B" else text)
    if low in ("righteye", "lefteye"):
        return Side(place, place + 1, "R" if low[0] == "r" else "L")
    verb = loud and text == "BE" and after not in CLOSING and after != ":" and place + 1 < len(tokens)
    if text in ("RE", "LE", "BE") and not verb:
        return Side(place, place + 1, CAPITALS[text])
    if text in ("Re", "Le", "re", "le") and after == ":" and _pair(tokens, low):
        return Side(place, place + 1, low[0].upper())
    if low in ("re", "le") and text.islower() and _pair(tokens, low) and _all_small(tokens):
        return Side(place, place + 1, low[0].upper())
    if text in ("R", "L"):
        return _letter(tokens, place, text, before, after)
    if low in ("r", "l") and (after in (":", ">", "<", "+", *EYE) or (after == "—" and tokens[place].gap) or (before in (">", "<", "+", "(") and after in ("only", ")", ">", "<"))):
        return _letter(tokens, place, low.upper(), before, after)
    return _both(tokens, place, low, before, after)


def _word(tokens: list[Token], place: int, eye: str, before: str, after: str) -> Side | None:
    last = place + 1
    if after == "-" and place + 2 < len(tokens) and tokens[place + 2].low in ("sided", "eyed", "eye"):
        return Side(place, place + 3, eye)
    if after in EYE:
        return Side(place, last + 1, eye)
    if after in BODY or after in ("away", "angled", "handed", "now", "untreated", "alone"):
        return None
    if tokens[place].low == "left" and (before in NOT_BEFORE or after in ("the", "untreated", "with", "alone", "his", "her", "hospital")):
        return Side(place, last, eye) if before in ("the",) or after in PARTS else None
    if tokens[place].low == "right" and after == "-" and place + 2 < len(tokens) and tokens[place + 2].low in ("angled", "handed", "angle"):
        return None
    if before == "all" or (tokens[place].low == "rt" and after in ("now",)):
        return None
    return Side(place, last, eye)


def _letter(tokens: list[Token], place: int, text: str, before: str, after: str) -> Side | None:
    """A lone capital: not in R/O, R-L or a grade; before an eye, a colon, a number, or at the end of a list."""
    glued = place + 1 < len(tokens) and tokens[place + 1].gap == 0
    behind = tokens[place].gap == 0 and place > 0
    if after in ("/", "+", ">", "<", "=", "&") and place + 2 < len(tokens) and tokens[place + 2].text.upper() in ("L", "R"):
        return Side(place, place + 1, text)
    if before in ("/", "+", ">", "<", "=", "&") and place > 1 and tokens[place - 2].text.upper() in ("L", "R"):
        return Side(place, place + 1, text)
    if (glued and after in ("/", "'", "-")) or (behind and before in ("/", "'", "-", ".")):
        return None
    last = place + 2 if after in EYE and len(after) > 1 else place + 1
    return Side(place, last, text)


def _both(tokens: list[Token], place: int, low: str, before: str, after: str) -> Side | None:
    if low == "b" and after == "/" and place + 2 < len(tokens) and tokens[place + 2].low in ("l", "e"):
        return Side(place, place + 3, "RL")
    if low in ("bilateral", "bilaterally", "bilat", "binocular", "binocularly"):
        return Side(place, place + 2 if after in EYE else place + 1, "RL")
    ahead = [token.low for token in tokens[place + 1 : place + 4]]
    eye = next((i for i, word in enumerate(ahead) if word in PARTS and word != "of"), None)
    direct = eye is not None and all(word in ("of", "the", "her", "his", "optic", "posterior") for word in ahead[:eye])
    if low == "both":
        if "and" in ahead[:3] and not direct:  # both X and Y
            return None
        return Side(place, place + 2 if after in EYE else place + 1, "RL")
    if low in ("either", "each", "neither"):
        if direct or (low == "neither" and after in ("has", "had", "have", "shows", "showed", "is", "was", "of")):
            return Side(place, place + 2 if after in EYE else place + 1, "RL", denies=low == "neither")
        return None
    if low in OTHER and (after in EYE or (low in ("fellow", "contralateral") and after in PARTS)):
        return Side(place, place + 2 if after in EYE else place + 1, "other")
    if low in ("better", "worse", "good", "bad", "stronger", "weaker", "dominant") and after in EYE:
        return Side(place, place + 2, "other")
    if low == "other" and before == "the" and after in (",", "with", "has", "shows", "is", ":", "had", "."):
        return Side(place, place + 1, "other")
    if low in SAME and after in EYE:
        return Side(place, place + 2, "same")
    return None


def _pair(tokens: list[Token], low: str) -> bool:
    """Whether the other word of re and le stands in the note too: alone, "re" is "regarding"."""
    partner = "le" if low == "re" else "re"
    return any(token.low == partner or token.text in ("OD", "OS", "OU", "BE") for token in tokens)


def _all_small(tokens: list[Token]) -> bool:
    return not any(token.text.isupper() and len(token.text) > 1 for token in tokens if token.kind == "word")


def _joined(tokens: list[Token], sides: list[Side]) -> list[Side]:
    """Right and left in a row are both: "R+L", "OD > OS", "right and left eyes"; and "other" finds its eye."""
    found: list[Side] = []
    for side in sides:
        last = found[-1] if found else None
        between = [token.low for token in tokens[last.last : side.first]] if last else ["x"]
        if last and last.eyes in ("R", "L") and side.eyes in ("R", "L") and last.eyes != side.eyes and between and (
            set(between) <= {">", "<", "=", "+", "/", "&", "and", "than", "or", "the", "in", "more", "greater", "same", "as", "worse", "equal", "~"}
            and between != ["in", "the"]
        ):
            last.last, last.eyes = side.last, "RL"
        elif side.eyes == "other":
            known = next((s.eyes for s in reversed(found) if s.eyes in ("R", "L")), "")
            if known or tokens[side.first].low not in ("better", "worse", "good", "bad", "stronger", "weaker", "dominant"):
                found.append(Side(side.first, side.last, {"R": "L", "L": "R"}.get(known, "other")))
        elif side.eyes == "same":
            known = next((s.eyes for s in reversed(found)), "")
            if known:
                found.append(Side(side.first, side.last, known))
        else:
            found.append(side)
    return found
