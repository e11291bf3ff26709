"""Normal is said of the whole, or it is nothing."""

import pytest


@pytest.mark.parametrize(
    "note",
    [
        "OD wnl",
        "Right fundus normal",
        "OCT OD normal",
        "OD: nothing abnormal detected",
        "His right eye is normal in all respects",
        "Everything looks healthy in the right fundus",
        "Retina OD: [x] normal [ ] drusen",
    ],
)
def test_of_the_whole(said, note: str) -> None:
    assert said(note)[0] == "+normal"


@pytest.mark.parametrize(
    "note",
    [
        "OD macula normal, drusen OS",
        "Drusen OS. Discs: OD normal",
        "Vessels OD normal. Drusen OS",
        "OD IOP normal. Drusen OS",
        "OD quiet. Drusen OS",
        "OD not normal. Drusen OS",
    ],
)
def test_of_a_part_or_vague(said, note: str) -> None:
    assert "normal" not in said(note)[0]


def test_beside_a_finding_it_falls_away(said) -> None:
    assert said("OD normal. OD drusen")[0] == "+drusen"
