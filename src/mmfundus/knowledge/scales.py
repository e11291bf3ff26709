"""Grading scales: what follows what, and which concepts cannot hold of one eye together.

The file is scales.toml. A scale's grades stand in order, the mildest first. A grade may be a
concept of its own (`concepts`), may say that something is absent (`absent`), or may be words
alone, where a scale is finer than the concepts. On an exclusive scale one grade excludes the
concepts of all others; a group is exclusive too, but in no order.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmfundus.errors import WorkError
from mmfundus.knowledge.blocks import ID, UNREVIEWED, only, tables, texts

KEYS = ("name", "modalities", "exclusive", "ordered", "gaps", "source", "grades")
GRADE_KEYS = ("grade", "concepts", "absent", "words")


@dataclass(frozen=True, slots=True)
class Grade:
    """One step of a scale."""

    label: str  # as the scale writes it: "3", "R1", "good"
    words: tuple[str, ...] = ()  # what is seen at this grade, in our own words
    concepts: tuple[str, ...] = ()  # that are this grade; present at no other one of an exclusive scale
    absent: tuple[str, ...] = ()  # concepts that this grade denies


@dataclass(frozen=True, slots=True)
class Scale:
    """Grades of one thing, the mildest first; not ordered where they are mere kinds."""

    id: str
    name: str
    grades: tuple[Grade, ...]
    modalities: tuple[str, ...]
    exclusive: bool = True
    ordered: bool = True
    source: str = UNREVIEWED

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts of all its grades, each once, in the grades' order."""
        return tuple(dict.fromkeys(name for grade in self.grades for name in grade.concepts))

    def exclusions(self) -> Iterator[tuple[str, str]]:
        """Pairs of concepts of which an eye can have only one; both ways round."""
        if self.exclusive:
            for one in self.grades:
                for other in self.grades:
                    if one is not other:
                        yield from ((a, b) for a in one.concepts for b in other.concepts)


def parse(text: str, known: Collection[str]) -> dict[str, Scale]:
    """The scales of a TOML file by id. Raises WorkError with the scale and what is wrong in it."""
    return {name: _scale(name, block, known) for name, block in tables(text, "scales").items()}


def _scale(name: str, block: Mapping[str, Any], known: Collection[str]) -> Scale:
    if not ID.fullmatch(name):
        raise WorkError(f"The scale id {name!r} is not lower-case words joined by underscores.")
    only(block, KEYS, f"The scale {name!r}")
    for needed in ("name", "modalities", "grades"):
        if not block.get(needed):
            raise WorkError(f"The scale {name!r} has no {needed!r}.")
    grades = tuple(_grade(name, grade, known) for grade in block["grades"])
    scale = Scale(
        name,
        block["name"],
        grades,
        texts(block["modalities"], f"'modalities' of the scale {name!r}"),
        block.get("exclusive", True),
        block.get("ordered", True),
        block.get("source", UNREVIEWED),
    )
    _check(scale, gaps=block.get("gaps", False))
    return scale


def _grade(scale: str, block: Mapping[str, Any], known: Collection[str]) -> Grade:
    label = str(block.get("grade", ""))
    only(block, GRADE_KEYS, f"A grade of the scale {scale!r}")
    if not label:
        raise WorkError(f"A grade of the scale {scale!r} has no 'grade', its name.")
    whose = f"Grade {label} of the scale {scale!r}"
    fields = {k: texts(block.get(k, ()), f"{k!r} of {whose}") for k in ("words", "concepts", "absent")}
    for concept in (*fields["concepts"], *fields["absent"]):
        if concept not in known:
            raise WorkError(f"{whose} names the concept {concept!r}, which does not exist.")
    if not any(fields.values()):
        raise WorkError(f"{whose} says nothing: it has neither words nor concepts.")
    return Grade(label, **fields)


def _check(scale: Scale, gaps: bool) -> None:
    labels = [grade.label for grade in scale.grades]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise WorkError(f"The scale {scale.id!r} has the grade {repeated[0]} twice.")
    if len(labels) < 2:
        raise WorkError(f"The scale {scale.id!r} has the one grade {labels[0]}; a scale needs two.")
    if scale.ordered and all(label.isdecimal() for label in labels):
        numbers = [int(label) for label in labels]
        for before, after in itertools.pairwise(numbers):
            if after <= before or (after > before + 1 and not gaps):
                raise WorkError(
                    f"In the scale {scale.id!r} grade {after} follows grade {before}. Put the grades in order and "
                    "leave none out; say gaps = true where the scale itself leaves numbers out."
                )
    for a, b in scale.exclusions():
        if a == b:
            raise WorkError(f"The exclusive scale {scale.id!r} has the concept {a!r} at two grades.")
