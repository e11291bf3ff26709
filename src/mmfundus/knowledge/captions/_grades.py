"""Grades that are written as letters and numbers: R2M1, ICDR 3, ETDRS level 53, stage 3 of ROP.

R and M are those of the English screening programme as the guide of the golden notes reads them:
R1 mild, R2 severe, R3 proliferative. All other scales are those of scales.toml.
"""

import re

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note
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
SCALES = {
    "icdr": "icdr", "icdrs": "icdr", "icdrss": "icdr", "idrs": "icdr", "icdrdss": "icdr",
    "etdrs": "etdrs", "drss": "etdrs", "goldberg": "goldberg", "kwb": "keith_wagener_barker",
    "frisen": "frisen", "frisén": "frisen", "areds": "areds", "metapm": "meta_pm", "icrop": "icrop",
}  # fmt: skip
FILLING = frozenset({"grade", "level", "stage", "category", "cat", "score", "class", "severity", "dr", "retinopathy", ":", "=", "scale", "-", "of", "step", "type", "(", "pm", "gr"})
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
STAGE = re.compile(r"(?P<stage>[0-5]|iv|v|i{1,3})(?P<part>[ab])?")


def find(note: Note) -> list[Mention]:
    """Mentions by grade, in order."""
    found: list[Mention] = []
    graded = any(_nhs(token.text) for token in note.tokens)
    infant = any(t.low in ("rop", "prematurity", "icrop") for t in note.tokens) or (
        any(t.low == "zone" for t in note.tokens) and any(t.low in ("plus", "pre-plus", "stage") for t in note.tokens)
    )
    for place, token in enumerate(note.tokens):
        if parts := _nhs(token.text):
            found += [Mention(place, place + 1, *NHS[part[:2]][:1], "grade", (part,), NHS[part[:2]][1]) for part in parts]
        elif token.text == "U" and graded:
            found.append(Mention(place, place + 1, "ungradable_image", "grade"))
        elif scale := SCALES.get(token.low) or ("meta_pm" if token.low == "meta" and note.low(place + 2) == "pm" else ""):
            found += _scaled(note, place, scale)
        elif infant and token.low == "plus" and note.low(place - 1) not in ("-", "pre") and note.low(place + 1) != "disease":
            found.append(Mention(place, place + 1, "plus_disease", "grade", ("plus",)))
        elif infant and token.low in ("stage", "stg") and not _other_stage(note, place):
            found += _stage(note, place)
    return found


def _nhs(text: str) -> list[str]:
    match = WRITTEN.fullmatch(text) if 2 <= len(text) <= 8 else None
    return [part.lower() for part in match.groups() if part] if match else []


def _scaled(note: Note, place: int, name: str) -> list[Mention]:
    """A scale's name, then its grade within the next few words; of each eye where sides stand between."""
    scale = concepts.shipped().scales.get(name)
    sided = {at for side in note.sides for at in range(side.first, side.last)}
    found: list[Mention] = []
    at, first = place + 1, place
    while scale and at < min(place + 14, len(note.tokens)):
        label = ROMAN.get(note.low(at), note.low(at))
        grade = next((grade for grade in scale.grades if grade.label.lower() == label), None)
        if grade and note.low(at + 1) not in ("letters", "letter", "chart"):
            found += _graded(name, grade, first, at + 1)
            first = at + 1
        elif at not in sided and note.low(at) not in FILLING and not (found and note.low(at) in (",", "and")):
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
    return note.low(place - 1) in ("late", "end", "early", "hole", "erm", "mh", "ckd")


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
