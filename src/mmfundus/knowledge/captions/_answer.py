"""From what a language model wrote to statements that may be used, and the rest with its reason.

Nothing is taken on trust: a concept must be an id of the knowledge base, evidence must stand in the redacted note
letter by letter and as whole words, and where something is must be said in words that the project knows, for it comes
into a caption. What fails is rejected and listed; it never costs the note's other statements.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _question
from mmfundus.knowledge.captions._text import shorthand
from mmfundus.knowledge.redaction.cuts import PLACEHOLDER
from mmfundus.knowledge.redaction.redact import Redacted
from mmfundus.types import STATUSES, Rejected, Statement

LONGEST = 300  # characters of evidence; more is not what names a thing
SHOWN = 200  # characters of a rejected value that are kept
THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)  # before the answer of models that reason aloud
EYES = {"R": "R", "L": "L", "both": "RL", "unsaid": ""}

Json = Mapping[str, Any]


class Malformed(Exception):
    """An answer that is not of the form that was asked for; its text says what is wrong, as a clause."""


def read(content: str) -> Json:
    """The object that an answer holds, also between other words. Raises Malformed."""
    text = THOUGHTS.sub("", content, count=1)
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise Malformed("it holds no JSON object")
    try:
        told = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        raise Malformed("it is not valid JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("eye_note"), bool):
        raise Malformed('"eye_note" is neither true nor false')
    if not isinstance(told.get("statements"), list):
        raise Malformed('"statements" is no list')
    return told


def statements(told: Json, note: Redacted, eye: str) -> tuple[list[Statement], list[Rejected]]:
    """What may be used, in the note's order and with its place in the note as it was; and what may not.

    Args:
        told: an answer that was read.
        note: the note that was sent.
        eye: of statements that name none: "R", "L", or "" for both.
    """
    used: list[Statement] = []
    rejected: list[Rejected] = []
    quoted: dict[str, int] = {}  # how far each quotation was found already
    for item in told["statements"]:
        reason = _fault(item, note.text)
        if reason:
            rejected.append(_rejected(item, reason))
            continue
        start, end = _place(note.text, item["evidence"], quoted)
        used += [_statement(item, side, start, end, note) for side in EYES[item["eye"]] or eye or "RL"]
    return sorted(used, key=lambda one: (one.start, one.end)), rejected


def _fault(item: Any, text: str) -> str:
    """Why an item cannot be used; "" where it can."""
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in _question.FIELDS[:4]):
        return "It is not of the form that was asked for."
    evidence = item["evidence"]
    if item["concept"] not in concepts.concepts():
        return "There is no such concept in the knowledge base."
    if item["eye"] not in EYES:
        return f"The eye is none of {', '.join(EYES)}."
    if item["status"] not in STATUSES:
        return f"The status is none of {', '.join(STATUSES)}."
    if not re.search(r"\w", PLACEHOLDER.sub("", evidence)):
        return "The evidence holds no word of the note."
    if len(evidence) > LONGEST:
        return f"The evidence is longer than {LONGEST} characters."
    if evidence not in text:
        return "The evidence does not stand in the note."
    if not _whole(evidence).search(text):
        return "The evidence begins or ends inside a word of the note."
    return ""


def _whole(evidence: str) -> re.Pattern[str]:
    """The evidence where it cuts no word."""
    before = r"(?<!\w)" if re.match(r"\w", evidence) else ""
    behind = r"(?!\w)" if re.search(r"\w$", evidence) else ""
    return re.compile(before + re.escape(evidence) + behind)


def _place(text: str, evidence: str, quoted: dict[str, int]) -> tuple[int, int]:
    """Where the evidence stands: of a quotation that comes again the next place, as long as there is one."""
    found = _whole(evidence).search(text, quoted.get(evidence, 0)) or _whole(evidence).search(text)
    assert found is not None, "evidence was looked for before"
    quoted[evidence] = found.end()
    return found.span()


def _statement(item: Json, side: str, start: int, end: int, note: Redacted) -> Statement:
    return Statement(
        item["concept"],
        side,
        item["status"],
        *note.original(start, end),
        item["evidence"],
        location=_said(item.get("location"), note.text, frozenset(shorthand()["modifiers"]["location"])),
        severity=_said(item.get("severity"), note.text, frozenset(shorthand()["modifiers"]["severity"])),
        asked=item.get("asked") is True,
    )


def _said(value: Any, text: str, known: frozenset[str]) -> str:
    """A facet, if the note says it and in words that are known; it would come into captions."""
    words = re.findall(r"[^\W\d_]+", value.lower()) if isinstance(value, str) else []
    return value if words and value in text and all(word in known for word in words) else ""


def _rejected(item: Any, reason: str) -> Rejected:
    told: Sequence[Any] = (
        [item.get(name, "") for name in _question.FIELDS[:4]] if isinstance(item, dict) else ["", "", "", item]
    )
    concept, eye, status, evidence = (one if isinstance(one, str) else json.dumps(one) for one in told)
    return Rejected(concept[:SHOWN], eye[:SHOWN], status[:SHOWN], evidence[:SHOWN], reason)
