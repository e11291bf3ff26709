"""The sentences around a label, as prompts.toml has them: pictures, templates, denials, facets."""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from mmfundus import plugins
from mmfundus.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Words:
    """How pictures of one modality are spoken of."""

    pictures: tuple[str, ...]  # with their article
    templates: tuple[str, ...]  # with {picture} and {label}
    phases: tuple[str, ...] = ()  # those that the column `phase` may name

    def say(self, label: str, turn: int) -> str:
        """A sentence with the label; each turn takes the next template and the next word for the picture."""
        picture = self.pictures[turn % len(self.pictures)]
        return filled(self.templates[turn % len(self.templates)], label, picture)

    def sentences(self, labels: Sequence[str]) -> list[str]:
        """Every label and every template at least once, without all their pairs: an ensemble stays small."""
        turns = max(len(labels), len(self.templates))
        return list(dict.fromkeys(self.say(labels[turn % len(labels)], turn) for turn in range(turns)))

    def denying(self, normal: bool = False) -> "Words":
        """The same pictures in sentences that say that the label is absent; `normal` has sentences of its own."""
        return replace(self, templates=tuple(file()["abnormal" if normal else "denials"]))

    def in_phase(self, phase: str) -> "Words":
        """Pictures taken in that phase of an angiogram, where this modality has such a phase."""
        phase = phase.strip().lower()
        if phase not in self.phases:
            return self
        return replace(self, pictures=tuple(f"{picture} in the {phase} phase" for picture in self.pictures))


def filled(template: str, label: str, picture: str = "") -> str:
    """The template with its parts put in; filled by hand, for a label may hold braces."""
    before, _, after = template.replace("{picture}", picture).partition("{label}")
    return before + (label if "{label}" in template else "") + after


def words(modality: str) -> Words:
    """The words for a modality, general ones where a plugin has none. Raises UnknownName."""
    known = _modalities()
    if modality in known:
        return known[modality]
    choices = plugins.names("mmfundus.modalities")
    if modality not in choices:
        raise UnknownName("modality", modality, choices)
    return known["other"]


def qualified(label: str, facets: Mapping[str, str]) -> str:
    """The label with what else is said of it: severity, extent, certainty, location, eye.

    Raises UnknownName for a facet or a value that the words do not know.
    """
    known = file()["facets"]
    for facet in facets:
        if facet not in known:
            raise UnknownName("facet", facet, known)
    for facet, values in known.items():  # in the file's order, whatever the caller's
        value = facets.get(facet)
        if value is not None:
            if value not in values:
                raise UnknownName(facet, value, values)
            label = filled(values[value], label)
    return label


@functools.cache
def file() -> Mapping[str, Any]:
    """The content of prompts.toml."""
    return tomllib.loads((resources.files("mmfundus.knowledge") / "prompts.toml").read_text(encoding="utf-8"))


@functools.cache
def _modalities() -> Mapping[str, Words]:
    return {
        name: Words(**{key: tuple(value) for key, value in block.items()}) for name, block in file()["modality"].items()
    }
