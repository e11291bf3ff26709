"""Where a note names a concept: the longest wording at each place, then lists that share a word.

"disc and retinal neovascularisation" names two; "NPDR, severe" and "NPDR OU, moderate OD" name the
narrow one; "oedema of the left macula" names what "macular oedema" does.
"""

import functools

from mmfundus.knowledge.captions import _names, _text
from mmfundus.knowledge.captions._names import LINKS, Words
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.captions._text import shorthand

LONGEST = 14  # tokens of one name
SKIPS = 2  # modifiers and sides that may stand inside a name
BEFORE_DR = frozenset("no any mild moderate severe background proliferative mod sev early without w/o of for diabetic referable active pre".split())
TO_DOCTOR = frozenset("by of to from dear surgeon with see per seen : ( —".split())
BEHIND_DR = frozenset("with w without w/o or and but changes change grade is was vs in on no severe mild moderate screening absent present not seen stable".split())
JOINS = frozenset({",", "and", "or", "/", "&", "+", "vs", "versus", "to", "-", "nor", "and/or"})
BESIDE = 5  # tokens at either side that settle what an abbreviation means


def find(note: Note, first: int, last: int, context: str) -> list[Mention]:
    """Mentions by name in a range of tokens, in order."""
    found: list[Mention] = []
    place = first
    while place < last:
        mention = _longest(note, place, last, context) if note.tokens[place].stem else None
        if mention:
            found.append(mention)
            place = mention.last
        else:
            place += 1
    found = _turned(note, first, last, found)
    return sorted([*found, *_shared(note, first, found)], key=lambda one: one.first)


@functools.cache
def _transparent() -> frozenset[str]:
    modifiers = shorthand()["modifiers"]
    return frozenset((*modifiers["location"], *modifiers["severity"], "the", "a", "an", "both", "left", "right", "his", "her"))


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
            glued = token.low in "-/" and at > place and (token.gap == 0 or token.low == "-") and at + 1 < last
            if glued and (token.low == "-" or note.tokens[at + 1].gap == 0):
                stack.append((at + 1, key, skips, words))
            continue
        if token.low in _names.ARTICLES and key:
            stack.append((at + 1, key, skips, words))
            continue
        longer = key + token.stem
        if names.begins(longer):
            stack.append((at + 1, longer, skips, (*words, token.stem)))
            kind = "name" if longer in names.whole else "short" if _abbreviated(note, place, at, longer) else ""
            if kind and (best is None or at + 1 > best[0]) and not (denied and longer.startswith("non")):
                best = (at + 1, longer, kind, (*words, token.stem))
        if key and skips and token.low in _transparent():
            stack.append((at + 1, key, skips - 1, words))
    if best is None:
        return None
    end, key, kind, words = best
    if kind == "name":
        return Mention(place, end, names.whole[key], kind, words)
    beside = note.text[note.tokens[max(place - BESIDE, 0)].start : note.tokens[min(end + BESIDE, len(note.tokens)) - 1].end]
    text = note.tokens[place].text
    several = len(text) > 2 and text.endswith("s") and text[:-1].isupper()
    concept = _names.meaning(names.short[key], beside, context, note.text, several=several)
    return Mention(place, end, concept, kind, words) if concept else None


def _abbreviated(note: Note, first: int, at: int, key: str) -> bool:
    """Whether letters stand for an abbreviation: not where they are a common word or are set apart."""
    if key not in _names.shipped().short:
        return False
    if at > first:  # "A/V", "H/E", "CI-DME": glued, or words
        glued = all(note.tokens[p].gap == 0 for p in range(first + 1, at + 1)) and note.low(first - 1) != "/"
        return glued or all(note.tokens[p].text.isupper() and len(note.tokens[p].text) > 1 for p in range(first, at + 1))
    token = note.tokens[first]
    if key == "rt" and token.gap and note.low(first + 1) != "/":  # else the right
        return token.text == "RT"
    words = shorthand()["words"]
    letters = "".join(c for c in token.text if c.isalpha())
    loud = _shouting(note)
    if key == "dr":
        return not _doctor(note, first, plain=letters.islower() or loud)
    if letters.islower() or (letters.istitle() and len(letters) > 1):
        return key not in words["small"]
    return not (loud and key in words["small"])


def _doctor(note: Note, place: int, plain: bool) -> bool:
    """ "Dr" before a name; where small or capital letters tell nothing, before any word that could be one."""
    token, after = note.tokens[place], note.tokens[place + 1] if place + 1 < len(note.tokens) else None
    if not plain:
        return token.text.istitle()
    if after is not None and after.low == "." and note.low(place - 1) in TO_DOCTOR:
        return True
    if after is None or after.kind != "word" or any(side.first == place + 1 for side in note.sides):
        return False
    return after.low not in BEHIND_DR and note.low(place - 1) not in BEFORE_DR


@functools.lru_cache(maxsize=8)
def _loud(text: str) -> bool:
    return _text.shouting(_text.tokens(text))


def _shouting(note: Note) -> bool:
    return note.text.upper() == note.text and _loud(note.text)


def _turned(note: Note, first: int, last: int, found: list[Mention]) -> list[Mention]:
    """With what is said the other way round: "oedema of the left macula"."""
    names = _names.shipped()
    for at in range(first + 1, last - 1):
        if note.low(at) not in LINKS:
            continue
        where = _ahead(note, at + 1, last)
        what = _back(note, at - 1, first)
        options = [
            (len(words), start, end, "".join(words), words)
            for start, x in what
            for end, y in where
            for words in ((*y, *x), (*x[:1], *y, *x[1:]))  # "drusenoid detachment of the pigment epithelium"
        ]
        for _, start, end, key, words in sorted(options, reverse=True):
            if key in names.whole:
                inside = [m for m in found if start <= m.first < end or start < m.last <= end]
                if all(start <= m.first and m.last <= end for m in inside):
                    found = [m for m in found if m not in inside]
                    found.append(Mention(start, end, names.whole[key], "name", words))
                break
    return sorted(found, key=lambda one: one.first)


def _ahead(note: Note, start: int, last: int) -> list[tuple[int, Words]]:
    """The words behind a link, up to three, as they grow; articles, sides and modifiers left out."""
    words: Words = ()
    found = []
    for place in range(start, min(start + 7, last)):
        token = note.tokens[place]
        if not token.stem or token.low in LINKS or token.low in ("and", "or", "with"):
            break
        if token.low in _transparent() and not words:
            continue
        words = (*words, token.stem)
        found.append((place + 1, words))
        if len(words) == 3:
            break
    return found


def _back(note: Note, start: int, first: int) -> list[tuple[int, Words]]:
    """The words before a link, up to three, as they grow backwards."""
    words: Words = ()
    found = []
    for place in range(start, max(start - 3, first - 1), -1):
        token = note.tokens[place]
        if not token.stem or token.low in LINKS:
            break
        words = (token.stem, *words)
        found.append((place, words))
    return found


def _shared(note: Note, first: int, found: list[Mention]) -> list[Mention]:
    """Lists that share the end of a name: "flame and blot haemorrhages", "intra- or subretinal fluid"."""
    taken = {place for mention in found for place in range(mention.first, mention.last)}
    more: list[Mention] = []
    for mention in found:
        end = mention.first
        while len(mention.words) > 1 or len(more) > 0:
            joined = end
            while joined > first and (note.low(joined - 1) in JOINS):
                joined -= 1
            if joined == end or joined <= first:
                break
            option = _sharing(note, mention, joined, first, taken)
            if option is None:
                break
            more.append(option)
            taken |= set(range(option.first, option.last))
            end = option.first
    return more


PREFIXES = ("intra", "sub", "pre", "epi", "supra", "peri", "para")


def _sharing(note: Note, mention: Mention, end: int, first: int, taken: set[int]) -> Mention | None:
    names = _names.shipped()
    words: Words = ()
    for place in range(end - 1, max(end - 4, first - 1), -1):
        token = note.tokens[place]
        if place in taken or not (token.stem or token.text == "-"):
            return None
        if not token.stem:
            continue
        words = (token.stem, *words)
        for cut in range(1, len(mention.words)):
            key = "".join(words) + "".join(mention.words[cut:])
            if names.whole.get(key, mention.concept) != mention.concept:
                return Mention(place, end, names.whole[key], "name", (*words, *mention.words[cut:]))
        prefix = next((p for p in PREFIXES if mention.words and mention.words[0].startswith(p)), "")
        if token.stem in PREFIXES and prefix:
            swapped = (token.stem + mention.words[0].removeprefix(prefix), *mention.words[1:])
            if names.whole.get("".join(swapped), mention.concept) != mention.concept:
                return Mention(place, end, names.whole["".join(swapped)], "name", swapped)
    return None
