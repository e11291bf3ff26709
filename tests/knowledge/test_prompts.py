import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus import plugins
from mmfundus.data import sample
from mmfundus.errors import AmbiguousName, UnknownName, UsageError
from mmfundus.knowledge import prompts
from mmfundus.knowledge.concepts import concepts, shipped
from mmfundus.types import Row

MODALITIES = plugins.names("mmfundus.modalities")


def texts(label: str, modality: str) -> list[str]:
    return [prompt.text for prompt in prompts.ensemble(label, modality)]


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("label", [*concepts(), "a spot never heard of"])
def test_an_ensemble_is_a_few_different_sentences_that_weigh_one(label: str, modality: str) -> None:
    ensemble = prompts.ensemble(label, modality)
    assert 3 <= len(ensemble) <= 15
    assert len({prompt.text for prompt in ensemble}) == len(ensemble)
    assert math.isclose(sum(prompt.weight for prompt in ensemble), 1.0)
    assert all(prompt.weight > 0 and "{" not in prompt.text for prompt in ensemble)


def test_id_name_synonym_and_abbreviation_are_the_same_question() -> None:
    asked = [
        prompts.ensemble(label, "oct")
        for label in ("brvo", "Branch Retinal Vein Occlusion", "branch-vein occlusion", "BRVO")
    ]
    assert asked.count(asked[0]) == 4


def test_findings_are_those_of_the_modality_and_have_their_share() -> None:
    ensemble = prompts.ensemble("diabetic_retinopathy", "fa")
    signs = [p for p in ensemble if any(p.text.endswith(f) for f in concepts()["diabetic_retinopathy"].findings["fa"])]
    assert len(signs) == 3
    assert math.isclose(sum(p.weight for p in signs), 0.3)
    assert not any("microaneurysm" in text for text in texts("diabetic_retinopathy", "slo"))


def test_normal_is_asked_in_its_own_words() -> None:
    assert any("no abnormality" in text for text in texts("normal", "cfp"))
    assert any("foveal dip" in text for text in texts("healthy eye", "oct"))


def test_free_text_is_used_as_it_stands() -> None:
    assert texts("  a {label}\nin {picture} ", "oct")[0] == (
        "an optical coherence tomography scan showing a {label} in {picture}"
    )


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="A label is empty"):
        prompts.ensemble(" \n", "cfp")
    with pytest.raises(UnknownName, match=r"There is no modality named 'octt'\. Did you mean 'oct'"):
        prompts.ensemble("glaucoma", "octt")
    with pytest.raises(AmbiguousName):
        prompts.ensemble("HR", "cfp")
    with pytest.raises(UnknownName, match=r"There is no style of prompts named 'long'\. .*findings, name, synonyms"):
        prompts.ensemble("glaucoma", "cfp", "long")
    with pytest.raises(UnknownName, match="There is no facet named 'colour'"):
        prompts.ensemble("glaucoma", "cfp", colour="red")


def test_a_modality_without_words_of_its_own_gets_general_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "names", lambda package: ("octa",))
    assert texts("glaucoma", "octa")[0] == "an image of the eye showing glaucoma"


# Styles, denials, facets


def test_a_style_says_the_name_alone_the_synonyms_too_or_the_findings_too() -> None:
    said = {style: prompts.ensemble("brvo", "cfp", style) for style in prompts.STYLES}
    assert said["findings"] == prompts.ensemble("brvo", "cfp")
    assert all("branch retinal vein occlusion" in prompt.text for prompt in said["name"])
    assert any("tributary vein occlusion" in prompt.text for prompt in said["synonyms"])
    assert not any("fanning" in prompt.text for prompt in said["synonyms"])
    assert any("fanning" in prompt.text for prompt in said["findings"])
    for asked in said.values():
        assert math.isclose(sum(prompt.weight for prompt in asked), 1.0)


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("label", ["glaucoma", "brvo", "a spot never heard of"])
def test_a_denial_denies_in_every_sentence_and_shows_no_sign(label: str, modality: str) -> None:
    denied = prompts.ensemble(label, modality, denied=True)
    assert all(re.search(r"\b(no|without)\b", prompt.text) for prompt in denied)
    assert math.isclose(sum(prompt.weight for prompt in denied), 1.0)
    assert not {p.text for p in denied} & {p.text for p in prompts.ensemble(label, modality)}


def test_what_is_not_normal_is_not_called_a_missing_normal() -> None:
    denied = [prompt.text for prompt in prompts.ensemble("healthy eye", "oct", denied=True)]
    assert denied[0] == "an optical coherence tomography scan that is not normal"
    assert not any("without" in text or "no normal" in text for text in denied)


def test_facets_are_said_of_names_in_one_order() -> None:
    asked = prompts.ensemble("drusen", "cfp", "name", location="macula", severity="mild", extent="many")
    assert asked == prompts.ensemble("drusen", "cfp", "name", severity="mild", extent="many", location="macula")
    assert asked[-1].text == "mild drusen, many of them at the macula"
    with pytest.raises(UnknownName, match="There is no severity named 'awful'"):
        prompts.ensemble("drusen", "cfp", severity="awful")


# Scales


@pytest.mark.parametrize("style", prompts.STYLES)
@pytest.mark.parametrize(
    ("name", "modality"),
    [(scale.id, m) for scale in shipped().scales.values() if scale.ordered for m in scale.modalities],
)
def test_every_grade_of_every_scale_is_asked_in_its_own_words(name: str, modality: str, style: str) -> None:
    steps = prompts.scale(name, modality, style)
    assert [step.grade for step in steps] == [grade.label for grade in shipped().scales[name].grades]
    for step in steps:
        assert math.isclose(sum(prompt.weight for prompt in step.prompts), 1.0)
        assert len({prompt.text for prompt in step.prompts}) == len(step.prompts)
    assert len({step.prompts for step in steps}) == len(steps)


def test_the_grades_of_a_scale_are_ordered_questions() -> None:
    steps = prompts.scale("icdr", "cfp", "name")
    assert [step.concepts for step in steps] == [(), ("mild_npdr",), ("moderate_npdr",), ("severe_npdr",), ("pdr",)]
    assert steps[0].prompts[0].text == "a colour fundus photograph without diabetic retinopathy"
    assert steps[4].prompts[0].text == "a colour fundus photograph showing proliferative diabetic retinopathy"


def test_a_grade_weighs_its_name_and_its_definition_alike_and_its_signs_by_their_share() -> None:
    severe = prompts.scale("icdr", "cfp")[3].prompts
    defined = sum(p.weight for p in severe if "more than 20 haemorrhages" in p.text)
    signs = sum(p.weight for p in severe if p.text.endswith(concepts()["severe_npdr"].findings["cfp"]))
    assert math.isclose(signs, 0.3)
    assert math.isclose(defined, 0.35)


def test_levels_that_share_a_concept_are_told_apart_by_their_words() -> None:
    levels = {step.grade: step for step in prompts.scale("etdrs", "cfp", "name")}
    assert levels["35"].concepts == levels["43"].concepts
    assert levels["35"].prompts != levels["43"].prompts


def test_a_scale_that_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"There is no scale named 'icdrr'\. Did you mean 'icdr'"):
        prompts.scale("icdrr", "cfp")
    with pytest.raises(UsageError, match="The scale 'ivts_hole' is graded on oct, not on cfp"):
        prompts.scale("ivts_hole", "cfp")
    with pytest.raises(UsageError, match="'csc_course' is a choice of kinds without an order"):
        prompts.scale("csc_course", "cfp")
    with pytest.raises(UnknownName, match="There is no style of prompts named 'long'"):
        prompts.scale("icdr", "cfp", "long")


# Training texts


def said(**fields: object) -> tuple[str, ...]:
    return prompts.captions(Row("x.jpg", **{"modality": "fa", **fields}))  # type: ignore[arg-type]


def test_labels_become_sentences() -> None:
    found = said(present=("diabetic_retinopathy",), absent=("capillary_nonperfusion",))
    assert found[0] == "a fluorescein angiogram showing diabetic retinopathy"
    assert "a fluorescein angiogram showing diabetic retinopathy, without capillary non-perfusion" in found
    assert sum("without" in text for text in found) == 1


def test_the_narrowest_label_speaks() -> None:
    found = said(modality="cfp", present=("diabetic_retinopathy", "pdr", "drusen"))
    assert found[0] == "a colour fundus photograph showing proliferative diabetic retinopathy and drusen"


def test_normal_needs_no_list_of_what_is_absent() -> None:
    assert not any("without" in text for text in said(present=("normal",), absent=("glaucoma", "amd")))


def test_absence_alone_is_said_and_not_stretched() -> None:
    assert said(modality="cfp", absent=("glaucoma", "amd", "pdr", "brvo"))[-1] == (
        "a colour fundus photograph, without glaucoma, age-related macular degeneration "
        "or proliferative diabetic retinopathy"
    )
    assert "a colour fundus photograph that is not normal" in said(modality="cfp", absent=("normal",))


def test_the_phase_is_said_where_it_is_a_phase() -> None:
    assert said(extra={"phase": "Arterial"})[0] == "a fluorescein angiogram in the arterial phase"
    assert all("in the venous phase" in text for text in said(extra={"phase": "venous"}))
    for other in ("nan", "", "3"):
        assert said(extra={"phase": other}) == said()
    assert said(modality="oct", extra={"phase": "venous"}) == said(modality="oct")


@given(
    st.sampled_from(MODALITIES),
    st.sets(st.sampled_from(sorted(concepts())), max_size=4),
    st.sets(st.sampled_from(sorted(concepts())), max_size=4),
    st.sampled_from(["", "nan", "arterial"]),
)
def test_a_training_text_is_never_empty_and_never_nan(
    modality: str, present: set[str], absent: set[str], phase: str
) -> None:
    row = Row("x.jpg", modality, present=tuple(present), absent=tuple(absent), extra={"phase": phase})
    found = prompts.captions(row)
    assert found
    assert len(set(found)) == len(found)
    for text in found:
        assert text == text.strip()
        assert len(text) > 3
        assert not re.search(r"\bnan\b|[{}]|  ", text, re.IGNORECASE)


def test_every_row_of_the_sample_has_texts() -> None:
    for row in sample.manifest().rows:
        assert 3 <= len(prompts.captions(row)) <= 14


def test_the_digest_is_of_the_words() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", prompts.digest())
    assert prompts.digest() == prompts.digest()
