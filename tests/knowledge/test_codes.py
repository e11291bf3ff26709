import pytest
import simple_icd_10_cm as icd10cm

from mmfundus.errors import WorkError
from mmfundus.knowledge import codes
from mmfundus.knowledge.concepts import coded, concepts

CM = [(concept.id, code) for concept in concepts().values() for code in concept.icd10cm]
WHO = [(concept.id, code) for concept in concepts().values() for code in concept.icd10]


def test_there_is_something_to_check() -> None:
    assert len(CM) > 250
    assert len(WHO) > 180


@pytest.mark.parametrize(("concept", "code"), CM)
def test_every_icd10cm_code_exists_and_ends_open_exactly_where_it_has_parts(concept: str, code: str) -> None:
    stem = code.rstrip("-").rstrip(".")
    assert icd10cm.is_valid_item(stem)
    assert icd10cm.is_leaf(stem) != code.endswith("-")


def test_a_code_that_does_not_exist_would_be_noticed() -> None:
    assert not icd10cm.is_valid_item("H35.39")
    assert not icd10cm.is_leaf("H35.31")
    assert icd10cm.is_leaf("H35.33")


# What the seed of the knowledge base states of the WHO's codes, and chapters H30 to H36 as listed there.
@pytest.mark.parametrize(
    ("concept", "code"),
    [
        ("amd", "H35.3"),
        ("central_serous_chorioretinopathy", "H35.7"),
        ("crao", "H34.1"),
        ("brvo", "H34.8"),
        ("retinopathy_of_prematurity", "H35.1"),
        ("rhegmatogenous_retinal_detachment", "H33.0"),
        ("retinitis_pigmentosa", "H35.5"),
        ("optic_neuritis", "H46"),
    ],
)
def test_known_who_codes(concept: str, code: str) -> None:
    assert code in concepts()[concept].icd10


def test_the_who_has_no_codes_that_only_the_clinical_modification_has() -> None:
    assert not {code for _, code in WHO} & {"H34.81", "H34.83", "H35.31", "H35.32", "H35.37"}
    assert all(len(code) <= 5 for _, code in WHO)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("icd10cm", "H35"),
        ("icd10cm", "H35.3-"),
        ("icd10cm", "H40.-"),
        ("icd10cm", "H35.3112"),
        ("icd10cm", "H44.2A-"),
        ("icd10", "H36.0"),
        ("icd10", "H33"),
    ],
)
def test_codes_as_they_are_written(system: str, code: str) -> None:
    codes.check("x", system, code, "exact")


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("icd10cm", "h35.3"),
        ("icd10cm", "H353"),
        ("icd10cm", "H35.31121"),
        ("icd10cm", "H35."),
        ("icd10cm", "35.3"),
        ("icd10", "H35.31"),
        ("icd10", "H35.3-"),
        ("icd10", "H3"),
    ],
)
def test_what_is_no_code_is_refused_with_an_example(system: str, code: str) -> None:
    with pytest.raises(WorkError, match=r"which is not written as one: 'H35\.3"):
        codes.check("x", system, code, "exact")
    with pytest.raises(WorkError, match="say one of: exact, broad, narrow"):
        codes.check("x", system, code, "same")


@pytest.mark.parametrize(
    ("system", "pattern", "code", "under"),
    [
        ("icd10cm", "H35.31-", "H35.3112", True),
        ("icd10cm", "H35.31-", "H353112", True),
        ("icd10cm", "H35.31-", "h35.31", True),
        ("icd10cm", "H35.31-", "H35.3", False),
        ("icd10cm", "H47.11", "H47.11", True),
        ("icd10cm", "H47.11", "H47.119", False),
        ("icd10cm", "H40.-", "H40.1131", True),
        ("icd10cm", "H35.32-", "H35.3112", False),
        ("icd10", "H35.3", "H35.31", True),
        ("icd10", "H33", "H33.0", True),
        ("icd10", "H33.0", "H33", False),
    ],
)
def test_a_records_code_falls_under_a_concepts_code(system: str, pattern: str, code: str, under: bool) -> None:
    assert codes.covers(system, pattern, code) == under


def test_a_code_finds_its_concepts_with_their_match() -> None:
    found = coded("E11.3211")
    assert found["mild_npdr"] == found["diabetic_macular_edema"] == found["diabetic_retinopathy"] == "narrow"
    assert "moderate_npdr" not in found
    assert coded("H35.3211") == {
        "amd": "broad",
        "choroidal_neovascularization": "narrow",
        "fibrovascular_ped": "broad",
        "late_amd": "narrow",
        "maculopathy": "broad",
        "polypoidal_choroidal_vasculopathy": "broad",
        "wet_amd": "exact",
    }
    assert coded("H36.0", "icd10")["diabetic_retinopathy"] == "exact"
    assert coded("I10") == coded("") == {}


@pytest.mark.parametrize("code", ["E11.36", "E11.37X1", "E11.39", "E11.9"])
def test_diabetes_with_other_or_resolved_trouble_is_no_retinopathy(code: str) -> None:
    assert coded(code) == {}
