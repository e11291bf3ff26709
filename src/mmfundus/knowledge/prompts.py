"""From a label to sentences: the prompt ensemble that names it, and the texts to train on.

The words are in prompts.toml (around a label, by modality) and concepts.toml (the labels).
A label that no concept knows is used as it stands, in the same sentences.
"""

import functools
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from mmfundus import plugins
from mmfundus.errors import UnknownName, UsageError
from mmfundus.knowledge.concepts import NORMAL, Concept, concepts, find, shipped
from mmfundus.types import Row

MAX_NEGATED = 3  # a sentence that denies more than this says little of the picture


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence of an ensemble and its share of the class vector; an ensemble's weights add up to 1."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Words:
    """How pictures of one modality are spoken of."""

    pictures: tuple[str, ...]  # with their article
    templates: tuple[str, ...]  # with {picture} and {label}
    phases: tuple[str, ...] = ()  # those that the column `phase` may name

    def say(self, label: str, turn: int) -> str:
        """A sentence with the label; each turn takes the next template and the next word for the picture."""
        picture = self.pictures[turn % len(self.pictures)]
        # Filled by hand, for a label may hold braces.
        before, _, after = self.templates[turn % len(self.templates)].partition("{label}")
        return before.replace("{picture}", picture) + label + after.replace("{picture}", picture)


def ensemble(label: str, modality: str) -> tuple[Prompt, ...]:
    """The sentences whose mean vector stands for a label: a concept's id, name or synonym, or any text.

    Names and synonyms share the weight equally, but for `findings_share`, which goes to the
    signs typical of the concept in this modality. Raises UsageError (empty label), UnknownName
    (modality) and AmbiguousName (an abbreviation shared by concepts of this modality).
    """
    text = " ".join(label.split())
    if not text:
        raise UsageError("A label is empty. Give a concept or a few words for each label.")
    words = _words(modality)
    try:
        concept = find(text, modality)
    except UnknownName:
        return _weighted(_sentences((text,), words), 1.0)
    findings = concept.findings.get(modality, ())
    share = _file()[1] if findings else 0.0
    named = _weighted(_sentences(concept.names, words), 1.0 - share)
    return named + _weighted([words.say(finding, 0) for finding in findings], share)


def captions(row: Row) -> tuple[str, ...]:
    """Texts to train on for a row without captions: what its labels, modality and phase say, never nothing.

    Only stated labels are put into words, the widest ones left out where a narrower one says
    more. Absence is said in a single text, and never beside `normal`, which says it all.
    """
    words = _in_phase(_words(row.modality), row.extra.get("phase", ""))
    present = _narrowest(row.present)
    absent = [concepts()[name] for name in row.absent if name != NORMAL][:MAX_NEGATED]
    texts = _sentences(_turns(present), words) if present else list(words.pictures)
    texts += [
        words.say(f"{concept.name}, typically seen as {_join(findings, 'and')}", 0)
        for concept in present
        if (findings := concept.findings.get(row.modality, ()))
    ]
    if absent and NORMAL not in row.present:
        stated = words.say(_join([c.name for c in present], "and"), 0) if present else words.pictures[0]
        texts.append(f"{stated}, without {_join([c.name for c in absent], 'or')}")
    if not present and NORMAL in row.absent:
        texts += [f"{picture} that is not normal" for picture in words.pictures]
    return tuple(dict.fromkeys(texts))


def digest() -> str:
    """SHA-256 of the files that make the words, in hex: two models with one digest asked the same."""
    total, folder = hashlib.sha256(), resources.files("mmfundus.knowledge")
    chapters = sorted((folder / "chapters").iterdir(), key=lambda file: file.name)
    for file in (*chapters, folder / "prompts.toml"):
        total.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


@functools.cache
def _file() -> tuple[Mapping[str, Words], float]:
    content = tomllib.loads((resources.files("mmfundus.knowledge") / "prompts.toml").read_text(encoding="utf-8"))
    words = {name: Words(**{k: tuple(v) for k, v in block.items()}) for name, block in content["modality"].items()}
    return words, float(content["findings_share"])


def _words(modality: str) -> Words:
    known = _file()[0]
    if modality in known:
        return known[modality]
    choices = plugins.names("mmfundus.modalities")
    if modality not in choices:
        raise UnknownName("modality", modality, choices)
    return known["other"]


def _in_phase(words: Words, phase: str) -> Words:
    phase = phase.strip().lower()
    if phase not in words.phases:
        return words
    return Words(tuple(f"{picture} in the {phase} phase" for picture in words.pictures), words.templates)


def _sentences(labels: Sequence[str], words: Words) -> list[str]:
    """Every label and every template at least once, without all their pairs: an ensemble stays small."""
    turns = max(len(labels), len(words.templates))
    return list(dict.fromkeys(words.say(labels[turn % len(labels)], turn) for turn in range(turns)))


def _weighted(texts: Sequence[str], share: float) -> tuple[Prompt, ...]:
    return tuple(Prompt(text, share / len(texts)) for text in texts)


def _narrowest(present: Sequence[str]) -> list[Concept]:
    wider = {above for name in present for above in shipped().implied((name,), ())[0] if above != name}
    return [concepts()[name] for name in present if name not in wider]


def _turns(present: Sequence[Concept]) -> list[str]:
    """What is present, in as many ways as the concept with most names has."""
    most = max(len(concept.names) for concept in present)
    return [_join([c.names[turn % len(c.names)] for c in present], "and") for turn in range(most)]


def _join(parts: Sequence[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
