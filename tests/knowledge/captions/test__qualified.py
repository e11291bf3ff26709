"""Qualifiers that stand apart from the name they narrow."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("OD NPDR, severe", "+severe_npdr", ""),
        ("NPDR OU, moderate OD, mild OS", "+moderate_npdr", "+mild_npdr"),
        ("AMD: wet OS, dry OD", "+dry_amd", "+wet_amd"),
        ("Dry AMD OD, intermediate stage", "+intermediate_amd", ""),
        ("CSC OD, chronic", "+chronic_csc", ""),
        ("CRVO OD, non-ischaemic", "+nonischemic_crvo", ""),
        ("hypertensive retinopathy OD, grade 4", "+hypertensive_retinopathy_4", ""),
        ("exudative RD OD, not rhegmatogenous", "+exudative_retinal_detachment -rhegmatogenous_retinal_detachment", ""),
        ("NPDR OD, severe CSME", "+clinically_significant_macular_edema +npdr", ""),
    ],
)
def test_qualifiers(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)
