"""From a label to sentences: the prompt ensemble that names it, denies it, or grades it.

The words are in prompts.toml (around a label, by modality) and in the chapters (the labels).
A label that no concept knows is used as it stands, in the same sentences. Texts to train on are
made of the same words (`row_texts`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from mmfundus.errors import UnknownName, UsageError
from mmfundus.knowledge import wording
from mmfundus.knowledge.concepts import NORMAL, chapters, concepts, find, shipped
from mmfundus.knowledge.row_texts import caption_choices, captions
from mmfundus.knowledge.scales import Grade, Scale
from mmfundus.knowledge.wording import Words

__all__ = ["STYLES", "Prompt", "Step", "caption_choices", "captions", "digest", "ensemble", "scale"]


STYLES = ("name", "synonyms", "findings")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence of an ensemble and its share of the class vector; an ensemble's weights add up to 1."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Step:
    """One grade of a scale, asked: a class vector each, from the mildest to the worst."""

    grade: str
    concepts: tuple[str, ...]  # ids that are this grade; empty where the scale is finer or the grade is an absence
    prompts: tuple[Prompt, ...]


def ensemble(
    label: str, modality: str, style: str = "findings", *, denied: bool = False, **facets: str
) -> tuple[Prompt, ...]:
    """The sentences whose mean vector stands for a label: a concept's id, name or synonym, or any text.

    Names and synonyms share the weight equally, but for `findings_share`, which goes to the
    signs typical of the concept in this modality.

    Args:
        label: what is asked.
        modality: of the pictures that are asked.
        style: say the preferred name alone, the synonyms too, or the findings too.
        denied: ask for the absence instead. Findings are left out: one sign missing denies little.
        facets: more that is said of it, as in `location="macula", severity="mild"`; prompts.toml lists them.

    Raises UsageError (empty label), UnknownName (modality, style, facet) and AmbiguousName (an
    abbreviation shared by concepts of this modality).
    """
    text = " ".join(label.split())
    if not text:
        raise UsageError("A label is empty. Give a concept or a few words for each label.")
    words = wording.words(modality)
    names, findings = _said(text, modality, style)
    if denied:
        words, findings = words.denying(normal=concepts()[NORMAL].name in names), ()
    named = words.sentences([wording.qualified(name, facets) for name in names])
    asked = [Prompt(text, 1 / len(named)) for text in named]
    return _with_findings(asked, [words.say(finding, 0) for finding in findings])


def scale(name: str, modality: str, style: str = "findings") -> tuple[Step, ...]:
    """The grades of a scale in its order, each with the sentences that ask for it.

    A grade speaks by the words that define it and, half and half, by the names of the one concept
    that is this grade, or by the absence of what it denies. Raises UnknownName (scale, modality,
    style) and UsageError where the scale is not graded on such pictures or is no order.
    """
    known = shipped().scales
    if name not in known:
        raise UnknownName("scale", name, known)
    found = known[name]
    words = wording.words(modality)
    if modality not in found.modalities:
        raise UsageError(f"The scale {name!r} is graded on {', '.join(found.modalities)}, not on {modality}.")
    if not found.ordered:
        raise UsageError(f"{name!r} is a choice of kinds without an order. Ask each of its concepts by itself.")
    return tuple(
        Step(grade.label, grade.concepts, _grade_prompts(grade, found, words, modality, style))
        for grade in found.grades
    )


def digest() -> str:
    """SHA-256 of the files that make the words, in hex: two models with one digest asked the same."""
    total, folder = hashlib.sha256(), resources.files("mmfundus.knowledge")
    for file in (*chapters(), folder / "scales.toml", folder / "abbreviations.toml", folder / "prompts.toml"):
        total.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def _said(text: str, modality: str, style: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and findings of a label in a style; a text that is no concept's is its own only name."""
    if style not in STYLES:
        raise UnknownName("style of prompts", style, STYLES)
    try:
        concept = find(text, modality)
    except UnknownName:
        return (text,), ()
    names = (concept.name,) if style == "name" else concept.names
    return names, concept.findings.get(modality, ()) if style == "findings" else ()


def _grade_prompts(grade: Grade, of: Scale, words: Words, modality: str, style: str) -> tuple[Prompt, ...]:
    named: list[str] = []
    findings: tuple[str, ...] = ()
    # What several grades share (a concept, a denial) tells them not apart: they speak by their words alone.
    if len(grade.concepts) == 1 and sum(grade.concepts == other.concepts for other in of.grades) == 1:
        names, findings = _said(grade.concepts[0], modality, style)
        named = words.sentences(names)
    elif grade.absent and sum(grade.absent == other.absent for other in of.grades) == 1:
        named = words.denying().sentences([name for c in grade.absent for name in _said(c, modality, style)[0]])
    defined = words.sentences(grade.words) if grade.words and (style != "name" or not named) else []
    halves = 0.5 if named and defined else 1.0
    asked = [Prompt(text, halves / len(half)) for half in (named, defined) for text in half]
    return _merged(_with_findings(asked, [words.say(finding, 0) for finding in findings]))


def _with_findings(asked: Sequence[Prompt], findings: Sequence[str]) -> tuple[Prompt, ...]:
    """Prompts that weigh one, less the findings' share where there are findings."""
    share = float(wording.file()["findings_share"]) if findings else 0.0
    named = tuple(Prompt(prompt.text, prompt.weight * (1 - share)) for prompt in asked)
    return named + tuple(Prompt(text, share / len(findings)) for text in findings)


def _merged(prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    """Each text once, with all the weight it was given."""
    total: dict[str, float] = {}
    for prompt in prompts:
        total[prompt.text] = total.get(prompt.text, 0.0) + prompt.weight
    return tuple(Prompt(text, weight) for text, weight in total.items())
