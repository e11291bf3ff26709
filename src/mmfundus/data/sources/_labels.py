"""What a label of a data set states: which concepts it says are there and which it says were looked for and are not.

A label is never stretched: a grade says nothing of other diseases, so ICDR 0 is the absence of diabetic
retinopathy and not a normal fundus.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stated:
    """Concept ids that are said to be present and to be absent; all others stay unknown."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def __add__(self, other: "Stated") -> "Stated":
        """Both statements; a contradiction between them is found where rows are checked."""
        present = tuple(dict.fromkeys((*self.present, *other.present)))
        return Stated(present, tuple(dict.fromkeys((*self.absent, *other.absent))))


NOTHING = Stated()
NORMAL = Stated(("normal",))
NO_GLAUCOMA = Stated(absent=("glaucoma",))
GLAUCOMA = Stated(("glaucoma",))

# ICDR, Wilkinson et al. 2003, doi:10.1016/S0161-6420(03)00475-5. A graded eye has one grade, hence not the others.
_GRADES = ("mild_npdr", "moderate_npdr", "severe_npdr", "pdr")
ICDR: dict[str, Stated] = {
    "0": Stated(absent=("diabetic_retinopathy",)),
    **{str(i): Stated((grade,), tuple(g for g in _GRADES if g != grade)) for i, grade in enumerate(_GRADES, start=1)},
}
# Macular oedema looked for and found or not, on a scale of its own.
DME: dict[str, Stated] = {
    "0": Stated(absent=("diabetic_macular_edema",)),
    "1": Stated(("diabetic_macular_edema",)),
}
# What sets write for a photograph that nobody could grade: nothing of disease is known.
UNGRADABLE = Stated(("ungradable_image",))
# Referable by definition needs more than mild retinopathy or macular oedema: with neither it is absent.
NOT_REFERABLE = Stated(absent=("referable_dr",))


def whole(label: str) -> str:
    """`2.0` is what a spreadsheet makes of 2; other labels stay as they are."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", label.strip())


def sex(word: str) -> str:
    """`F`, `M`, or empty for what says neither."""
    return {"f": "F", "female": "F", "m": "M", "male": "M"}.get(word.strip().lower(), "")


def graded(retinopathy: str, oedema: str) -> Stated | None:
    """Both grades together, with referable retinopathy where they settle it; None for a grade off the scale."""
    grade, swollen = ICDR.get(whole(retinopathy)), DME.get(whole(oedema))
    if grade is None or swollen is None:
        return None
    settled = whole(retinopathy) in ("0", "1") and whole(oedema) == "0"
    return grade + swollen + (NOT_REFERABLE if settled else NOTHING)


def columns(line: Mapping[str, str], named: Mapping[str, str], narrower: Mapping[str, str] | None = None) -> Stated:
    """Yes-or-no columns that were all looked for: 1 is present, 0 is absent, anything else is unknown.

    Where columns share a concept, one 1 outweighs the others' 0. A column of `narrower` means a part of its
    concept (a macular scar is a scar), so that its 0 does not deny the concept.
    """
    cells: dict[str, set[str]] = {concept: set() for concept in named.values()}
    for column, concept in named.items():
        cells[concept].add(whole(line.get(column, "")))
    parts = [concept for column, concept in (narrower or {}).items() if whole(line.get(column, "")) == "1"]
    present = [concept for concept, values in cells.items() if "1" in values]
    absent = [concept for concept, values in cells.items() if values == {"0"} and concept not in parts]
    return Stated(tuple(dict.fromkeys((*present, *parts))), tuple(absent))


def together(statements: Iterable[Stated]) -> Stated:
    """All statements in one."""
    return sum(statements, NOTHING)
