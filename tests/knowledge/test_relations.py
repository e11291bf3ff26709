import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.errors import UnknownName, WorkError
from mmfundus.knowledge.blocks import Concept
from mmfundus.knowledge.concepts import concepts, conflict, implied, shipped
from mmfundus.knowledge.relations import Relations


def concept(name: str, *parents: str, abnormal: bool = True) -> Concept:
    return Concept(name, name, "finding", ("cfp",), parents=parents, abnormal=abnormal)


def relations(*items: Concept, apart: tuple[tuple[str, str], ...] = ()) -> Relations:
    return Relations({item.id: item for item in items}, [*apart, *((b, a) for a, b in apart)])


NORMAL = concept("normal", abnormal=False)
DISEASE, MILD, SEVERE, WORST = (
    concept("disease"),
    concept("mild", "disease"),
    concept("severe", "disease"),
    concept("worst", "severe"),
)
GRADED = (NORMAL, DISEASE, MILD, SEVERE, WORST, concept("harmless", abnormal=False))


def test_one_grade_denies_the_others_and_what_lies_below_them() -> None:
    found = relations(*GRADED, apart=(("mild", "severe"),))
    assert found.implied(["mild"], []) == ({"mild", "disease"}, {"severe", "worst", "normal"})
    assert found.implied(["worst"], []) == ({"worst", "severe", "disease"}, {"mild", "normal"})
    assert found.implied(["disease"], []) == ({"disease"}, {"normal"})
    assert found.excluded("worst") == {"mild"}
    assert found.excluded("disease") == set()


def test_an_absent_grade_says_nothing_of_the_others() -> None:
    found = relations(*GRADED, apart=(("mild", "severe"),))
    assert found.implied([], ["mild"]) == (set(), {"mild"})
    assert found.implied([], ["severe"]) == (set(), {"severe", "worst"})


def test_two_grades_at_once_are_a_conflict_that_is_named() -> None:
    found = relations(*GRADED, apart=(("mild", "severe"),))
    assert found.conflict(["mild", "worst"], []) == "'mild' and 'worst' are both present, of which an eye has only one"
    assert found.conflict(["worst", "severe", "disease"], ["mild"]) == ""


def test_normal_denies_the_abnormal_alone() -> None:
    found = relations(*GRADED)
    assert found.implied(["normal"], [])[1] == {"disease", "mild", "severe", "worst"}
    assert found.implied(["harmless", "normal"], []) == ({"harmless", "normal"}, {"disease", "mild", "severe", "worst"})
    assert found.conflict(["harmless", "normal"], []) == ""


@pytest.mark.parametrize(
    ("items", "apart", "sentence"),
    [
        ((concept("a", "b"),), (), "'a' names the parent 'b', which does not exist"),
        ((concept("a", "b"), concept("b", "a")), (), "a -> b -> a are each other's parents"),
        (
            (concept("a"), concept("b", "a")),
            (("a", "b"),),
            "'a' and 'b' exclude each other, but 'b' is always 'a' as well",
        ),
        ((concept("a"), concept("b"), concept("c", "a", "b")), (("a", "b"),), "but 'c' would be both"),
        (
            (concept("a"), concept("b", "a", abnormal=False)),
            (),
            "'b' can stand beside 'normal', but its parent 'a' cannot",
        ),
    ],
)
def test_relations_that_contradict_are_refused(
    items: tuple[Concept, ...], apart: tuple[tuple[str, str], ...], sentence: str
) -> None:
    with pytest.raises(WorkError) as caught:
        relations(*items, apart=apart)
    assert sentence in str(caught.value)


def test_an_unknown_concept_is_named() -> None:
    with pytest.raises(UnknownName, match=r"no concept named 'mildd'\. Did you mean 'mild'"):
        relations(*GRADED).implied(["mildd"], [])


# The shipped relations


@pytest.mark.parametrize(
    ("present", "up", "down"),
    [
        ("severe_npdr", {"npdr", "diabetic_retinopathy", "referable_dr"}, {"mild_npdr", "pdr", "high_risk_pdr"}),
        ("mild_npdr", {"npdr", "diabetic_retinopathy"}, {"moderate_npdr", "severe_npdr", "pdr"}),
        ("center_involved_dme", {"diabetic_macular_edema", "macular_edema", "referable_dr"}, {"noncenter_dme"}),
        ("geographic_atrophy", {"dry_amd", "late_amd", "amd"}, {"early_amd", "intermediate_amd"}),
        ("myopic_maculopathy_3", {"pathological_myopia", "chorioretinal_atrophy"}, {"myopic_maculopathy_4"}),
        ("small_macular_hole", {"macular_hole"}, {"large_macular_hole"}),
        ("hypertensive_retinopathy_4", {"optic_disc_edema"}, {"hypertensive_retinopathy_1"}),
        ("rop_stage_4", {"retinopathy_of_prematurity", "retinal_detachment"}, {"rop_stage_5"}),
    ],
)  # fmt: skip
def test_what_follows_from_a_grade(present: str, up: set[str], down: set[str]) -> None:
    found = implied([present], [])
    assert found[0] >= up | {present}
    assert found[1] >= down | {"normal"}


def test_both_forms_of_late_disease_can_be_in_one_eye() -> None:
    assert conflict(["geographic_atrophy", "wet_amd"], []) == ""
    assert (
        conflict(["early_amd", "wet_amd"], [])
        == "'early_amd' and 'wet_amd' are both present, of which an eye has only one"
    )


ids = st.sampled_from(sorted(concepts()))


@given(ids)
def test_no_concept_contradicts_itself(name: str) -> None:
    up, down = implied([name], [])
    assert not up & down
    assert conflict([name], []) == ""


@given(ids, ids)
def test_exclusion_is_mutual(one: str, other: str) -> None:
    assert (other in shipped().excluded(one)) == (one in shipped().excluded(other))


@given(st.sets(ids, max_size=4), st.sets(ids, max_size=4))
def test_more_statements_never_take_a_conclusion_back(present: set[str], absent: set[str]) -> None:
    up, down = implied(present, absent)
    for name in present:
        assert implied([name], [])[0] <= up
    assert implied([], absent)[1] <= down
    assert not implied([], absent)[0]
