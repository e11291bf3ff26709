import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus import plugins
from mmfundus.errors import UnknownName
from mmfundus.knowledge import wording
from mmfundus.knowledge.wording import Words

TWO = Words(("a photo", "a picture"), ("{picture} of {label}", "{label}", "{label} on {picture}"), ("late",))


def test_sentences_take_turns_with_templates_and_pictures() -> None:
    assert TWO.sentences(["x"]) == ["a photo of x", "x", "x on a photo"]
    assert TWO.sentences(["w", "x", "y", "z"]) == ["a photo of w", "x", "y on a photo", "a picture of z"]


def test_a_label_may_hold_braces() -> None:
    assert TWO.say("{picture} {label}", 0) == "a photo of {picture} {label}"
    assert wording.filled("no label here", "x") == "no label here"


def test_a_phase_is_said_of_the_picture_where_the_modality_has_it() -> None:
    assert TWO.in_phase(" Late ").pictures == ("a photo in the late phase", "a picture in the late phase")
    assert TWO.in_phase("early") is TWO


def test_denials_keep_the_pictures() -> None:
    assert TWO.denying().sentences(["x"])[0] == "a photo without x"
    assert TWO.denying(normal=True).pictures == TWO.pictures


@pytest.mark.parametrize("modality", plugins.names("mmfundus.modalities"))
def test_every_modality_has_words_of_its_own(modality: str) -> None:
    found = wording.words(modality)
    assert found.pictures != Words(**{k: tuple(v) for k, v in wording.file()["modality"]["other"].items()}).pictures
    assert all("{label}" in template for template in found.templates)


def test_an_unknown_modality_is_refused() -> None:
    with pytest.raises(UnknownName, match="There is no modality named 'xray'"):
        wording.words("xray")


@pytest.mark.parametrize("facet", wording.file()["facets"])
def test_every_facet_holds_the_label_once(facet: str) -> None:
    for value, template in wording.file()["facets"][facet].items():
        assert template.count("{label}") == 1
        assert "drusen" in wording.qualified("drusen", {facet: value})


def test_an_unknown_facet_or_value_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"no facet named 'place'.*The choices are: .*location"):
        wording.qualified("drusen", {"place": "fovea"})
    with pytest.raises(UnknownName, match="no location named 'nose'"):
        wording.qualified("drusen", {"location": "nose"})


@given(st.text())
def test_no_facet_leaves_a_label_as_it_is(label: str) -> None:
    assert wording.qualified(label, {}) == label


def test_the_denials_deny_and_hold_the_label() -> None:
    for template in wording.file()["denials"]:
        assert {"no", "without"} & set(template.split())
        assert "{label}" in template
