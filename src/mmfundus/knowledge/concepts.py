"""What the project knows of each condition: names, parents, where it is seen, what it looks like.

The words are in concepts.toml. This file reads them, refuses a dictionary that contradicts
itself, finds a concept by any of its names, and draws the conclusions that hold by
definition: a child implies its parents, and `normal` excludes every abnormality. Nothing
is ever concluded from what was merely not said.
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from types import MappingProxyType
from typing import Any

from mmfundus.errors import AmbiguousName, UnknownName, WorkError

KINDS = ("disease", "finding", "state")
NORMAL = "normal"
ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
ICD_MATCH = ("exact", "broad", "narrow")

# British to American, applied to whole texts: both spellings of a word fall on one key.
SPELLING = (("aem", "em"), ("aev", "ev"), ("oed", "ed"), ("isation", "ization"), ("our", "or"), ("fibre", "fiber"))


@dataclass(frozen=True, slots=True)
class Concept:
    """One condition, sign or state; the fields are explained at the head of concepts.toml."""

    id: str
    name: str
    kind: str  # one of KINDS
    modalities: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # understood when read, never said
    abbreviations: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    abnormal: bool = True  # cannot stand beside `normal`
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by modality
    icd10cm: Mapping[str, str] = field(default_factory=dict)  # code -> one of ICD_MATCH
    source: str = "unreviewed"

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then its synonyms; abbreviations are not among them, for they may be shared."""
        return (self.name, *self.synonyms)


class Dictionary:
    """A checked set of concepts and what follows from their relations."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts: Mapping[str, Concept] = MappingProxyType({concept.id: concept for concept in concepts})
        for concept in self.concepts.values():
            for parent in concept.parents:
                if parent not in self.concepts:
                    raise WorkError(f"The concept {concept.id!r} names the parent {parent!r}, which does not exist.")
        self._above = {name: frozenset(self._climb(name, (name,))) for name in self.concepts}
        self._below = {name: frozenset(c for c in self.concepts if name in self._above[c]) for name in self.concepts}
        self._by_name = self._name_index()
        self._by_abbreviation = self._abbreviation_index()

    @classmethod
    def parse(cls, text: str) -> "Dictionary":
        """A dictionary from TOML. Raises WorkError with the block and what is wrong in it."""
        try:
            blocks = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise WorkError(f"The concepts are not valid TOML: {error}.") from None
        return cls(_concept(name, block) for name, block in blocks.items())

    def find(self, text: str, modality: str | None = None) -> Concept:
        """The concept that a text names, whatever its case, hyphens, spelling or plural.

        Raises AmbiguousName for an abbreviation that several concepts share and the modality
        does not settle, UnknownName with the closest id otherwise.
        """
        wanted = key(text)
        if wanted in self._by_name:
            return self.concepts[self._by_name[wanted]]
        shared = self._by_abbreviation.get(wanted, ())
        if not shared:
            raise UnknownName("concept", text, self.concepts)
        seen = [name for name in shared if modality is None or modality in self.concepts[name].modalities]
        if len(seen) == 1:
            return self.concepts[seen[0]]
        choices = ", ".join(repr(name) for name in seen or shared)
        raise AmbiguousName(f"{text!r} may mean {choices}. Write the one that is meant.")

    def implied(self, present: Iterable[str], absent: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """All that is present and all that is absent, given what was stated.

        A concept in both sets is a contradiction; `conflict` puts it into words. Absence is
        concluded only downwards and from `normal`: no disease absent ever means `normal`.
        """
        up = frozenset().union(*(self._lookup(self._above, name) for name in present))
        down = frozenset().union(*(self._lookup(self._below, name) for name in absent))
        abnormal = frozenset(name for name in self.concepts if self.concepts[name].abnormal)
        if NORMAL in up:
            down |= abnormal
        if up & abnormal and NORMAL in self.concepts:
            down |= {NORMAL}
        return up, down

    def conflict(self, present: Iterable[str], absent: Iterable[str]) -> str:
        """Why the two sets cannot both hold, as a clause; empty where they can."""
        present, absent = tuple(present), tuple(absent)
        for name in present:
            if NORMAL in present and name != NORMAL and self.concepts[name].abnormal:
                return f"{NORMAL!r} and {name!r} are both present"
            for denied in absent:
                if denied == name:
                    return f"{name!r} is both present and absent"
                if denied in self._above[name]:
                    return f"{name!r} is present, which implies {denied!r}, but {denied!r} is absent"
        return ""

    def related(self, first: str, second: str) -> bool:
        """Whether both can hold of one eye by definition, so that neither is evidence against the other.

        So it is for a concept with itself, an ancestor or a descendant, and for two concepts
        that share a descendant (`amd` and `choroidal_neovascularization` share `wet_amd`).
        """
        return bool(self._lookup(self._below, first) & self._lookup(self._below, second))

    def _lookup(self, relation: Mapping[str, frozenset[str]], name: str) -> frozenset[str]:
        if name not in relation:
            raise UnknownName("concept", name, self.concepts)
        return relation[name]

    def _climb(self, name: str, path: tuple[str, ...]) -> Iterator[str]:
        yield name
        for parent in self.concepts[name].parents:
            if parent in path:
                raise WorkError(f"The concepts {' -> '.join((*path, parent))} are each other's parents.")
            yield from self._climb(parent, (*path, parent))

    def _name_index(self) -> dict[str, str]:
        index: dict[str, str] = {}
        for concept in self.concepts.values():
            for name in (concept.id, *concept.names, *concept.aliases):
                owner = index.setdefault(key(name), concept.id)
                if owner != concept.id:
                    raise WorkError(f"{name!r} is claimed by the concepts {owner!r} and {concept.id!r}.")
        return index

    def _abbreviation_index(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, tuple[str, ...]] = {}
        for concept in self.concepts.values():
            for short in dict.fromkeys(key(name) for name in concept.abbreviations):
                owner = self._by_name.get(short, concept.id)
                if owner != concept.id:
                    raise WorkError(f"An abbreviation of {concept.id!r} is a name of {owner!r}.")
                index[short] = (*index.get(short, ()), concept.id)
        return index


def key(text: str) -> str:
    """What two spellings of one name have in common: letters and digits, American, singular."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("'s", "").replace("’s", "")
    words = re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    joined = "".join(_singular(word) for word in words)
    for british, american in SPELLING:
        joined = joined.replace(british, american)
    return joined


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word


def _concept(name: str, block: Any) -> Concept:
    if not ID.fullmatch(name):
        raise WorkError(f"The concept id {name!r} is not lower-case words joined by underscores.")
    if not isinstance(block, dict):
        raise WorkError(f"{name!r} stands outside a concept's block in the concepts file.")
    legal = [f.name for f in fields(Concept) if f.name != "id"]
    for unknown in sorted(set(block) - set(legal)):
        raise WorkError(f"The concept {name!r} has the unknown key {unknown!r}. Keys are: {', '.join(legal)}.")
    for needed in ("name", "kind", "modalities"):
        if not block.get(needed):
            raise WorkError(f"The concept {name!r} has no {needed!r}.")
    frozen: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in block.items()}
    frozen["findings"] = MappingProxyType({m: tuple(words) for m, words in block.get("findings", {}).items()})
    frozen["icd10cm"] = MappingProxyType(block.get("icd10cm", {}))
    concept = Concept(id=name, **frozen)
    _check(concept)
    return concept


def _check(concept: Concept) -> None:
    if concept.kind not in KINDS:
        raise WorkError(f"The concept {concept.id!r} is of kind {concept.kind!r}; kinds are: {', '.join(KINDS)}.")
    for modality in concept.findings:
        if modality not in concept.modalities:
            raise WorkError(
                f"The concept {concept.id!r} has findings for {modality!r}, where it is not said to be seen."
            )
    for code, match in concept.icd10cm.items():
        if match not in ICD_MATCH:
            raise WorkError(f"The concept {concept.id!r} maps {code} as {match!r}; say one of: {', '.join(ICD_MATCH)}.")
    for text in (*concept.names, *concept.aliases, *concept.abbreviations):
        if not key(text):
            raise WorkError(f"The concept {concept.id!r} has the name {text!r}, which holds no letter.")


@functools.cache
def shipped() -> Dictionary:
    """The dictionary that comes with the package."""
    folder = resources.files("mmfundus.knowledge") / "chapters"
    chapters = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return Dictionary.parse("\n".join(chapter.read_text(encoding="utf-8") for chapter in chapters))


def concepts() -> Mapping[str, Concept]:
    """All concepts by id, in the file's order."""
    return shipped().concepts


def find(text: str, modality: str | None = None) -> Concept:
    """`Dictionary.find` in the shipped dictionary."""
    return shipped().find(text, modality)


def implied(present: Iterable[str], absent: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """`Dictionary.implied` in the shipped dictionary."""
    return shipped().implied(present, absent)


def conflict(present: Iterable[str], absent: Iterable[str]) -> str:
    """`Dictionary.conflict` in the shipped dictionary."""
    return shipped().conflict(present, absent)


def related(first: str, second: str) -> bool:
    """`Dictionary.related` in the shipped dictionary."""
    return shipped().related(first, second)
