"""Where statements come from: one block a paper, standard or guideline, in sources.toml.

A statement without a source is marked unreviewed: general knowledge that no specialist has signed.
`read` says how much of the source was seen when the statement was written.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from types import MappingProxyType

from mmfundus.errors import WorkError
from mmfundus.knowledge.blocks import only, tables

READ = ("whole", "part", "cited by others")


@dataclass(frozen=True, slots=True)
class Source:
    """One paper, standard or guideline."""

    id: str
    title: str
    by: str
    year: int
    where: str  # DOI, or the page's address
    read: str  # one of READ


def parse(text: str) -> dict[str, Source]:
    """The sources of a TOML file by id. Raises WorkError with the block and what is wrong in it."""
    return {name: _source(name, block) for name, block in tables(text, "sources").items()}


def _source(name: str, block: Mapping[str, object]) -> Source:
    needed = [f.name for f in fields(Source) if f.name != "id"]
    only(block, needed, f"The source {name!r}")
    for missing in sorted(set(needed) - set(block)):
        raise WorkError(f"The source {name!r} has no {missing!r}.")
    if block["read"] not in READ:
        raise WorkError(f"The source {name!r} was read {block['read']!r}; say one of: {', '.join(READ)}.")
    return Source(name, **block)  # type: ignore[arg-type]


@functools.cache
def shipped() -> Mapping[str, Source]:
    """The sources that come with the package, by id."""
    text = (resources.files("mmfundus.knowledge") / "sources.toml").read_text(encoding="utf-8")
    return MappingProxyType(parse(text))
