import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmfundus import plugins
from mmfundus.errors import AmbiguousName, UnknownName, WorkError
from mmfundus.knowledge import blocks
from mmfundus.knowledge import concepts as knowledge
from mmfundus.knowledge.concepts import Dictionary

# The ids that CONTRACT promises; they may never leave.
PROMISED = [
    "normal",
    "diabetic_retinopathy",
    "mild_npdr",
    "moderate_npdr",
    "severe_npdr",
    "pdr",
    "referable_dr",
    "diabetic_macular_edema",
    "glaucoma",
    "cataract",
    "amd",
    "dry_amd",
    "wet_amd",
    "drusen",
    "choroidal_neovascularization",
    "geographic_atrophy",
    "pathological_myopia",
    "hypertensive_retinopathy",
    "epiretinal_membrane",
    "macular_hole",
    "brvo",
    "crvo",
    "retinal_detachment",
    "central_serous_chorioretinopathy",
    "hard_exudates",
    "subretinal_fluid",
    "capillary_nonperfusion",
    "uveitis",
]

SMALL = """
[normal]
name = "normal"
kind = "state"
abnormal = false
modalities = ["cfp", "oct"]

[geographic_atrophy]
name = "geographic atrophy"
abbreviations = ["GA"]
kind = "disease"
modalities = ["cfp", "oct"]

[gyrate_atrophy]
name = "gyrate atrophy"
abbreviations = ["GA"]
kind = "disease"
modalities = ["cfp"]
"""


def small(more: str) -> Dictionary:
    return Dictionary.parse(SMALL + more)


# The shipped words


def test_every_promised_concept_is_there() -> None:
    assert set(PROMISED) <= set(knowledge.concepts())


def test_the_promised_parents() -> None:
    for stage in ("mild_npdr", "moderate_npdr", "severe_npdr", "pdr"):
        assert "diabetic_retinopathy" in knowledge.concepts()[stage].parents
    assert "amd" in knowledge.concepts()["dry_amd"].parents
    assert "amd" in knowledge.concepts()["wet_amd"].parents


def test_a_concept_has_words_for_each_modality_it_is_seen_in_and_its_own_for_widefield() -> None:
    modalities = set(plugins.names("mmfundus.modalities"))
    for concept in knowledge.concepts().values():
        assert set(concept.modalities) <= modalities
        assert set(concept.findings) == set(concept.modalities), concept.id
        if "uwf" in concept.findings:
            assert not set(concept.findings["uwf"]) & set(concept.findings["cfp"]), concept.id


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Diabetic-Macular_OEDEMA", "diabetic_macular_edema"),
        ("diabetic macular edema", "diabetic_macular_edema"),
        ("DMO", "diabetic_macular_edema"),
        ("severe nonproliferative diabetic retinopathy", "severe_npdr"),
        ("macular holes", "macular_hole"),
        ("Full thickness macular hole", "macular_hole"),
        ("retinal ischemia", "capillary_nonperfusion"),
        ("choroidal neovascularizations", "choroidal_neovascularization"),
        ("Age related macular degeneration", "amd"),
        ("hard exudate", "hard_exudates"),
        ("healthy eyes", "normal"),
        ("RVO", "retinal_vein_occlusion"),
        ("BRVO", "brvo"),
        ("wet AMD", "wet_amd"),
        ("NPDR", "npdr"),
        ("moderate non proliferative retinopathy", "moderate_npdr"),
        ("CSME", "clinically_significant_macular_edema"),
        ("POAG", "primary_open_angle_glaucoma"),
        ("RRD", "rhegmatogenous_retinal_detachment"),
        ("oedema of the macula", "macular_edema"),
        ("detachment of the retina", "retinal_detachment"),
        ("occlusion of the central retinal vein", "crvo"),
        ("naevi of the choroid", "choroidal_nevus"),
        ("Stargardt's disease", "stargardt_disease"),
        ("Bull’s-eye maculopathies", "bulls_eye_maculopathy"),
        ("hypertensive retinopathy grade II", "hypertensive_retinopathy_2"),
        ("optic disk oedema", "optic_disc_edema"),
        ("dot-blot haemorrhages", "dot_blot_hemorrhage"),
        ("cotton wool spots", "cotton_wool_spots"),
        ("myelinated nerve fibers", "myelinated_nerve_fibers"),
        ("vessel tortuosity", "vascular_tortuosity"),
    ],
)
def test_finds_a_concept_however_it_is_spelled(text: str, wanted: str) -> None:
    assert knowledge.find(text).id == wanted


def test_every_name_finds_its_own_concept() -> None:
    for concept in knowledge.concepts().values():
        for name in (concept.id, *concept.names, *concept.aliases):
            assert knowledge.find(name.upper().replace(" ", "_")).id == concept.id


def test_an_unknown_name_suggests_the_closest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'glaucoma'"):
        knowledge.find("glaucma")


# Ambiguity


def test_a_shared_abbreviation_asks_unless_the_modality_settles_it() -> None:
    dictionary = small("")
    assert dictionary.find("GA", "oct").id == "geographic_atrophy"
    for modality in (None, "cfp", "fa"):
        with pytest.raises(AmbiguousName, match="'GA' may mean 'geographic_atrophy', 'gyrate_atrophy'"):
            dictionary.find("GA", modality)


# What follows


def test_a_child_implies_its_parents_and_a_parent_denied_denies_its_children() -> None:
    present, absent = knowledge.implied(["wet_amd"], ["diabetic_retinopathy"])
    assert present == {"wet_amd", "late_amd", "amd", "choroidal_neovascularization"}
    stages = {"npdr", "mild_npdr", "moderate_npdr", "severe_npdr", "pdr", "high_risk_pdr"}
    earlier = {"early_amd", "intermediate_amd"}  # grades of the scale on which it is late
    assert absent == {"diabetic_retinopathy", "normal"} | stages | earlier


def test_normal_denies_all_that_is_abnormal_and_disease_denies_normal() -> None:
    present, absent = knowledge.implied(["normal"], [])
    assert present == {"normal"}
    assert absent == {name for name, concept in knowledge.concepts().items() if concept.abnormal}
    assert knowledge.implied(["drusen"], [])[1] == {"normal"}


def test_nothing_follows_from_what_was_not_said_or_from_mere_absence() -> None:
    assert knowledge.implied([], []) == (frozenset(), frozenset())
    everything_else = set(knowledge.concepts()) - {"normal"}
    assert "normal" not in knowledge.implied([], everything_else)[0]
    assert knowledge.implied([], ["normal"]) == (frozenset(), {"normal"})
    assert "amd" not in knowledge.implied([], ["wet_amd"])[1]


@pytest.mark.parametrize("stage", ["moderate_npdr", "severe_npdr", "pdr", "diabetic_macular_edema"])
def test_referable_is_grade_two_or_macular_oedema(stage: str) -> None:
    assert "referable_dr" in knowledge.implied([stage], [])[0]
    assert "referable_dr" not in knowledge.implied(["mild_npdr"], [])[0]


ids = st.sampled_from(sorted(knowledge.concepts()))


@given(st.sets(ids, max_size=3), st.sets(ids, max_size=3))
def test_a_conflict_is_said_exactly_where_the_implications_overlap(present: set[str], absent: set[str]) -> None:
    up, down = knowledge.implied(present, absent)
    assert bool(knowledge.conflict(present, absent)) == bool(up & down)
    assert up >= present
    assert down >= absent
    if not up & down:
        assert knowledge.implied(up, down) == (up, down)


def test_related_concepts_can_both_be_true_by_definition() -> None:
    assert knowledge.related("brvo", "retinal_vein_occlusion")
    assert knowledge.related("amd", "geographic_atrophy")
    assert knowledge.related("normal", "normal")
    assert knowledge.related("diabetic_retinopathy", "referable_dr")
    assert knowledge.related("amd", "choroidal_neovascularization")
    assert not knowledge.related("brvo", "crvo")
    assert not knowledge.related("normal", "glaucoma")
    with pytest.raises(UnknownName):
        knowledge.related("brvo", "brvoo")


# Refusing a broken dictionary


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('[Drusen]\nname = "x"', "'Drusen' is not lower-case words"),
        ('[drusen]\nname = "x"\nkind = "finding"\nmodalities = ["cfp"]\ncolour = 1', "unknown key 'colour'"),
        ('[drusen]\nname = "x"\nkind = "sign"\nmodalities = ["cfp"]', "of kind 'sign'; kinds are: disease"),
        ('[drusen]\nkind = "finding"\nmodalities = ["cfp"]', "has no 'name'"),
        ('[drusen]\nname = "x"\nkind = "finding"\nmodalities = ["cfp"]\nparents = ["y"]', "'y', which does not exist"),
        ('[d]\nname = "x"\nkind = "finding"\nmodalities = ["cfp"]\nfindings = {oct = ["y"]}', "findings for 'oct'"),
        ('[d]\nname = "x"\nkind = "finding"\nmodalities = ["cfp"]\nicd10cm = {H1 = "same"}', "maps H1 as 'same'"),
        ('[d]\nname = "Normals"\nkind = "finding"\nmodalities = ["cfp"]', "claimed by the concepts 'normal' and 'd'"),
        (
            '[d]\nname = "x"\nkind = "finding"\nmodalities = ["cfp"]\nabbreviations = ["NORMAL"]',
            "is a name of 'normal'",
        ),
        ('[d]\nname = "-"\nkind = "finding"\nmodalities = ["cfp"]', "'-', which holds no letter"),
        ("[d", "not valid TOML"),
    ],
)
def test_a_broken_dictionary_is_refused(more: str, sentence: str) -> None:
    with pytest.raises(WorkError) as caught:
        small(more)
    assert sentence in str(caught.value)


def test_parents_in_a_circle_are_refused() -> None:
    block = '[{0}]\nname = "{0}"\nkind = "finding"\nmodalities = ["cfp"]\nparents = ["{1}"]\n'
    with pytest.raises(WorkError, match="a -> b -> a are each other's parents"):
        small(block.format("a", "b") + block.format("b", "a"))


@given(st.text())
def test_a_key_is_the_same_for_every_way_to_write_a_name(text: str) -> None:
    assert knowledge.key(text) == knowledge.key(text.replace(" ", "-")) == knowledge.key(f" {text} ")


def test_a_concept_in_two_chapters_is_refused() -> None:
    twice = [*blocks.parse(SMALL, "one"), *blocks.parse(SMALL, "two")]
    with pytest.raises(WorkError, match="'normal' has a block in one and in two"):
        Dictionary(twice)


def test_meanings_are_told_without_an_error() -> None:
    assert knowledge.shipped().meanings("DR") == ("diabetic_retinopathy",)
    assert knowledge.shipped().meanings("HR")[:2] == ("high_risk_pdr", "hypertensive_retinopathy")
    assert knowledge.shipped().meanings("HRs") == knowledge.shipped().meanings("HR")
    assert knowledge.shipped().meanings("xyzzy") == ()
