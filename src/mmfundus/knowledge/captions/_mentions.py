"""Where a note names a concept: the longest wording at each place, then lists that share a word.

"disc and retinal neovascularisation" names two (`_shared`), "oedema of the left macula" names what
"macular oedema" does (`_turned`). What an abbreviation means, its neighbours decide.
"""

import functools

from mmfundus.knowledge.captions import _cues, _names, _text
from mmfundus.knowledge.captions._names import LINKS, Words
from mmfundus.knowledge.captions._note import Mention, Note, places
from mmfundus.knowledge.captions._parts import modifiers
from mmfundus.knowledge.captions._text import shorthand

LONGEST = 14  # tokens of one name
SKIPS = 2  # modifiers and sides that may stand inside a name
BESIDE = 5  # tokens at either side that settle what an abbreviation means
TURNING = 3  # words at either side of an "of"
JOINS = frozenset({",", "and", "or", "/", "&", "+", "vs", "versus", "to", "-", "nor", "and/or"})
SEEN = frozenset(
    {
        "have",
        "has",
        "had",
        "is",
        "are",
        "was",
        "were",
        "appeared",
        "developed",
        "seen",
        "noted",
        "present",
        "visible",
        "found",
    }
)
INSIDE = frozenset({"the", "a", "an", "both", "left", "right", "his", "her"})
PREFIXES = ("intra", "sub", "pre", "epi", "supra", "peri", "para")


def find(note: Note, first: int, last: int, context: str) -> list[Mention]:
    """Mentions by name in a range of tokens, in order."""
    found: list[Mention] = []
    place = first
    while place < last:
        mention = _longest(note, place, last, context) if note.tokens[place].stem else None
        if mention:
            found.append(mention)
        place = mention.last if mention else place + 1
    found = _turned(note, first, last, found)
    return sorted([*found, *_shared(note, first, found)], key=lambda one: one.first)


def _longest(note: Note, place: int, last: int, context: str) -> Mention | None:
    """The longest name or abbreviation that begins at a place."""
    names = _names.shipped()
    denied = note.low(place) == "no"  # "no npdr" is not "non-PDR"
    best: tuple[int, str, str, Words] | None = None
    stack: list[tuple[int, str, int, Words]] = [(place, "", SKIPS, ())]
    while stack:
        at, key, skips, words = stack.pop()
        if at >= min(last, place + LONGEST):
            continue
        token = note.tokens[at]
        if not token.stem:
            if key and _glues(note, at, last):
                stack.append((at + 1, key, skips, words))
            continue
        if token.low in _names.ARTICLES and key:
            stack.append((at + 1, key, skips, words))
            continue
        longer, said = key + token.stem, (*words, token.stem)
        if names.begins(longer):
            stack.append((at + 1, longer, skips, said))
            kind = "name" if longer in names.whole else "short" if _abbreviated(note, place, at, longer) else ""
            if kind and (best is None or at + 1 > best[0]) and not (denied and longer.startswith("non")):
                best = (at + 1, longer, kind, said)
        if key and skips and (token.low in modifiers() or token.low in INSIDE):
            stack.append((at + 1, key, skips - 1, words))
    return _named(note, place, context, *best) if best else None


def _glues(note: Note, at: int, last: int) -> bool:
    """Whether a hyphen, or a stroke without blanks, goes on with a name."""
    token = note.tokens[at]
    return at + 1 < last and (
        token.low == "-" or (token.low == "/" and token.gap == 0 and note.tokens[at + 1].gap == 0)
    )


def _named(note: Note, place: int, context: str, end: int, key: str, kind: str, words: Words) -> Mention | None:
    names = _names.shipped()
    if kind == "name" and note.low(place) == "no" and _of_piece(note, end):
        return None  # "no view of the periphery"
    if kind == "name":
        return Mention(place, end, names.whole[key], kind, words)
    first, last = note.tokens[max(place - BESIDE, 0)], note.tokens[min(end + BESIDE, len(note.tokens)) - 1]
    text = note.tokens[place].text
    others = shorthand()["elsewhere"].get(note.low(place))
    if others and (not {token.low for token in note.tokens}.isdisjoint(others) or _clock(note, place)):
        return None
    if _asleep(note, place):
        return None
    several = len(text) > 2 and text.endswith("s") and text[:-1].isupper()
    beside = note.text[first.start : last.end]
    concept = _names.meaning(names.short[key], beside, context, note.text, several=several)
    return Mention(place, end, concept, kind, words) if concept else None


def _asleep(note: Note, place: int) -> bool:
    """ "Under GA": an anaesthetic."""
    return note.low(place) == "ga" and note.low(place - 1) in ("under", "a")


def _of_piece(note: Note, end: int) -> bool:
    """Whether a view is missing of a piece alone."""
    pieces = {"periphery", "peripheral", "far", "vitreous", "inferior", "superior", "nasal", "temporal", "angle"}
    return note.low(end) == "of" and not pieces.isdisjoint(note.lows(end + 1, end + 3))


def _clock(note: Note, place: int) -> bool:
    """ "2:00 PM": a number before letters that may tell the time."""
    before = place > 0 and note.tokens[place - 1].kind == "number"
    return before and note.low(place) == "pm"


def _abbreviated(note: Note, first: int, at: int, key: str) -> bool:
    """Whether letters stand for an abbreviation: not where they are a common word or are set apart."""
    if key not in _names.shipped().short:
        return False
    if at > first:  # "A/V", "CI-DME", "HR PDR"
        tokens = note.tokens[first : at + 1]
        glued = all(token.gap == 0 for token in tokens[1:]) and note.low(first - 1) != "/"
        return glued or all(token.text.isupper() and len(token.text) > 1 for token in tokens)
    token = note.tokens[first]
    if first in note.sided or _surname(note, first):
        return False
    if key == "rt" and token.gap and note.low(first + 1) != "/":  # else the right
        return token.text == "RT"
    letters = "".join(c for c in token.text if c.isalpha())
    loud = _loud(note.text)
    if key == "dr":
        return not _doctor(note, first, plain=letters.islower() or loud)
    small = letters.islower() or (letters.istitle() and len(letters) > 1) or loud
    signed = note.low(first + 1) in ("+", "++", "+++") and note.tokens[first + 1].gap == 0  # "he+"
    return not (small and not signed and key in shorthand()["words"]["small"])


def _surname(note: Note, place: int) -> bool:
    """ "Whitcombe-Rao": a capital and small letters behind the hyphen of such a word."""
    if place < 2 or note.low(place - 1) != "-" or note.tokens[place - 1].gap or note.tokens[place].gap:
        return False
    return all(len(text) > 2 and text.istitle() for text in (note.tokens[place - 2].text, note.tokens[place].text))


def _doctor(note: Note, place: int, plain: bool) -> bool:
    """ "Dr" before a name; where small or capital letters tell nothing, before any word that could be one."""
    if not plain:
        return note.tokens[place].text.istitle()
    before, after = note.low(place - 1), note.low(place + 1)
    if after == "." and before in _cues.words("doctor", "to"):
        return True
    if place + 1 >= len(note.tokens) or note.tokens[place + 1].kind != "word" or place + 1 in note.sided:
        return False
    return after not in _cues.words("doctor", "disease_behind") and before not in _cues.words(
        "doctor", "disease_before"
    )


@functools.lru_cache(maxsize=8)
def _loud(text: str) -> bool:
    return text.upper() == text and _text.shouting(_text.tokens(text))


def _turned(note: Note, first: int, last: int, found: list[Mention]) -> list[Mention]:
    """With what is said the other way round: "oedema of the left macula"."""
    names = _names.shipped()
    for at in range(first + 1, last - 1):
        if note.low(at) not in LINKS:
            continue
        options = [
            (len(words), start, end, words)
            for start, x in _back(note, at - 1, first)
            for end, y in _ahead(note, at + 1, last)
            for words in ((*y, *x), (*x[:1], *y, *x[1:]))  # "drusenoid detachment of the pigment epithelium"
            if "".join(words) in names.whole
        ]
        if options:
            _, start, end, words = max(options)
            inside = [m for m in found if m.first < end and m.last > start]
            if all(start <= m.first and m.last <= end for m in inside):
                found = [m for m in found if m not in inside]
                found.append(Mention(start, end, names.whole["".join(words)], "name", words))
    return sorted(found, key=lambda one: one.first)


def _ahead(note: Note, start: int, last: int) -> list[tuple[int, Words]]:
    """The words behind a link as they grow; articles, sides and modifiers before them left out."""
    words: Words = ()
    found: list[tuple[int, Words]] = []
    for place in range(start, min(start + 7, last)):
        token = note.tokens[place]
        if not token.stem or token.low in LINKS or token.low in ("and", "or", "with") or len(words) == TURNING:
            break
        if words or (token.low not in modifiers() and token.low not in INSIDE):
            words = (*words, token.stem)
            found.append((place + 1, words))
    return found


def _back(note: Note, start: int, first: int) -> list[tuple[int, Words]]:
    """The words before a link as they grow backwards."""
    words: Words = ()
    found: list[tuple[int, Words]] = []
    for place in range(start, max(start - TURNING - 2, first - 1), -1):
        token = note.tokens[place]
        if len(words) == TURNING:
            break
        if not words and token.low in SEEN:
            continue  # "new vessels have appeared at the disc"
        if not token.stem or token.low in LINKS:
            break
        words = (token.stem, *words)
        found.append((place, words))
    return found


def _shared(note: Note, first: int, found: list[Mention]) -> list[Mention]:
    """Lists that share the end of a name: "flame and blot haemorrhages", "intra- or subretinal fluid"."""
    taken = set(places(found))
    more: list[Mention] = []
    for mention in found:
        end = mention.first
        while len(mention.words) > 1:
            joined = end
            while joined > first and note.low(joined - 1) in JOINS:
                joined -= 1
            option = _sharing(note, mention, joined, first, taken) if first < joined < end else None
            if option is None:
                break
            more.append(option)
            taken |= set(range(option.first, option.last))
            end = option.first
    return more


def _sharing(note: Note, mention: Mention, end: int, first: int, taken: set[int]) -> Mention | None:
    """What the words before a place name together with the end of a mention."""
    names = _names.shipped()
    words: Words = ()
    for place in range(end - 1, max(end - 1 - TURNING, first - 1), -1):
        token = note.tokens[place]
        if place in taken or not (token.stem or token.text == "-"):
            return None
        if not token.stem:
            continue
        words = (token.stem, *words)
        options = [(*words, *mention.words[cut:]) for cut in range(1, len(mention.words))]
        prefix = next((p for p in PREFIXES if mention.words[0].startswith(p)), "")
        if token.stem in PREFIXES and prefix:
            options.append((token.stem + mention.words[0].removeprefix(prefix), *mention.words[1:]))
        for said in options:
            concept = names.whole.get("".join(said), mention.concept)
            if concept != mention.concept:
                return Mention(place, end, concept, "name", said)
    return None
