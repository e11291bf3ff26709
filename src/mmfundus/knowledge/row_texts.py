"""Texts to train on for a row without captions: what its labels, modality and phase say.

Only stated labels are put into words, the widest ones left out where a narrower one says more.
Absence is said in a single text, and never beside `normal`, which says it all. A text belongs to a
kind (named, findings, graded, denied), so that a trainer may draw the kinds in their shares
rather than as often as each happens to have texts.
"""

from collections.abc import Sequence

from mmfundus.knowledge import wording
from mmfundus.knowledge.concepts import NORMAL, Concept, concepts, shipped
from mmfundus.types import Row

MAX_NEGATED = 3  # a sentence that denies more than this says little of the picture


def captions(row: Row) -> tuple[str, ...]:
    """All the texts, each once, never none."""
    return tuple(dict.fromkeys(text for texts in _by_kind(row).values() for text in texts))


def caption_choices(row: Row) -> tuple[tuple[str, float], ...]:
    """The same texts, each with the share of the draws that its kind should have; shares add up to 1.

    A row has the kinds that its labels allow; their shares stand in prompts.toml.
    """
    kinds = {kind: texts for kind, texts in _by_kind(row).items() if texts}
    shares = {kind: float(wording.file()["spoken"][kind]) for kind in kinds}
    total = sum(shares.values())
    found: dict[str, float] = {}
    for kind, texts in kinds.items():
        for text in texts:
            found[text] = found.get(text, 0.0) + shares[kind] / total / len(texts)
    return tuple(found.items())


def _by_kind(row: Row) -> dict[str, list[str]]:
    words = wording.words(row.modality).in_phase(row.extra.get("phase", ""))
    present = _narrowest(row.present)
    named = words.sentences(_turns(present)) if present else list(words.pictures)
    findings = [
        words.say(f"{concept.name}, typically seen as {_join(found, 'and')}", 0)
        for concept in present
        if (found := concept.findings.get(row.modality, ()))
    ]
    graded = [text for concept in present for text in _graded(concept, row.modality, words)]
    return {"named": named, "findings": findings, "graded": graded, "denied": _denied(row, present, words)}


def _graded(concept: Concept, modality: str, words: wording.Words) -> list[str]:
    """What the grade is by definition, on each scale of this modality that has the concept as its own grade."""
    return [
        words.say(f"{concept.name}: {grade.words[0]}", 0)
        for scale, label in shipped().places(concept.id)
        if scale.exclusive and modality in scale.modalities
        for grade in scale.grades
        if grade.label == label and grade.words
    ]


def _denied(row: Row, present: Sequence[Concept], words: wording.Words) -> list[str]:
    absent = [concepts()[name] for name in row.absent if name != NORMAL][:MAX_NEGATED]
    texts = []
    if absent and NORMAL not in row.present:
        stated = words.say(_join([c.name for c in present], "and"), 0) if present else words.pictures[0]
        texts.append(f"{stated}, without {_join([c.name for c in absent], 'or')}")
    if not present and NORMAL in row.absent:
        texts += [f"{picture} that is not normal" for picture in words.pictures]
    return texts


def _narrowest(present: Sequence[str]) -> list[Concept]:
    wider = {above for name in present for above in shipped().implied((name,), ())[0] if above != name}
    return [concepts()[name] for name in present if name not in wider]


def _turns(present: Sequence[Concept]) -> list[str]:
    """What is present, in as many ways as the concept with most names has."""
    most = max(len(concept.names) for concept in present)
    return [_join([c.names[turn % len(c.names)] for c in present], "and") for turn in range(most)]


def _join(parts: Sequence[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
