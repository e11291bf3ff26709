"""Grades that are written as letters and numbers: R2M1, ICDR 3, ETDRS level 53, stage 3 of ROP.

R and M are those of the English screening programme as the guide of the golden notes reads them:
R1 mild, R2 severe, R3 proliferative. All other scales are those of scales.toml.
"""

import re

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.captions._text import shorthand
from mmfundus.knowledge.scales import Grade

WRITTEN = re.compile(r"(?P<r>r[0-3][as]?)?(?P<m>m[01][ab]?)?(?P<p>p[01][a-z]?)?", re.IGNORECASE)
NHS = {
    "r0": ("diabetic_retinopathy", "absent"),
    "r1": ("mild_npdr", ""),
    "r2": ("severe_npdr", ""),
    "r3": ("pdr", ""),
    "m0": ("diabetic_macular_edema", "absent"),
    "m1": ("diabetic_macular_edema", ""),
    "p0": ("laser_treated_retina", "absent"),
    "p1": ("laser_treated_retina", ""),
}
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
STAGE = re.compile(r"(?P<stage>[0-5]|iv|v|i{1,3})(?P<part>[ab])?")


def find(note: Note) -> list[Mention]:
    """Mentions by grade, in order."""
    found: list[Mention] = []
    lows = {token.low for token in note.tokens}
    graded = any(_nhs(token.text) for token in note.tokens)
    infant = not lows.isdisjoint(("rop", "prematurity", "icrop")) or (
        "zone" in lows and not lows.isdisjoint(("plus", "stage"))
    )
    for place, token in enumerate(note.tokens):
        if parts := _nhs(token.text):
            found += [Mention(place, place + 1, NHS[p[:2]][0], "grade", (p,), NHS[p[:2]][1]) for p in parts]
        elif token.text == "U" and graded:
            found.append(Mention(place, place + 1, "ungradable_image", "grade"))
        elif scale := _scale(note, place):
            found += _scaled(note, place, scale)
        elif (
            infant
            and token.low == "plus"
            and note.low(place - 1) not in ("-", "pre")
            and note.low(place + 1) != "disease"
        ):
            found.append(Mention(place, place + 1, "plus_disease", "grade", ("plus",)))
        elif infant and token.low in ("stage", "stg", "st") and not _other_stage(note, place):
            found += _stage(note, place)
    return found


def _nhs(text: str) -> list[str]:
    match = WRITTEN.fullmatch(text) if 2 <= len(text) <= 8 else None
    return [part.lower() for part in match.groups() if part] if match else []


def _scale(note: Note, place: int) -> str:
    """The id of the scale that is named at a place; "" for none."""
    low = note.low(place) + note.low(place + 2) if note.low(place + 1) == "-" else note.low(place)
    return str(shorthand()["scales"].get(low) or shorthand()["scales"].get(note.low(place), ""))


def _scaled(note: Note, place: int, name: str) -> list[Mention]:
    """A scale's name, then its grade within the next few words; of each eye where sides stand between."""
    scale = concepts.shipped().scales.get(name)
    filling = shorthand()["graded"]["filling"]
    found: list[Mention] = []
    at, first = place + 1, place
    while scale and at < min(place + 14, len(note.tokens)):
        label = ROMAN.get(note.low(at), note.low(at))
        grade = next((grade for grade in scale.grades if grade.label.lower() == label), None)
        if grade and note.low(at + 1) not in ("letters", "letter", "chart"):
            found += _graded(name, grade, first, at + 1)
            first = at + 1
        elif at not in note.sided and note.low(at) not in filling and not (found and note.low(at) in (",", "and")):
            break
        at += 1
    return found


def _graded(name: str, grade: Grade, first: int, last: int) -> list[Mention]:
    start = last - 1 if first < last - 1 and name not in ("goldberg",) else first
    if name == "goldberg" and not grade.concepts:
        named = "proliferative_sickle_cell_retinopathy" if grade.label in ("4", "5") else "sickle_cell_retinopathy"
        return [Mention(start, last, named, "grade")]
    present = [Mention(start, last, concept, "grade") for concept in grade.concepts]
    return present + [Mention(start, last, concept, "grade", status="absent") for concept in grade.absent]


def _other_stage(note: Note, place: int) -> bool:
    """A stage of something else: "late stage", "end stage"."""
    return note.low(place - 1) in shorthand()["graded"]["other_stages"]


def _stage(note: Note, place: int) -> list[Mention]:
    at = place + 1
    while note.low(at) in (":", "=", "-"):
        at += 1
    match = STAGE.fullmatch(note.low(at))
    if not match:
        return []
    number = ROMAN.get(match["stage"], match["stage"])
    end = at + 2 if note.low(at + 1) == "rop" else at + 1
    if number == "0":
        return [Mention(place, end, "retinopathy_of_prematurity", "grade", ("stage", "0"), "absent")]
    return [Mention(place, end, f"rop_stage_{number}", "grade", ("stage", number))]
