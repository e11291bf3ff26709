import pytest

from mmfundus.errors import AmbiguousName, WorkError
from mmfundus.knowledge.abbreviations import parse
from mmfundus.knowledge.concepts import concepts, find, shipped
from mmfundus.knowledge.spelling import key

OWNERS = {"ga": ("geographic", "gyrate"), "pm": ("myopia",), "dr": ("retinopathy",), "on": ("neuritis",)}
FILE = """
[GA]
concepts = { geographic = ["drusen", "dry AMD"], gyrate = ["ornithine"] }
elsewhere = { "general anaesthesia" = ["theatre"] }
[PM]
concepts = { myopia = ["staphyloma"] }
elsewhere = { "the afternoon" = ["daily"] }
[ON]
also = { "the optic nerve" = ["cup"] }
"""


@pytest.mark.parametrize(
    ("short", "visible", "context", "meant"),
    [
        ("dr", None, "", "retinopathy"),
        ("dr", [], "", "retinopathy"),  # what has one meaning has it everywhere
        ("pm", None, "", ""),
        ("pm", ["myopia"], "", "myopia"),
        ("pm", [], "", ""),
        ("pm", None, "posterior STAPHYLOMAS seen", "myopia"),
        ("pm", None, "staphyloma, drops daily", ""),
        ("pm", None, "drops daily", ""),  # certain, but no concept
        ("ga", ["geographic", "gyrate"], "", ""),
        ("ga", ["geographic"], "", "geographic"),
        ("ga", None, "large drusen in both", "geographic"),
        ("ga", None, "raised ornithine", "gyrate"),
        ("ga", None, "ornithine, theatre", ""),
        ("ga", ["geographic", "gyrate"], "ornithine, theatre", "gyrate"),
        ("ga", None, "dry macula, AMD", ""),  # both words, but not beside each other
        ("on", ["neuritis"], "", ""),  # a picture shows the nerve as well
        ("on", ["neuritis"], "cup 0.4", ""),
    ],
)
def test_what_is_meant(short: str, visible: list[str] | None, context: str, meant: str) -> None:
    assert parse(FILE, OWNERS)[short].meant(visible, context) == meant


def test_words_count_as_whole_words() -> None:
    assert parse(FILE, OWNERS)["ga"].meant(None, "pseudodrusen") == ""


def test_the_choices_are_all_meanings() -> None:
    assert parse(FILE, OWNERS)["ga"].choices() == "'geographic', 'gyrate', general anaesthesia"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[XY]\nalso = { "z" = ["w"] }', "No concept lists the abbreviation 'XY'"),
        ('[PM]\nconcepts = { gyrate = ["w"] }', "'gyrate' is a meaning of 'PM', but does not list that abbreviation"),
        ('[PM]\nconcepts = { myopia = ["w"] }', "'PM' has one meaning and needs no block"),
        ('[GA]\nconcepts = { gyrate = ["Drusen"], geographic = ["drusen"] }', "'drusen' settles 'GA' for both"),
        ('[GA]\nmeanings = ["w"]', "The abbreviation 'GA' has the unknown key 'meanings'"),
        ('[GA]\nconcepts = { gyrate = "w" }', "is not a list of texts"),
    ],
)
def test_a_wrong_block_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(WorkError) as caught:
        parse(text, OWNERS)
    assert sentence in str(caught.value)


# The shipped abbreviations

DOUBTFUL = ["HR", "RD", "PED", "MA", "CME", "CMO", "GA", "PM", "ON", "AH", "MH", "PVD", "NV", "OA", "VH", "PVR"]


@pytest.mark.parametrize("short", DOUBTFUL)
def test_a_doubtful_abbreviation_alone_is_an_error_that_lists_what_it_may_mean(short: str) -> None:
    with pytest.raises(AmbiguousName, match=f"{short!r} may mean '[a-z_]+', .*Write the one that is meant"):
        find(short)


@pytest.mark.parametrize(
    ("short", "modality", "meant"),
    [
        ("PED", "oct", "pigment_epithelial_detachment"),
        ("CME", "oct", "cystoid_macular_edema"),
        ("CMO", "fa", "cystoid_macular_edema"),
        ("PM", "cfp", "pathological_myopia"),
        ("AH", "uwf", "asteroid_hyalosis"),
        ("PVD", "oct", "posterior_vitreous_detachment"),
        ("HR", "cfp", ""),
        ("MA", "cfp", ""),
        ("ON", "cfp", ""),
        ("RD", "uwf", ""),
        ("GA", "cfp", ""),
        ("MH", "oct", ""),
    ],
)
def test_the_modality_settles_it_only_where_that_is_certain(short: str, modality: str, meant: str) -> None:
    if meant:
        assert find(short, modality).id == meant
    else:
        with pytest.raises(AmbiguousName):
            find(short, modality)


@pytest.mark.parametrize(
    ("short", "context", "meant"),
    [
        ("HR", "BP 190/110, A-V nicking", "hypertensive_retinopathy"),
        ("HR", "PDR with NVD", "high_risk_pdr"),
        ("RD", "horseshoe tear at 11 o'clock, macula off", "retinal_detachment"),
        ("RD", "night blindness, flat ERG", "inherited_retinal_dystrophy"),
        ("PED", "RPE elevation, AMD", "pigment_epithelial_detachment"),
        ("MA", "mild NPDR", "microaneurysms"),
        ("ON", "RAPD, pain on eye movement", "optic_neuritis"),
        ("GA", "dry AMD, foveal sparing", "geographic_atrophy"),
        ("GA", "raised ornithine", "gyrate_atrophy"),
        ("PVD", "new floaters", "posterior_vitreous_detachment"),
        ("HR", "72 bpm", ""),
        ("PED", "corneal ulcer", ""),
        ("ON", "pink, cup 0.3", ""),
        ("GA", "listed for theatre under", ""),
        ("HR", "hypertension, PDR", ""),
    ],
)
def test_words_beside_it_settle_it_only_where_that_is_certain(short: str, context: str, meant: str) -> None:
    if meant:
        assert find(short, context=context).id == meant
    else:
        with pytest.raises(AmbiguousName):
            find(short, context=context)


def test_an_abbreviation_that_concepts_share_has_words_that_settle_it_for_each() -> None:
    owners: dict[str, list[str]] = {}
    for concept in concepts().values():
        for short in dict.fromkeys(map(key, concept.abbreviations)):
            owners.setdefault(short, []).append(concept.id)
    shared = {short: ids for short, ids in owners.items() if len(ids) > 1}
    assert set(shared) >= {"ga", "hr", "ma", "mh", "rd"}
    for short, ids in shared.items():
        meanings = shipped()._by_abbreviation[short].concepts
        assert all(meanings[name] for name in ids), short


def test_capitals_with_an_s_are_a_plural() -> None:
    assert find("DBHs").id == "dot_blot_hemorrhage"
    assert find("PEDs", "oct").id == "pigment_epithelial_detachment"
    with pytest.raises(AmbiguousName):
        find("MAs", "cfp")
