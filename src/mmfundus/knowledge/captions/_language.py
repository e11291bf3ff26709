"""Which notes are refused: those in another language, and those that are no note of an eye.

A note that is half understood is worse than none: a language shares "macular" and OCT with English
but not "sin" or "ohne". The lists are languages.toml.
"""

import functools
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib import resources
from typing import Any

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Note

LEAST = 2  # different words of another language; one may be a name


@functools.cache
def file() -> Mapping[str, Any]:
    """The content of languages.toml."""
    return tomllib.loads((resources.files("mmfundus.knowledge") / "languages.toml").read_text(encoding="utf-8"))


def refusal(note: Note, beside: bool) -> str:
    """Why a note is not read, as a sentence without a word of it; "" where it is.

    Args:
        note: with its mentions.
        beside: whether an eye or a code stands beside it, so that it is of an eye whatever it says.
    """
    words = [token.low for token in note.tokens if token.kind == "word"]
    if not note.text.strip():
        return "" if beside else "The note is empty. Give its text, or leave the record out."
    if language := _language(words):
        return f"The note is not in English ({language}); only English is read. Translate it, or leave it out."
    if not beside and not _of_an_eye(note, words):
        return "The note speaks of no eye examination. Give notes of an eye clinic, or leave it out."
    return ""


def _language(words: list[str]) -> str:
    """The other language that a note is in; "" for English."""
    letters = [c for word in words for c in word if c.isalpha()]
    strange = sum(
        not unicodedata.name(c, "LATIN").startswith(("LATIN", "MICRO", "GREEK", "FEMININE", "MASCULINE"))
        for c in letters
    )
    if letters and strange > len(letters) / 5:
        return "another script"
    distinct = set(words)
    english = len(distinct & _english())
    scores = {name: len(distinct & known) for name, known in _others().items()}
    marked = sum(_marked(word) for word in distinct)
    best = max(scores, key=lambda name: scores[name])
    found = max(scores[best], marked and scores[best] + marked)
    return best if found >= LEAST and found > english else ""


def _marked(word: str) -> bool:
    """Whether a word has letters that English lacks."""
    return (
        not word.isascii()
        and word not in _names()
        and any(ord(c) > 127 and c.isalpha() for c in word)
        and len(word) > 2
    )


@functools.cache
def _english() -> frozenset[str]:
    return frozenset(file()["english"])


@functools.cache
def _others() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(words) - _english() for name, words in file()["others"].items()}


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(file()["marked"]["names"])


def _of_an_eye(note: Note, words: list[str]) -> bool:
    elsewhere = file()["elsewhere"]
    sided = any(
        note.tokens[side.first].low in ("od", "os", "ou") or note.tokens[side.first].text in ("RE", "LE", "BE")
        for side in note.sides
    )
    eye = (
        sum(word in _eye() for word in words)
        + sided
        + sum(
            m.kind in ("code", "grade") or (m.kind in ("name", "treatment") and len(m.words) > 1) for m in note.mentions
        )
    )
    known = concepts.shipped()
    sure = sum(m.kind == "short" and len(known.meanings(note.tokens[m.first].text)) == 1 for m in note.mentions)
    other = sum(word in elsewhere["specialties"] for word in words)
    letter = len({word for word in words if word in elsewhere["letters"]})
    examined = sided or any(word in elsewhere["examined"] for word in words)
    if letter > 1 and not examined:
        return False
    return eye + sure + any(m.kind in ("name", "part", "answer") for m in note.mentions) > max(other - 1, 0)


@functools.cache
def _eye() -> frozenset[str]:
    return frozenset(file()["eye"]["words"])
