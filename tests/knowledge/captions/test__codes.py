"""Codes of ICD-10-CM: what each says, of which eye; checked against the tabular list."""

import pytest
import simple_icd_10_cm as tabular

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._codes import eye, file, says

SIDES = {"right eye": "R", "left eye": "L", "bilateral": "RL"}
BLOCKS = (
    "C69",
    "D31",
    "E08.3",
    "E09.3",
    "E10.3",
    "E11.3",
    "E13.3",
    "H20",
    "H25",
    "H26",
    "H3",
    "H40",
    "H43",
    "H44",
    "H46",
    "H47",
)


@pytest.mark.parametrize(
    ("code", "side", "said"),
    [
        ("E11.3393", "RL", {("moderate_npdr", ""), ("diabetic_macular_edema", "absent")}),
        ("H35.3124", "L", {("geographic_atrophy", "")}),
        ("H34.8120", "L", {("crvo", ""), ("macular_edema", "")}),
        ("H353221", "L", {("wet_amd", "")}),
        ("H35.412", "L", {("lattice_degeneration", "")}),
        ("E11.37X1", "R", {("diabetic_macular_edema", "history")}),
        ("H47.11", "", {("papilledema", "")}),
        ("H20.9", "", {("anterior_uveitis", "")}),
        ("E11.9", "", set()),
        ("J45.909", "", set()),
    ],
)
def test_codes(code: str, side: str, said: set[tuple[str, str]]) -> None:
    assert (eye(code), set(says(code))) == (side, said)


def test_the_eye_is_what_the_tabular_list_says() -> None:
    wrong = []
    for code in tabular.get_all_codes(with_dots=True):
        described = tabular.get_description(code).lower()
        said = {side for words, side in SIDES.items() if words in described}
        if (
            code.startswith(BLOCKS)
            and len(said) == 1
            and eye(code) != said.pop()
            and not code.startswith(("H44.3", "H44.4", "H44.5", "H44.6", "H44.7", "H44.8"))
        ):
            wrong.append((code, described, eye(code)))
    assert wrong == []


def test_the_meanings_are_concepts_and_codes() -> None:
    known = set(concepts.concepts())
    assert {text.split()[-1] for texts in file()["says"].values() for text in texts} <= known
    codes = {code.replace(".", "") for code in tabular.get_all_codes(with_dots=True)}
    for pattern in (*file()["says"], *file()["sided"]):
        assert any(
            all(a in ("?", b) for a, b in zip(pattern, code, strict=False))
            for code in codes
            if len(code) >= len(pattern)
        )


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("H35.352 resolved. H43.11 VH OD.", "+vitreous_hemorrhage", "hcystoid_macular_edema"),
        ("H47.11 ruled out by MRI. Drusen OU.", "+drusen -papilledema", "+drusen -papilledema"),
        ("H35.342 poss. macular hole OS", "", "?macular_hole"),
        ("C69.32, D31.31", "+choroidal_nevus", "+choroidal_melanoma"),
    ],
)
def test_words_beside_a_code_qualify_it(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)


def test_a_column_of_codes(said) -> None:
    assert said("Stable.", icd10=("E11.3311", "H25.13")) == (
        "+cataract +diabetic_macular_edema +moderate_npdr",
        "+cataract",
    )
    assert said("", icd10=("H35.81",)) == ("+retinal_edema", "+retinal_edema")
    assert said("", "L", ("H35.81",)) == ("", "+retinal_edema")
