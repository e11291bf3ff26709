from mmfundus.clinic.dicom import concepts
from mmfundus.knowledge import concepts as known


def test_a_code_of_icd_10_only_where_it_is_exactly_the_concept():
    exact = concepts.of_label("diabetic_retinopathy")
    assert (exact.value, exact.scheme_designator, exact.meaning) == ("H36.0", "I10", "diabetic retinopathy")
    wider = concepts.of_label("moderate_npdr")  # H36.0 is broader
    assert (wider.value, wider.scheme_designator) == ("moderate_npdr", "99MMFUNDUS")


def test_every_concept_has_a_code_and_a_meaning_that_fit():
    for label, concept in known.concepts().items():
        code = concepts.of_label(label)
        exact = [c for c, match in concept.icd10.items() if match == "exact"]
        want = (exact[0], "I10") if len(exact) == 1 else (label, "99MMFUNDUS")
        assert (code.value, code.scheme_designator) == want
        assert 0 < len(code.meaning) <= 64


def test_free_text_has_a_code_of_its_own():
    one, other = concepts.of_label("a tilted disc"), concepts.of_label("a tilted lens")
    assert one.value != other.value and one.value.startswith("text_") and one.meaning == "a tilted disc"
    assert concepts.of_label("a tilted disc").value == one.value
    assert len(concepts.of_label("x" * 200).meaning) == 64


def test_the_private_scheme_is_said():
    assert concepts.scheme().CodingSchemeDesignator == concepts.own("a", "b").scheme_designator == "99MMFUNDUS"
