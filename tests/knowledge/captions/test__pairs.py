"""Two signs with a stroke between them answer for both eyes."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("R/L: MA +/+, DBH -/+", "-dot_blot_hemorrhage +microaneurysms", "+dot_blot_hemorrhage +microaneurysms"),
        ("OD/OS: drusen +/-, GA -/-", "+drusen -geographic_atrophy", "-drusen -geographic_atrophy"),
        ("L/R: drusen +/-; GA -/+", "-drusen +geographic_atrophy", "+drusen -geographic_atrophy"),
        ("R/L NVD -/+ NVE +/-", "-nvd +nve", "+nvd -nve"),
        ("NVD: -/-, NVE: -/++", "-nvd -nve", "-nvd +nve"),
        ("Drusen y/n, GA n/n", "+drusen -geographic_atrophy", "-drusen -geographic_atrophy"),
    ],
)
def test_pairs(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)


def test_a_single_pair_of_an_unnamed_order_is_a_doubt(said) -> None:
    assert said("Drusen +/- OD")[0] == "?drusen"
