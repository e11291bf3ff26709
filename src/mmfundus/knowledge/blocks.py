"""From blocks of TOML to concepts, each looked at by itself: keys, kinds, codes, findings, sources.

What must hold between concepts (parents, names, grades) is `concepts.Dictionary`'s to check. The
block's name is the concept's id; its keys are

name           what a reader is shown
synonyms       other names of the same thing, never of a part of it: they are said of every such
               picture in training; no two concepts may claim one
aliases        further wordings that are understood and never said: clumsy ones, jargon, and narrower
               ones that no concept holds by itself
abbreviations  may be shared: modality or context settles it (abbreviations.toml), or the user is asked
kind           disease, finding (a sign, of whatever cause) or state (of the eye, the picture or the care)
parents        wider concepts that are present whenever this one is ("is a", never "often has")
abnormal       false where the concept can stand beside `normal`; true unless said
modalities     where it can be seen; in others a model is not asked
icd10cm,       code = exact, broad (the code is wider) or narrow (the code is a part); E10 and E11 are
icd10          one type of diabetes each, hence narrow. That a code exists is checked, the match unreviewed
source         of what it is and of its parents: a key of sources.toml; else "unreviewed"
findings       what one sees, in our own words, a list for each modality; a source stands behind its
               statement in brackets. Ultra-widefield pictures are laser pseudo-colour with a stretched
               periphery and have words of their own. In angiograms leakage grows and blurs, staining
               keeps its edges, pooling fills a space, a window fades with the background
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from mmfundus.errors import WorkError
from mmfundus.knowledge import codes
from mmfundus.knowledge.spelling import key

KINDS = ("disease", "finding", "state")
UNREVIEWED = "unreviewed"  # general knowledge that no specialist has signed
ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CITED = re.compile(r"(?P<text>.*\S) \[(?P<source>[a-z0-9_]+)\]")
LISTS = ("modalities", "synonyms", "aliases", "abbreviations", "parents")


@dataclass(frozen=True, slots=True)
class Concept:
    """One condition, sign or state; what the fields hold is said at the head of this file."""

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
    icd10cm: Mapping[str, str] = field(default_factory=dict)  # code -> one of codes.MATCHES
    icd10: Mapping[str, str] = field(default_factory=dict)  # the WHO's, likewise
    source: str = UNREVIEWED  # of what it is and of its parents
    cited: Mapping[str, str] = field(default_factory=dict)  # finding -> its source, where it has one
    chapter: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then its synonyms; abbreviations are not among them, for they may be shared."""
        return (self.name, *self.synonyms)


def parse(text: str, chapter: str = "") -> Iterator[Concept]:
    """The concepts of one chapter. Raises WorkError with the block and what is wrong in it."""
    for name, block in tables(text, "concepts").items():
        yield _concept(name, block, chapter)


def tables(text: str, what: str) -> Mapping[str, Mapping[str, Any]]:
    """The named tables of a TOML file that holds nothing else; raises WorkError otherwise."""
    try:
        blocks = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkError(f"The {what} are not valid TOML: {error}.") from None
    for name, block in blocks.items():
        if not isinstance(block, dict):
            raise WorkError(f"{name!r} stands outside a block in the file of {what}.")
    return blocks


def only(block: Mapping[str, Any], legal: Iterable[str], whose: str) -> None:
    """Refuse a key that means nothing. Raises WorkError."""
    legal = tuple(legal)
    for unknown in sorted(set(block) - set(legal)):
        raise WorkError(f"{whose} has the unknown key {unknown!r}. Keys are: {', '.join(legal)}.")


def _concept(name: str, block: Mapping[str, Any], chapter: str) -> Concept:
    if not ID.fullmatch(name):
        raise WorkError(f"The concept id {name!r} is not lower-case words joined by underscores.")
    only(block, (f.name for f in fields(Concept) if f.name not in ("id", "cited", "chapter")), f"The concept {name!r}")
    for needed in ("name", "kind", "modalities"):
        if not block.get(needed):
            raise WorkError(f"The concept {name!r} has no {needed!r}.")
    frozen = dict(block)
    for listed in LISTS:
        frozen[listed] = texts(block.get(listed, ()), f"{listed!r} of the concept {name!r}")
    findings, cited = _findings(block.get("findings", {}), name)
    frozen |= {"findings": findings, "cited": cited, "chapter": chapter}
    for system in codes.SYSTEMS:
        frozen[system] = MappingProxyType(dict(block.get(system, {})))
    concept = Concept(id=name, **frozen)
    _check(concept)
    return concept


def texts(value: Any, whose: str) -> tuple[str, ...]:
    """A list of different, non-empty texts. Raises WorkError."""
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) and text.strip() for text in value):
        raise WorkError(f"{whose} is not a list of texts.")
    repeated = sorted({text for text in value if list(value).count(text) > 1})
    if repeated:
        raise WorkError(f"{whose} says {repeated[0]!r} twice.")
    return tuple(value)


def _findings(block: Any, name: str) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """Statements by modality, and the source named in brackets behind those that have one."""
    findings, cited = {}, {}
    for modality, statements in block.items():
        said = []
        for statement in texts(statements, f"The findings of the concept {name!r} in {modality!r}"):
            found = CITED.fullmatch(statement)
            said.append(found["text"] if found else statement)
            if found:
                cited[found["text"]] = found["source"]
        findings[modality] = tuple(said)
    return MappingProxyType(findings), MappingProxyType(cited)


def _check(concept: Concept) -> None:
    if concept.kind not in KINDS:
        raise WorkError(f"The concept {concept.id!r} is of kind {concept.kind!r}; kinds are: {', '.join(KINDS)}.")
    for modality in concept.findings:
        if modality not in concept.modalities:
            raise WorkError(
                f"The concept {concept.id!r} has findings for {modality!r}, where it is not said to be seen."
            )
    for system in codes.SYSTEMS:
        for code, match in getattr(concept, system).items():
            codes.check(concept.id, system, code, match)
    for text in (*concept.names, *concept.aliases, *concept.abbreviations):
        if not key(text):
            raise WorkError(f"The concept {concept.id!r} has the name {text!r}, which holds no letter.")
    said = {key(name) for name in (concept.id, *concept.names)}
    for alias in concept.aliases:
        if key(alias) in said:
            raise WorkError(f"The alias {alias!r} of {concept.id!r} is understood without it. Leave it out.")
        said.add(key(alias))
