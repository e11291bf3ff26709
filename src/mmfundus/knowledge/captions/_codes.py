"""Codes of ICD-10-CM in a column or in the text: what each says, and of which eye.

Most codes of the retina say the eye with one character (H35.3221: left); which, is listed in
code_meanings.toml, with what codes say beyond the concepts of the knowledge base that list them.
"""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from mmfundus.knowledge import codes, concepts
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.types import Statement

WRITTEN = re.compile(r"(?<![\w.])[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?(?![\w])", re.IGNORECASE)
EYES = {"1": "R", "2": "L", "3": "RL"}
STATUS = {"no": "absent", "was": "history"}

Said = tuple[tuple[str, str], ...]  # concept and status; "" = present, unless words beside it say otherwise


@functools.cache
def file() -> Mapping[str, Any]:
    """The content of code_meanings.toml."""
    return tomllib.loads((resources.files("mmfundus.knowledge") / "code_meanings.toml").read_text(encoding="utf-8"))


def eye(code: str) -> str:
    """The eyes that a code names: "R", "L", "RL", or "" where it names none."""
    plain = codes.plain(code)
    for size in range(len(plain) - 1, 3, -1):
        if plain[:size] in _sided():
            return EYES.get(plain[size], "")
    return ""


@functools.cache
def _sided() -> frozenset[str]:
    return frozenset(file()["sided"])


@functools.lru_cache(maxsize=1 << 12)
def says(code: str) -> Said:
    """What a code states: as the file says, else the concepts that it is or is a part of, else a wider one."""
    plain = codes.plain(code)
    patterns = [
        p for p in file()["says"] if len(p) <= len(plain) and all(a in ("?", b) for a, b in zip(p, plain, strict=False))
    ]
    if patterns:
        texts = file()["says"][max(patterns, key=len)]
        return tuple((text.split()[-1], STATUS.get(text.split()[0], "")) for text in texts)
    matches = [(name, match, size) for name in concepts.concepts() for match, size in _matches(name, plain)]
    exact = [(name, size) for name, match, size in matches if match != "broad"]
    closest = max((size for _, size in exact), default=0)  # of a code and its category the code decides
    sure = [name for name, size in exact if size == closest]
    wider = {up for name in sure for up in concepts.implied((name,), ())[0] if up != name}
    broad = [name for name, match, _ in matches if match == "broad"]
    return tuple((name, "") for name in sure or (broad if len(broad) == 1 else ()) if name not in wider)


def _matches(name: str, code: str) -> list[tuple[str, int]]:
    """How a concept's patterns fit a code, and how long each is."""
    patterns = concepts.concepts()[name].icd10cm.items()
    return [(match, len(codes.plain(pattern))) for pattern, match in patterns if codes.covers("icd10cm", pattern, code)]


def find(note: Note) -> list[Mention]:
    """Mentions by codes with a point in the text."""
    found = []
    starts = {token.start: place for place, token in enumerate(note.tokens)}
    for match in WRITTEN.finditer(note.text):
        if "." not in match[0] or match.start() not in starts:
            continue
        first = last = starts[match.start()]
        while last < len(note.tokens) and note.tokens[last].start < match.end():
            last += 1
        found += [Mention(first, last, name, "code", (), status, eyes=eye(match[0])) for name, status in says(match[0])]
    return found


def statements(icd10: Sequence[str], of: str) -> list[Statement]:
    """What codes of a column say; a code without side is `of` the record's eye, or of both where it has none."""
    return [
        Statement(name, side, status or "present", 0, 0, code)
        for code in icd10
        for name, status in says(code)
        for side in eye(code) or of or "RL"
    ]
