import pytest

from mmfundus.errors import WorkError
from mmfundus.knowledge import scales
from mmfundus.knowledge.concepts import concepts, shipped

KNOWN = ("a", "b", "c")


ONE, TWO = '{ grade = "1", words = ["w"] }', '{ grade = "2", words = ["w"] }'


def scale(grades: str, more: str = "") -> str:
    return f'[s]\nname = "S"\nmodalities = ["cfp"]\n{more}\ngrades = [{grades}]'


def test_grades_stand_in_order_and_exclude_each_other() -> None:
    text = scale(
        '{ grade = "0", absent = ["c"] }, { grade = "1", concepts = ["a"] },'
        '{ grade = "2", concepts = ["b"], words = ["w"] }'
    )
    found = scales.parse(text, KNOWN)["s"]
    assert [grade.label for grade in found.grades] == ["0", "1", "2"]
    assert found.concepts == ("a", "b")
    assert set(found.exclusions()) == {("a", "b"), ("b", "a")}
    assert found.grades[2].words == ("w",)


def test_concepts_of_one_grade_do_not_exclude_each_other_nor_do_those_of_an_open_scale() -> None:
    two = '{ grade = "x", concepts = ["a", "b"] }, { grade = "y", concepts = ["c"] }'
    assert ("a", "b") not in set(scales.parse(scale(two), KNOWN)["s"].exclusions())
    assert ("a", "c") in set(scales.parse(scale(two), KNOWN)["s"].exclusions())
    assert set(scales.parse(scale(two, "exclusive = false"), KNOWN)["s"].exclusions()) == set()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (scale('{ grade = "0", words = ["w"] }, { grade = "2", words = ["w"] }'), "grade 2 follows grade 0"),
        (scale(f"{TWO}, {ONE}", "gaps = true"), "grade 1 follows grade 2"),
        (scale('{ grade = "1", words = ["w"] }, { grade = "1", words = ["v"] }'), "has the grade 1 twice"),
        (scale('{ grade = "1", words = ["w"] }'), "has the one grade 1; a scale needs two"),
        (scale('{ grade = "1" }, { grade = "2" }'), "Grade 1 of the scale 's' says nothing"),
        (scale('{ words = ["w"] }'), "A grade of the scale 's' has no 'grade'"),
        (scale('{ grade = "1", concepts = ["z"] }'), "names the concept 'z', which does not exist"),
        (scale('{ grade = "1", absent = ["z"] }'), "names the concept 'z', which does not exist"),
        (scale('{ grade = "1", label = "z" }'), "A grade of the scale 's' has the unknown key 'label'"),
        (scale(", ".join(f'{{ grade = "{i}", concepts = ["a"] }}' for i in (1, 2))), "the concept 'a' at two grades"),
        ('[s]\nname = "S"\nmodalities = ["cfp"]', "The scale 's' has no 'grades'"),
        ("[S]\nname = 1", "The scale id 'S' is not lower-case words"),
        ("x = 1", "'x' stands outside a block in the file of scales"),
        (scale("", "colour = 1"), "The scale 's' has the unknown key 'colour'"),
    ],
)  # fmt: skip
def test_a_wrong_scale_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(WorkError) as caught:
        scales.parse(text, KNOWN)
    assert sentence in str(caught.value)


def test_a_scale_may_leave_numbers_out_where_it_says_so() -> None:
    text = scale('{ grade = "10", words = ["w"] }, { grade = "20", words = ["w"] }', "gaps = true")
    assert len(scales.parse(text, KNOWN)["s"].grades) == 2


# The shipped scales


def labels(name: str) -> list[str]:
    return [grade.label for grade in shipped().scales[name].grades]


def test_the_scales_that_are_promised() -> None:
    assert labels("icdr") == ["0", "1", "2", "3", "4"]
    assert [grade.concepts for grade in shipped().scales["icdr"].grades] == [
        (), ("mild_npdr",), ("moderate_npdr",), ("severe_npdr",), ("pdr",),
    ]  # fmt: skip
    assert labels("etdrs") == ["10", "20", "35", "43", "47", "53", "61", "65", "71", "75", "81", "85"]
    assert labels("areds") == ["1", "2", "3", "4"]
    assert labels("beckman")[-3:] == ["early", "intermediate", "late"]
    assert labels("meta_pm") == ["0", "1", "2", "3", "4"]
    assert labels("keith_wagener_barker") == ["1", "2", "3", "4"]
    assert labels("ivts_hole") == ["small", "medium", "large"]


def test_a_level_of_etdrs_lies_in_the_grade_that_the_international_scale_gives_it() -> None:
    of = {grade.label: grade.concepts for grade in shipped().scales["etdrs"].grades}
    assert of["20"] == ("mild_npdr",)
    assert of["35"] == of["43"] == of["47"] == ("moderate_npdr",)
    assert of["53"] == ("severe_npdr",)
    assert {concept for label, ids in of.items() if int(label) >= 61 for concept in ids} == {"pdr", "high_risk_pdr"}


def test_a_grade_is_seen_where_its_scale_is_graded() -> None:
    for found in shipped().scales.values():
        for name in found.concepts:
            assert set(found.modalities) <= set(concepts()[name].modalities), (found.id, name)


def test_a_concept_knows_its_places() -> None:
    assert {(found.id, label) for found, label in shipped().places("moderate_npdr")} == {
        ("icdr", "2"), ("etdrs", "35"), ("etdrs", "43"), ("etdrs", "47"),
    }  # fmt: skip
    assert shipped().places("glaucoma") == ()
