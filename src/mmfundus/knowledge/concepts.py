"""What the project knows of each condition: names, parents, where it is seen, what it looks like.

The words are in the folder chapters, grades in scales.toml, doubtful abbreviations in
abbreviations.toml. This file refuses a dictionary that contradicts itself, finds a concept by any
of its names or codes, and answers what follows from what was stated (relations.py).
"""

import functools
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from mmfundus.errors import AmbiguousName, UnknownName, WorkError
from mmfundus.knowledge import abbreviations, blocks, codes, scales, sources
from mmfundus.knowledge.abbreviations import Abbreviation
from mmfundus.knowledge.blocks import Concept
from mmfundus.knowledge.relations import NORMAL, Relations
from mmfundus.knowledge.scales import Scale
from mmfundus.knowledge.sources import Source
from mmfundus.knowledge.spelling import key, turned

__all__ = ["NORMAL", "Concept", "Dictionary", "coded", "concepts", "conflict", "find", "implied", "key", "related"]

FOLDER = "mmfundus.knowledge"


class Dictionary:
    """A checked set of concepts and what follows from their relations."""

    def __init__(
        self,
        concepts: Iterable[Concept],
        scales_toml: str = "",
        abbreviations_toml: str = "",
        known_sources: Mapping[str, Source] | None = None,
    ) -> None:
        self.concepts = _by_id(concepts)
        self.scales = MappingProxyType(scales.parse(scales_toml, self.concepts))
        self._relations = Relations(
            self.concepts, (pair for scale in self.scales.values() for pair in scale.exclusions())
        )
        self._by_name = self._name_index()
        self._by_abbreviation = abbreviations.parse(abbreviations_toml, self._owners())
        self.sources = MappingProxyType(dict(known_sources or {}))
        if known_sources is not None:
            self._check_sources()

    @classmethod
    def parse(cls, text: str, scales_toml: str = "", abbreviations_toml: str = "") -> "Dictionary":
        """A dictionary from TOML. Raises WorkError with the block and what is wrong in it."""
        return cls(blocks.parse(text), scales_toml, abbreviations_toml)

    def find(self, text: str, modality: str | None = None, context: str = "") -> Concept:
        """The concept that a text names, whatever its case, hyphens, spelling, plural or order of words.

        Args:
            text: a name or an abbreviation.
            modality: where the text is the label of a picture: what that cannot show is not meant.
            context: where the text stands in a note: the words around it may settle an abbreviation.

        Raises AmbiguousName for an abbreviation of which several meanings remain, UnknownName with
        the closest names otherwise.
        """
        if named := self._named(text):
            return self.concepts[named]
        short = self._short(text)
        if short is None:
            raise UnknownName("concept", text, self.concepts)
        visible = None if modality is None else [c.id for c in self.concepts.values() if modality in c.modalities]
        meant = short.meant(visible, context)
        if not meant:
            raise AmbiguousName(f"{text!r} may mean {short.choices()}. Write the one that is meant.")
        return self.concepts[meant]

    def meanings(self, text: str) -> tuple[str, ...]:
        """All that a text may mean, concept ids first; empty for what no concept is called. Nothing is raised."""
        if named := self._named(text):
            return (named,)
        short = self._short(text)
        return (*short.concepts, *short.also, *short.elsewhere) if short else ()

    def abbreviation(self, text: str) -> abbreviations.Abbreviation | None:
        """All that an abbreviation may mean, with the words that settle it; None where no concept lists it."""
        return self._by_abbreviation.get(key(text))

    def coded(self, code: str, system: str = "icd10cm") -> dict[str, str]:
        """Ids of the concepts that a record's code stands for, each with its match.

        `exact` and `narrow` say that the concept is present; `broad` that it may be. Empty for a
        code of other things. Raises UnknownName for a system other than icd10cm and icd10.
        """
        if system not in codes.SYSTEMS:
            raise UnknownName("system of codes", system, codes.SYSTEMS)
        found: dict[str, str] = {}
        for concept in self.concepts.values():
            matches = {m for pattern, m in getattr(concept, system).items() if codes.covers(system, pattern, code)}
            if matches:
                found[concept.id] = min(matches, key=("exact", "narrow", "broad").index)
        return found

    def places(self, name: str) -> tuple[tuple[Scale, str], ...]:
        """Where a concept stands: each scale that has it, with the grade's label."""
        return tuple(
            (scale, grade.label) for scale in self.scales.values() for grade in scale.grades if name in grade.concepts
        )

    def implied(self, present: Iterable[str], absent: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """All that is present and all that is absent, given what was stated.

        A child implies its parents, an absent parent its children's absence; one grade of an
        exclusive scale denies the others, `normal` all that is abnormal. A concept in both sets
        is a contradiction; `conflict` puts it into words.
        """
        return self._relations.implied(present, absent)

    def conflict(self, present: Iterable[str], absent: Iterable[str]) -> str:
        """Why the two sets cannot both hold, as a clause; empty where they can."""
        return self._relations.conflict(tuple(present), tuple(absent))

    def related(self, first: str, second: str) -> bool:
        """Whether both can hold of one eye by definition, so that neither is evidence against the other.

        So it is for a concept with itself, an ancestor or a descendant, and for two concepts
        that share a descendant (`amd` and `choroidal_neovascularization` share `wet_amd`).
        """
        return self._relations.related(first, second)

    def excluded(self, name: str) -> frozenset[str]:
        """Concepts that the presence of this one denies by a scale or group, `normal` aside."""
        return self._relations.excluded(name)

    def _named(self, text: str) -> str:
        """The id that a name stands for, also with its words turned round; "" for none."""
        return next((self._by_name[key(t)] for t in (text, *turned(text)) if key(t) in self._by_name), "")

    def _short(self, text: str) -> Abbreviation | None:
        """The abbreviation that a text is; "MAs" is a plural of one, which in lower case might be a word."""
        short = self._by_abbreviation.get(key(text))
        if short is None and text.endswith("s") and text[:-1].isupper():
            return self._by_abbreviation.get(key(text[:-1]))
        return short

    def _name_index(self) -> dict[str, str]:
        index: dict[str, str] = {}
        for concept in self.concepts.values():
            for name in (concept.id, *concept.names, *concept.aliases):
                owner = index.setdefault(key(name), concept.id)
                if owner != concept.id:
                    raise WorkError(f"{name!r} is claimed by the concepts {owner!r} and {concept.id!r}.")
        return index

    def _owners(self) -> dict[str, tuple[str, ...]]:
        owners: dict[str, tuple[str, ...]] = {}
        for concept in self.concepts.values():
            for short in dict.fromkeys(key(name) for name in concept.abbreviations):
                named = self._by_name.get(short, concept.id)
                if named != concept.id:
                    raise WorkError(f"An abbreviation of {concept.id!r} is a name of {named!r}.")
                owners[short] = (*owners.get(short, ()), concept.id)
        return owners

    def _check_sources(self) -> None:
        cited = [(c.id, source) for c in self.concepts.values() for source in (c.source, *c.cited.values())]
        cited += [(scale.id, scale.source) for scale in self.scales.values()]
        for name, source in cited:
            if source != blocks.UNREVIEWED and source not in self.sources:
                raise WorkError(f"{name!r} cites {source!r}, which is not in the file of sources.")


def _by_id(concepts: Iterable[Concept]) -> Mapping[str, Concept]:
    found: dict[str, Concept] = {}
    for concept in concepts:
        if concept.id in found:
            raise WorkError(
                f"The concept {concept.id!r} has a block in {found[concept.id].chapter} and in {concept.chapter}."
            )
        found[concept.id] = concept
    return MappingProxyType(found)


def chapters() -> tuple[Traversable, ...]:
    """The files of concepts that ship with the package, by name."""
    folder = resources.files(FOLDER) / "chapters"
    return tuple(sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name))


@functools.cache
def shipped() -> Dictionary:
    """The dictionary that comes with the package."""
    return Dictionary(
        (concept for file in chapters() for concept in blocks.parse(_read(file), file.name.removesuffix(".toml"))),
        scales_toml=_read(resources.files(FOLDER) / "scales.toml"),
        abbreviations_toml=_read(resources.files(FOLDER) / "abbreviations.toml"),
        known_sources=sources.shipped(),
    )


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def concepts() -> Mapping[str, Concept]:
    """All concepts by id, in the order of the chapters."""
    return shipped().concepts


def find(text: str, modality: str | None = None, context: str = "") -> Concept:
    """`Dictionary.find` in the shipped dictionary."""
    return shipped().find(text, modality, context)


def coded(code: str, system: str = "icd10cm") -> dict[str, str]:
    """`Dictionary.coded` in the shipped dictionary."""
    return shipped().coded(code, system)


def implied(present: Iterable[str], absent: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """`Dictionary.implied` in the shipped dictionary."""
    return shipped().implied(present, absent)


def conflict(present: Iterable[str], absent: Iterable[str]) -> str:
    """`Dictionary.conflict` in the shipped dictionary."""
    return shipped().conflict(present, absent)


def related(first: str, second: str) -> bool:
    """`Dictionary.related` in the shipped dictionary."""
    return shipped().related(first, second)
