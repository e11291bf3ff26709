"""Answers of forms and tables."""

import pytest

BOTH_EYES = [
    ("Diabetic retinopathy: No", "-diabetic_retinopathy"),
    ("Macular hole? N", "-macular_hole"),
    ("Drusen present? Y", "+drusen"),
    ("Tear? none seen. Drusen? Yes.", "-retinal_tear +drusen"),
    ("ERM | absent", "-epiretinal_membrane"),
    ("VH: [ ] yes [x] no", "-vitreous_hemorrhage"),
    ("VH: [x] yes [ ] no", "+vitreous_hemorrhage"),
    ("DR grade R0", "-diabetic_retinopathy"),
    ("Microaneurysms: 0", "-microaneurysms"),
    ("Macular hole: suspected", "?macular_hole"),
    ("Family history of glaucoma: no. OU drusen", "+drusen"),
    ("Drusen: no GA", "+drusen -geographic_atrophy"),  # no answer: the colon opens a sentence
]


@pytest.mark.parametrize(("note", "answer"), BOTH_EYES)
def test_a_label_states_what_answers_it(said, note: str, answer: str) -> None:
    right, left = said(note)
    assert right == left and sorted(right.split()) == sorted(answer.split())


@pytest.mark.parametrize(
    "note",
    [
        "NVE: + / -",
        "NVE: OD yes, OS no",
        "NVE: YES(OD) NO(OS)",
        "NVE? yes RE no LE",
        "     OD     OS\nNVE  yes    no",
        "Sign\tRight\tLeft\nNVE\t+\t-",
        "| | OD | OS |\n|---|---|---|\n| NVE | present | absent |",
        "Finding | LE | RE\nNVE | N | Y",
        "Feature,OD,OS\nNVE,yes,no",
        "RE;LE\nNVE yes;no",
        "Eye | NVE | VH\nOD | yes | \nOS | no | ",
        "Finding | OD | OS | Comment\nNVE | few | none | new",
    ],
)
def test_each_eye_has_its_own_answer(said, note: str) -> None:
    assert said(note) == ("+nve", "-nve")


def test_an_empty_cell_says_nothing(said) -> None:
    assert said("| | OD | OS |\n| NVE | | no |\n| VH | yes | n/a |") == ("+vitreous_hemorrhage", "-nve")


def test_a_cell_that_names_something_is_read_by_itself(said) -> None:
    assert said("DR | R1 | R0\nLens | clear | NS", eye="R")[0]
    assert said("Finding | R | L\nDR | R1 | R0") == ("+mild_npdr", "-diabetic_retinopathy")


def test_of_a_label_that_denies_the_answer_is_turned(said) -> None:
    assert said("Gradable: RE yes, LE no") == ("-ungradable_image", "+ungradable_image")
