"""The wordings of the knowledge base, and what follows from them."""

import pytest

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._names import meaning, shipped, split


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("non proliferative DR", "npdr"),
        ("mod NPDR", "moderate_npdr"),
        ("neovascular AMD", "wet_amd"),
        ("nerve head swelling", "optic_disc_edema"),
        ("macula oedema", "macular_edema"),
        ("choroidal new vessels", "choroidal_neovascularization"),
        ("stage 3 ROP", "rop_stage_3"),
        ("tear of the RPE", "rpe_tear"),
    ],
)
def test_wordings(name: str, concept: str) -> None:
    assert shipped().whole["".join(split(name))] == concept


def test_no_wording_turns_a_denial_round() -> None:
    assert "nonpdr" not in shipped().whole
    assert "choroid" not in shipped().whole  # "choroidals" is no name of the choroid


def test_begins_knows_every_start_of_a_key() -> None:
    names = shipped()
    assert all(names.begins(key[:cut]) for key in list(names.whole)[::50] for cut in range(1, len(key)))
    assert not names.begins("zzz")


def test_qualifiers_lead_from_wide_to_narrow() -> None:
    assert shipped().qualifiers["npdr"][("severe",)] == "severe_npdr"
    assert shipped().qualifiers["crvo"][("ischemic",)] == "ischemic_crvo"


@pytest.mark.parametrize(
    ("short", "context", "several", "concept"),
    [
        ("RD", "shallow RD", False, "retinal_detachment"),
        ("MA", "MA flat and intact", False, ""),
        ("MA", "few MAs, clear", True, "microaneurysms"),
        ("HR", "HR 72 bpm", False, ""),
        ("PVD", "claudication, PVD", False, ""),
    ],
)
def test_neighbours_settle_abbreviations(short: str, context: str, several: bool, concept: str) -> None:
    abbreviation = concepts.shipped().abbreviation(short)
    assert abbreviation is not None
    assert meaning(abbreviation, context, several=several) == concept
