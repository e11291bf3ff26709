"""How soon somebody should be seen, as one named guideline has it: never a fact about a disease.

Guidelines differ between countries and hospitals, so each is a file of its own in the folder
policies, with its publisher, version and address, and nothing here chooses between them. All are
unreviewed restatements in our own words, not clinical advice. A file's keys are

name, publisher, region, where, version, read   what it is; `read` = how much of it was seen
status       unreviewed, until a specialist has signed
conflicts    sentences: where it contradicts itself or another guideline
[[rules]]    concepts = ids any of which the rule is about · when = what else must hold, or empty ·
             urgency = one of URGENCIES · days = within how many, where it says so · words = more of it
"""

import functools
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from types import MappingProxyType
from typing import Any

from mmfundus.errors import UnknownName, WorkError
from mmfundus.knowledge.blocks import only, texts
from mmfundus.knowledge.concepts import concepts

# From the soonest to none at all; a guideline's own words are in `words`.
URGENCIES = ("emergency", "urgent", "soon", "routine", "not referred")
STATUSES = ("unreviewed", "reviewed")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one guideline says of some concepts."""

    concepts: tuple[str, ...]
    urgency: str  # one of URGENCIES
    when: str = ""  # what else must hold; empty: always
    days: int | None = None  # to be seen within; None: not said
    words: str = ""  # anything more, in our own words


@dataclass(frozen=True, slots=True)
class Policy:
    """One guideline."""

    id: str
    name: str
    publisher: str
    region: str
    where: str
    version: str
    read: str
    status: str
    rules: tuple[Rule, ...]
    conflicts: tuple[str, ...] = ()

    def about(self, concept: str) -> tuple[Rule, ...]:
        """Its rules that name the concept itself; none is inferred from wider or narrower ones."""
        return tuple(rule for rule in self.rules if concept in rule.concepts)


def names() -> tuple[str, ...]:
    """The guidelines that ship with the package."""
    folder = resources.files("mmfundus.knowledge") / "policies"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@functools.cache
def load(name: str) -> Policy:
    """One guideline. Raises UnknownName, which lists the choices, and WorkError where its file is wrong."""
    if name not in names():
        raise UnknownName("referral policy", name, names())
    file = resources.files("mmfundus.knowledge") / "policies" / f"{name}.toml"
    return parse(name, file.read_text(encoding="utf-8"), concepts())


def parse(name: str, text: str, known: Collection[str]) -> Policy:
    """A guideline from TOML. Raises WorkError with what is wrong in it."""
    try:
        block = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkError(f"The policy {name!r} is not valid TOML: {error}.") from None
    needed = [f.name for f in fields(Policy) if f.name not in ("id", "conflicts")]
    only(block, (*needed, "conflicts"), f"The policy {name!r}")
    for missing in (key for key in needed if not block.get(key)):
        raise WorkError(f"The policy {name!r} has no {missing!r}.")
    if block["status"] not in STATUSES:
        raise WorkError(f"The policy {name!r} is {block['status']!r}; say one of: {', '.join(STATUSES)}.")
    rules = tuple(_rule(name, rule, known) for rule in block.pop("rules"))
    seen = [(concept, rule.when) for rule in rules for concept in rule.concepts]
    for concept, when in seen:
        if seen.count((concept, when)) > 1:
            raise WorkError(f"The policy {name!r} has two rules for {concept!r} with the same condition {when!r}.")
    conflicts = texts(block.pop("conflicts", ()), f"'conflicts' of the policy {name!r}")
    return Policy(id=name, rules=rules, conflicts=conflicts, **block)


def _rule(policy: str, block: Mapping[str, Any], known: Collection[str]) -> Rule:
    whose = f"A rule of the policy {policy!r}"
    only(block, (f.name for f in fields(Rule)), whose)
    named = texts(block.get("concepts", ()), f"'concepts' of a rule of the policy {policy!r}")
    if not named:
        raise WorkError(f"{whose} names no concept.")
    for concept in named:
        if concept not in known:
            raise WorkError(f"{whose} names the concept {concept!r}, which does not exist.")
    if block.get("urgency") not in URGENCIES:
        raise WorkError(f"{whose} has the urgency {block.get('urgency')!r}; say one of: {', '.join(URGENCIES)}.")
    days = block.get("days")
    if days is not None and (not isinstance(days, int) or days < 1):
        raise WorkError(f"{whose} is for {days!r} days; give a whole number of at least 1.")
    return Rule(**{**block, "concepts": named})


def disagreements() -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    """Concepts of which guidelines give different urgencies: concept -> guideline -> its rules.

    A rule's condition may explain the difference; that is for a reader to judge.
    """
    by_concept: dict[str, dict[str, tuple[Rule, ...]]] = {}
    for policy in map(load, names()):
        for concept in dict.fromkeys(c for rule in policy.rules for c in rule.concepts):
            by_concept.setdefault(concept, {})[policy.id] = policy.about(concept)
    differ = {
        concept: MappingProxyType(said)
        for concept, said in sorted(by_concept.items())
        if len(said) > 1 and len({rule.urgency for rules in said.values() for rule in rules}) > 1
    }
    return MappingProxyType(differ)
