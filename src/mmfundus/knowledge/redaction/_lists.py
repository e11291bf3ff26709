"""The lists of words.toml, and which words are known to be no names."""

import functools
import re
import tomllib
from importlib import resources
from typing import Any

from mmfundus.knowledge import concepts, spelling

LETTER = r"[^\W\d_][\u0300-\u036f]*"
PART = re.compile(rf"(?:{LETTER})+")


@functools.cache
def file() -> dict[str, Any]:
    """The content of words.toml."""
    text = (resources.files("mmfundus.knowledge.redaction") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def listed(name: str) -> frozenset[str]:
    """The entries of one list."""
    return frozenset(" ".join(entry.split()) for entry in file()[name].split(","))


@functools.cache
def phrases(*names: str) -> str:
    """The entries of lists as alternatives of a pattern, the longest first."""
    entries = sorted({entry for name in names for entry in listed(name)}, key=lambda entry: (-len(entry), entry))
    return "|".join(re.escape(entry).replace(r"\ ", r"\s+") for entry in entries)


def is_known(word: str) -> bool:
    """Whether a word is no name: of the knowledge base, of clinical English, an eponym, a product."""
    return set(spelling.words(word)) <= _known()


@functools.cache
def _known() -> frozenset[str]:
    lists = ("words", "eponyms", "products", "titles", "labels", "institution_words", "institutions", "before_names")
    texts = [entry for name in lists for entry in listed(name)]
    for concept in concepts.concepts().values():
        texts += [concept.id.replace("_", " "), *concept.names, *concept.aliases, *concept.abbreviations]
        texts += [text for said in concept.findings.values() for text in said]
    return frozenset(word for text in texts for word in spelling.words(text))
