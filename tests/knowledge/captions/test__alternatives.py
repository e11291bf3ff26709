"""Doubt between two, operations that cure, and what is only due."""

import pytest


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD NAION vs AAION", "?arteritic_ion ?naion"),
        ("OD drusen or exudates", "?drusen ?hard_exudates"),
        ("OD no drusen or exudates", "-drusen -hard_exudates"),
        ("OD suspected CNV rather than haemorrhage", "?choroidal_neovascularization ?retinal_hemorrhage"),
        ("RD OD s/p PPV", "hretinal_detachment"),
        ("macular hole repair OD", "hmacular_hole"),
        ("OD PPV for VH 2020", "hvitreous_hemorrhage"),
        (
            "OD 2 weeks after vitrectomy with gas for RD with PVR",
            "hproliferative_vitreoretinopathy hretinal_detachment",
        ),
        ("tear OD lasered", "hlaser_treated_retina hretinal_tear"),
        ("tear OD treated with laser today", "+laser_treated_retina +retinal_tear"),
        ("tear OD surrounded by laser scars", "+laser_scar +retinal_tear"),
        ("PDR OD s/p PPV", "+pdr"),
        ("PPV planned for VH OD", "+vitreous_hemorrhage"),
    ],
)
def test_alternatives(said, note: str, right: str) -> None:
    assert said(note)[0] == right
