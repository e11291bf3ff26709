"""Bare words take their meaning from the part that they are said of."""

import pytest

from mmfundus.knowledge.captions import _phrases


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD: the disc is pale", "+disc_pallor"),
        ("OD disc: pale, swollen", "+disc_pallor +optic_disc_edema"),
        ("OD vessels thread-like", "+arteriolar_narrowing"),
        ("OD macula oedematous", "+macular_edema"),
        ("OD oedema", "+macular_edema"),
        ("OD vitreous cells 2+", "+vitritis"),
        ("OD EZ disrupted, ELM intact", "+ellipsoid_zone_disruption -elm_disruption"),
        ("OD lens clear", "-cataract"),
        ("OD RNFL full", "-rnfl_defect"),
        ("OD corneal oedema. Drusen OD", "+drusen"),
        ("OD discs 0.2, no drusen", "-drusen"),
        ("OD disc: no drusen", "-optic_disc_drusen"),
        ("OD one CWS above disc, no haemorrhage", "+cotton_wool_spots -retinal_hemorrhage"),
        ("OD RNFL borderline", "?rnfl_defect"),
    ],
)
def test_parts(said, note: str, right: str) -> None:
    assert said(note)[0] == right


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD flat", "-retinal_detachment"),
        ("OD flat 360, no tears", "-retinal_detachment -retinal_tear"),
        ("OD dry", "-intraretinal_fluid -subretinal_fluid"),
        ("OD retina attached", "-retinal_detachment"),
        ("OD: superior retina attached, ERM", "+epiretinal_membrane"),
        ("OD: flat macula, ERM", "+epiretinal_membrane"),
        ("OD: CHRPE, flat", "+chrpe"),
        ("OD: a flat, grey naevus", "+choroidal_nevus"),
        ("OD: tear. Retina otherwise attached", "+retinal_tear"),
        ("Dry eye OD. ERM OD", "+epiretinal_membrane"),
        ("OD no fluid, OS fluid", "-intraretinal_fluid -subretinal_fluid"),
        ("OD vitreous attached", "-posterior_vitreous_detachment"),
    ],
)
def test_words_that_deny(said, note: str, right: str) -> None:
    assert said(note)[0] == right


def test_every_part_and_condition_of_the_table_is_known() -> None:
    from mmfundus.knowledge import concepts
    from mmfundus.knowledge.captions._text import shorthand

    words = shorthand()
    parts, conditions = {*words["parts"], "anywhere", "eye"}, set(words["conditions"])
    for table in ("of", "denies", "doubts"):
        for part, said_of in words[table].items():
            assert part in parts
            assert set(said_of) <= conditions
            ids = {i for one in said_of.values() for i in (one if isinstance(one, list) else [one] if one else [])}
            assert ids <= set(concepts.concepts())
    assert ("optic", "disc") in _phrases.all_of("parts")


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD macula: no heme", "-macular_hemorrhage"),
        ("OD. Macula flat, no heme", "-macular_hemorrhage"),
        ("DFE OD: Vitreous: (-) heme", "-vitreous_hemorrhage"),
        ("OD ONH: no hemorrhage", "-disc_hemorrhage"),
        ("The right macula has drusen but I found no haemorrhage", "+drusen -retinal_hemorrhage"),
        ("OD EZ/ELM intact", "-ellipsoid_zone_disruption -elm_disruption"),
        ("OD EZ and ELM intact", "-ellipsoid_zone_disruption -elm_disruption"),
        ("OD tear, retina attached elsewhere", "+retinal_tear"),
    ],
)
def test_the_line_of_a_part_decides(said, note: str, right: str) -> None:
    assert said(note)[0] == right
