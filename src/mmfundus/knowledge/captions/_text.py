"""A note as words with their places, so that whatever is found can be shown in the note.

Everything here keeps lengths: a tag or an entity of HTML becomes blanks, typographic marks become
plain ones, character for character. A token's stem is what names are compared by: the spelling of
`knowledge.spelling`, and whole words for the clipped ones of notes (shorthand.toml).
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mmfundus.knowledge import spelling
from mmfundus.knowledge.captions import _misspelt

MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’ʼ`´′", "'"),
        **dict.fromkeys('“”„″«»"', " "),
        **dict.fromkeys("‐‑‒−", "-"),
        **dict.fromkeys("–—―", "—"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u200b\ufeff", " "),
        **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full width
        "\u3000": " ",
        "•": "\u2022",
        "×": "x",
        "Ø": "ø",
    }
)
ENTITIES = {"amp": "&", "lt": " ", "gt": " ", "quot": '"', "apos": "'", "#39": "'", "plusmn": "±"}
MARKUP = re.compile(r"<(?P<tag>/?[A-Za-z][A-Za-z0-9]*)[^<>\n]{0,200}>|&(?P<entity>#?[A-Za-z0-9]{2,8});")
BREAKING = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4"})
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}"
TOKEN = re.compile(
    rf"""(?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\d{{1,2}}[ -]{MONTH}[ ,.-]{{0,2}}\d{{2,4}}\b
                |{MONTH}[ ]\d{{1,2}},?[ ]\d{{4}}\b)
      |(?P<code>(?<![\w.])[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{{1,4}}(?![^\W_]))
      |(?P<dotted>(?<![^\W_])(?:[A-Za-z]\.){{2,6}}(?![^\W_]))
      |(?P<number>(?<![\d.])\.\d+|\d+\.\d+(?:mm|cm|um|µm|dd)(?![^\W_])|\d+(?:[.,:/]\d+)*(?![^\W_]))
      |(?P<word>[^\W_]+(?:(?:'|(?-i:(?<=[a-z])-\n(?=[a-z]{{2}})))[^\W_]+)*)
      |(?P<mark>\S)""",
    re.VERBOSE | re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+")
SIDED = re.compile(r" *(?:OD|OS|OU|RE|LE|BE|R|L|[Rr]ight|[Ll]eft)(?: eye)? ?[:—-]")  # opens a statement of its own
LED = re.compile(r" +(?:OD|OS|OU|RE|LE|BE) (?!only|and|with|eye|[&+>])[A-Za-z?]")
ACRONYM = 5  # letters that an abbreviation in capitals has at most
TITLES = frozenset({"dr", "drs", "mr", "mrs", "ms", "prof", "st", "hosp", "no"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark of the note."""

    text: str
    low: str  # in small letters, without points: how cues are compared
    stem: str  # how names are compared; "" for marks
    start: int
    end: int
    kind: str  # "word", "number", "date", "code" or "mark"
    gap: int  # blanks before it; at the start of a line very many
    line: int


def plain(note: str) -> str:
    """The same text with plain marks and without markup; as long as the note."""

    def blank(match: re.Match[str]) -> str:
        if match["tag"]:
            return ("\n" if match["tag"].strip("/").lower() in BREAKING else " ") + " " * (len(match[0]) - 1)
        shown = ENTITIES.get(match["entity"].lower(), " ")
        return shown + " " * (len(match[0]) - 1)

    text = note.translate(MARKS)
    return MARKUP.sub(blank, text) if "<" in text or "&" in text else text


def tokens(text: str) -> list[Token]:
    """All tokens of a plain text, in order. Points that end an abbreviation are left out."""
    found: list[Token] = []
    line, last = 0, 0
    for match in TOKEN.finditer(text):
        start, end, kind = match.start(), match.end(), match.lastgroup or "mark"
        between = text[last:start]
        breaks = between.count("\n")
        line += breaks
        gap = 99 if breaks or not found else _columns(between)
        last = end
        written = match[0].replace("-\n", "")  # a word that the end of a line divides
        line += match[0].count("\n")
        if written == "." and found and not gap and _abbreviates(found[-1], text[end : end + 20]):
            continue
        low = unicodedata.normalize("NFKC", written).lower()
        if written == "-" and gap and text[end : end + 1] in (" ", "\n", "\t", ""):
            low = "—"
        if kind == "dotted":
            low, kind = low.replace(".", ""), "word"
        found.append(Token(match[0], low, _stem(found, written, low, kind), start, end, kind, gap, line))
    return found


def _stem(before: list[Token], written: str, low: str, kind: str) -> str:
    if kind not in ("word", "number"):
        return ""
    if len(written) > 2 and written[-1] == "s" and written[:-1].isupper():  # "MAs"
        low = low[:-1]
    if before and before[-1].stem in spelling.COUNTED:  # "stage II"
        low = spelling.ROMAN.get(low, low)
    return stem(low)


def _columns(between: str) -> int:
    return len(between) + 3 * between.count("\t")


def _abbreviates(token: Token, behind: str) -> bool:
    """Whether a point belongs to the word before it: not at the end of a line, nor before a capitalised word."""
    if token.text == "DR":  # a disease, not a doctor
        return False
    if token.low not in shorthand()["points"] or behind[:1] not in (" ", ",", ";", ":", ")") or "\n" in behind[:2]:
        return False
    if LED.match(behind):  # "IRMA ST. LE PRP scars"
        return False
    if SIDED.match(behind):  # "NVE ST. OS - none"
        return False
    following = WORD.match(behind.lstrip(" "))
    word = following[0] if following else ""
    acronym = word.isupper() and len(word) <= ACRONYM
    return token.low in TITLES or not word[:1].isupper() or acronym


def shouting(found: list[Token]) -> bool:
    """Whether a note is in capitals, so that they tell no abbreviation."""
    written = [token.text for token in found if token.kind == "word" and len(token.text) > 2]
    return (
        not any(text.islower() for text in written)
        and sum(text.isupper() and len(text) > ACRONYM for text in written) > 2
    )


@functools.lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """What a word is compared by; clipped words as the whole word."""
    given = word.replace("'s", "") if word.endswith("'s") else word.replace("'", "")
    for candidate in (given, given[:-1] if given.endswith("s") and not given.endswith("ss") else given):
        if candidate in _clipped():
            return _clipped()[candidate]
    found = spelling.words(given)
    joined = "".join(found)
    return _clipped().get(joined) or _misspelt.mended(joined, _ordinary())


@functools.cache
def shorthand() -> Mapping[str, Any]:
    """The content of shorthand.toml."""
    text = (resources.files("mmfundus.knowledge") / "shorthand.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _ordinary() -> frozenset[str]:
    return frozenset(shorthand()["words"]["ordinary"])


@functools.cache
def _clipped() -> Mapping[str, str]:
    return {short: whole for whole, shorts in shorthand()["clipped"].items() for short in shorts}
