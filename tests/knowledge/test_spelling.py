import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus.knowledge.spelling import key, turned, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("macular oedema", "Macular-EDEMA"),
        ("haemorrhage", "hemorrhages"),
        ("ischaemic", "ischemic"),
        ("naevi", "nevus"),
        ("choroidal naevus", "choroid nevi"),
        ("neovascularisations", "neovascularization"),
        ("disorganised", "disorganized"),
        ("tumours", "tumor"),
        ("nerve fibres", "nerve fiber"),
        ("centre", "center"),
        ("optic disks", "optic disc"),
        ("artefacts", "artifact"),
        ("ageing", "aging"),
        ("maculae", "macular"),
        ("foveae", "foveal"),
        ("retinaes", "retina"),
        ("druses", "drusen"),
        ("druse", "drusen"),
        ("opacities", "opacity"),
        ("haemangiomata", "hemangiomas"),
        ("uveitides", "uveitis"),
        ("metastases", "metastasis"),
        ("patches", "patch"),
        ("Stargardt’s", "stargardt"),
        ("Coats'", "Coats"),
        ("bull's eye", "bull-eye"),
        ("Behçet", "Behcet"),
        ("non-proliferative", "nonproliferative"),
        ("venous", "vein"),
        ("grade III", "grade 3"),
        ("type 2", "TYPE II"),
        ("pre-retinal", "preretinal"),
        ("arterio-venous", "arteriovenous"),
        ("sub macular", "submacula"),
        ("trans-retinal", "transretinal"),
        ("Vogt–Koyanagi–Harada", "vogt koyanagi harada"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("papillitis", "papilla"),
        ("retinal", "subretinal"),
        ("macula", "maculopathy"),
        ("type 1", "type 2"),
        ("grade II", "grade III"),
        ("cyst", "cystoid"),
        ("class", "clas"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_a_roman_number_counts_only_behind_what_is_counted() -> None:
    assert words("vitamin i") == ("vitamin", "i")
    assert words("stage IV") == ("stage", "4")


@pytest.mark.parametrize(
    ("text", "other_ways"),
    [
        ("oedema of the macula", ["macula oedema"]),
        ("occlusion of a branch vein", ["branch vein occlusion"]),
        ("blood in the vitreous", ["vitreous blood"]),
        ("atrophy of the rim of the disc", ["rim of the disc atrophy", "disc atrophy rim"]),
        ("macular oedema", []),
        ("of the macula", []),
        ("", []),
    ],
)
def test_a_name_is_turned_round(text: str, other_ways: list[str]) -> None:
    assert list(turned(text)) == other_ways


@given(st.text())
def test_any_text_has_a_key_that_ignores_case_hyphens_and_spaces_around(text: str) -> None:
    assert key(text) == key(text.replace(" ", "-")) == key(f" {text} ") == "".join(words(text))
    assert all(c.isalnum() for c in key(text))


@given(st.lists(st.sampled_from(["of", "the", "in", "a", "Macula", "oedemas", "’s", "-", "_", "é"]), max_size=12))
def test_turning_comes_to_an_end(parts: list[str]) -> None:
    assert len(list(turned(" ".join(parts)))) <= len(parts)
