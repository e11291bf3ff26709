"""The knowledge base for a reader: as a page that can be browsed, as a table and prompts on a terminal."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmfundus.knowledge import policies, prompts
from mmfundus.knowledge.blocks import UNREVIEWED, Concept
from mmfundus.knowledge.concepts import Dictionary, shipped
from mmfundus.knowledge.scales import Scale

Json = Mapping[str, Any]

# The chapters in a reader's order; one that is not named here comes last, under its file's name.
CHAPTERS = {
    "states": "Eye, picture and care",
    "diabetes": "Diabetes",
    "degeneration": "Age-related and other degeneration",
    "macula": "Macula and vitreomacular interface",
    "myopia": "Myopia",
    "vessels": "Vessels",
    "retina": "Detachment, tears and periphery",
    "vitreous": "Vitreous",
    "nerve": "Optic nerve",
    "inherited": "Inherited disease",
    "inflammation": "Inflammation and infection",
    "tumours": "Tumours",
    "lesions": "Lesions and signs",
    "angiogram": "Signs of the angiogram",
}


def chapters_view(dictionary: Dictionary) -> list[tuple[str, Json]]:
    """Title and concepts of each chapter, for templates/concepts.html."""
    found: dict[str, list[Json]] = {name: [] for name in CHAPTERS}
    for concept in dictionary.concepts.values():
        found.setdefault(concept.chapter, []).append(_concept_view(concept, dictionary))
    return [(CHAPTERS.get(name, name), {"concepts": items}) for name, items in found.items() if items]


def _concept_view(concept: Concept, dictionary: Dictionary) -> Json:
    children = [other.id for other in dictionary.concepts.values() if concept.id in other.parents]
    return {
        "id": concept.id,
        "name": concept.name,
        "kind": concept.kind + ("" if concept.abnormal else ", can stand beside normal"),
        "source": concept.source,
        "lines": [
            (what, text)
            for what, text in (
                ("also called", "; ".join(concept.synonyms)),
                ("understood too", "; ".join(concept.aliases)),
                ("abbreviations", ", ".join(_short(dictionary, concept, short) for short in concept.abbreviations)),
                ("ICD-10-CM", _codes(concept.icd10cm)),
                ("ICD-10", _codes(concept.icd10)),
                ("graded", "; ".join(f"{scale.name}: {label}" for scale, label in dictionary.places(concept.id))),
            )
            if text
        ],
        "links": [
            (what, ids)
            for what, ids in (
                ("is a", concept.parents),
                ("wider than", children),
                ("excludes", sorted(dictionary.excluded(concept.id))),
            )
            if ids
        ],
        "findings": [(modality, _sourced(said, concept)) for modality, said in concept.findings.items()],
    }


def _sourced(said: Sequence[str], concept: Concept) -> list[tuple[list[str], str]]:
    """Statements with their source; neighbours of one source together."""
    by_source = itertools.groupby(said, key=lambda text: concept.cited.get(text, UNREVIEWED))
    return [(list(texts), source) for source, texts in by_source]


def _short(dictionary: Dictionary, concept: Concept, short: str) -> str:
    """The abbreviation, with what else it may mean."""
    others = [meaning for meaning in dictionary.meanings(short) if meaning != concept.id]
    return f"{short} (or {', '.join(others)})" if others else short


def _codes(codes: Mapping[str, str]) -> str:
    """Codes by match, those of one match together."""
    grouped: dict[str, list[str]] = {}
    for code, match in codes.items():
        grouped.setdefault(match, []).append(code)
    return "; ".join(f"{', '.join(found)} ({match})" for match, found in grouped.items())


def scales_view(scales: Mapping[str, Scale]) -> Json:
    """For templates/scales.html."""
    return {"scales": list(scales.values())}


def policies_view() -> Json:
    """For templates/policies.html."""
    return {"policies": [policies.load(name) for name in policies.names()], "disagreements": policies.disagreements()}


def sources_view(dictionary: Dictionary) -> Json:
    """For templates/sources.html: the sources, and how many statements have none."""
    said = [(text, c.cited.get(text)) for c in dictionary.concepts.values() for f in c.findings.values() for text in f]
    return {
        "sources": list(dictionary.sources.values()),
        "findings": len(said),
        "cited": sum(source is not None for _, source in said),
        "concepts": len(dictionary.concepts),
        "concepts_cited": sum(c.source != UNREVIEWED for c in dictionary.concepts.values()),
    }


def concept_lines(modality: str = "") -> Iterator[str]:
    """The table that a terminal shows: id, where it is seen, name and abbreviations; of one modality if given."""
    shown = [c for c in shipped().concepts.values() if not modality or modality in c.modalities]
    widths = [max(len(c.id) for c in shown), max(len(",".join(c.modalities)) for c in shown)]
    for concept in shown:
        short = f" ({', '.join(concept.abbreviations)})" if concept.abbreviations else ""
        seen = ",".join(concept.modalities)
        yield f"{concept.id:{widths[0]}}  {seen:{widths[1]}}  {concept.name}{short}"
    yield f"{len(shown)} concepts, unreviewed by a specialist unless their page names a source."


def prompt_lines(asked: Sequence[prompts.Prompt]) -> Iterator[str]:
    """One line a sentence, its weight before it."""
    for prompt in asked:
        yield f"{prompt.weight:6.3f}  {prompt.text}"


def scale_lines(steps: Sequence[prompts.Step]) -> Iterator[str]:
    """The grades of a scale in order, each above its sentences."""
    for step in steps:
        yield f"grade {step.grade}{': ' + ', '.join(step.concepts) if step.concepts else ''}"
        yield from (f"  {line}" for line in prompt_lines(step.prompts))
