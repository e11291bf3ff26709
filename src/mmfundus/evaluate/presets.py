"""Presets: what a programme acts on, made of several concepts, a file each in the folder presets.

name, version, status, sources   what it is; another meaning is another version; status = unreviewed until a
                                 specialist has signed
modalities, asked                the images it is for, and all that is asked of them together: a probability
                                 depends on that, so it is fixed here and not taken from the judged table
[[composites]]                   id, name · any = the members, any of which makes it present · also = concepts
                                 that mean the whole, stated by tables that name no member
[[composites.references]]        name, sensitivity, specificity, unit, source = what was published, to look at
                                 beside one's own; unit = image, eye or patient

Labels: present if a member or the whole is stated present, absent if the whole or all members are stated
absent, else unknown. A photograph graded ICDR 1 of whose macula nothing is said is not "not referable".

Probability: 1 - product of (1 - p) over the members. The greatest p would be too low just where the model is
torn between grades that speak against each other (0.5 moderate, 0.5 severe), and the sum passes 1 where
members can hold together. This lies between the two, as the chance of a union must (Frechet's bounds), and
is exact for independent members. It is not made calibrated by calibrating its members.
"""

import functools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import Float64

from mmfundus.data.manifest import labels
from mmfundus.errors import UnknownName, WorkError
from mmfundus.evaluate.zero_shot import probability
from mmfundus.knowledge.blocks import only
from mmfundus.knowledge.concepts import concepts
from mmfundus.types import Predictions, Row

KEYS = ("name", "version", "status", "modalities", "asked", "sources", "composites")
REFERENCE = ("name", "sensitivity", "specificity", "unit", "source")
RULE = "1 - product of (1 - p) over the members"


@dataclass(frozen=True, slots=True)
class Composite:
    """One thing to act on: any of its members."""

    id: str
    name: str
    any: tuple[str, ...]
    also: tuple[str, ...] = ()
    references: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """One programme's questions."""

    id: str  # as users write it: "dr-screening"
    name: str
    version: int
    status: str
    modalities: tuple[str, ...]
    asked: tuple[str, ...]
    sources: tuple[str, ...]
    composites: tuple[Composite, ...]


def names() -> tuple[str, ...]:
    """The presets that ship with the package."""
    folder = resources.files("mmfundus.evaluate") / "presets"
    found = (file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml").replace("_", "-") for name in found))


@functools.cache
def load(name: str) -> Preset:
    """A preset by name. Raises UnknownName, which lists the choices, and WorkError where its file is wrong."""
    if name not in names():
        raise UnknownName("preset", name, names())
    file = resources.files("mmfundus.evaluate") / "presets" / f"{name.replace('-', '_')}.toml"
    return parse(name, file.read_text(encoding="utf-8"), concepts())


def parse(name: str, text: str, known: Collection[str]) -> Preset:
    """A preset from TOML. Raises WorkError with what is wrong in it."""
    whose = f"The preset {name!r}"
    try:
        block = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkError(f"{whose} is not valid TOML: {error}.") from None
    only(block, KEYS, whose)
    for missing in (key for key in KEYS if not block.get(key)):
        raise WorkError(f"{whose} has no {missing!r}.")
    composites = tuple(_composite(found, block["asked"], whose) for found in block["composites"])
    for concept in (*block["asked"], *(also for one in composites for also in one.also)):
        if concept not in known:
            raise WorkError(f"{whose} names the concept {concept!r}, which does not exist.")
    told = {key: tuple(block[key]) for key in ("modalities", "asked", "sources")}
    return Preset(name, block["name"], block["version"], block["status"], **told, composites=composites)


def _composite(block: Mapping[str, Any], asked: Sequence[str], whose: str) -> Composite:
    only(block, ("id", "name", "any", "also", "references"), f"A composite of {whose.lower()}")
    for missing in (key for key in ("id", "name", "any") if not block.get(key)):
        raise WorkError(f"{whose} has a composite without {missing!r}.")
    for member in block["any"]:
        if member not in asked:
            raise WorkError(f"{whose}: {block['id']!r} is made of {member!r}, which is not in 'asked'. Ask it too.")
    references = tuple(block.get("references", ()))
    for published in references:
        only(published, REFERENCE, f"A reference of {block['id']!r} of {whose.lower()}")
        for missing in (key for key in REFERENCE if not published.get(key)):
            raise WorkError(f"{whose}: a reference of {block['id']!r} has no {missing!r}.")
    return Composite(block["id"], block["name"], tuple(block["any"]), tuple(block.get("also", ())), references)


def composite_labels(preset: Preset, rows: Sequence[Row]) -> Float64[np.ndarray, "n c"]:
    """1 present, 0 absent, NaN unknown, with what follows from the stated labels."""
    columns = []
    for one in preset.composites:
        members, whole = labels(rows, one.any), labels(rows, one.also)
        present = (members == 1).any(axis=1) | (whole == 1).any(axis=1)
        absent = (members == 0).all(axis=1) | (whole == 0).any(axis=1)
        columns.append(np.where(present, 1.0, np.where(absent, 0.0, np.nan)))
    return np.stack(columns, axis=1)


def composite_predictions(preset: Preset, members: Predictions) -> Predictions:
    """A column a composite, from the probabilities of the members; NaN where a member has none."""
    columns = [
        union(members.probability[:, [members.concepts.index(name) for name in one.any]].astype(np.float64))
        for one in preset.composites
    ]
    return Predictions(
        members.rows, tuple(one.id for one in preset.composites), np.stack(columns, axis=1), members.refused
    )


def union(p: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n"]:
    """1 - product of (1 - p), written by `zero_shot.probability` so that sure images do not tie at 1."""
    tiny = np.finfo(np.float64).tiny
    against = -np.log1p(-np.minimum(p, 1 - np.finfo(np.float64).epsneg)).sum(axis=1)  # -log of the product
    odds = np.where(against > 30, against, np.log(np.maximum(np.expm1(np.minimum(against, 30)), tiny)))
    known = ~np.isnan(odds)
    joined = np.full(odds.shape, np.nan)
    joined[known] = probability(odds[known])
    return joined
