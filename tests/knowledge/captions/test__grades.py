"""Grades in letters and numbers."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("RE R2M1, LE R1M0", "+diabetic_macular_edema +severe_npdr", "-diabetic_macular_edema +mild_npdr"),
        ("RE R3A M0 P1, LE U", "-diabetic_macular_edema +laser_treated_retina +pdr", "+ungradable_image"),
        ("ICDR grade: OD 2, OS 0", "+moderate_npdr", "-diabetic_retinopathy"),
        ("ICDR 3 right, ICDR 4 left", "+severe_npdr", "+pdr"),
        ("ETDRS level 53 OD", "+severe_npdr", ""),
        ("DR OD, ETDRS 53 letters", "+diabetic_retinopathy", ""),
        ("OD zone I stage 3 plus; OS zone 2 stage 0", "+plus_disease +rop_stage_3", "-retinopathy_of_prematurity"),
        ("stage 4A ROP OD", "+rop_stage_4", ""),
        ("META-PM category 3 OD", "+myopic_maculopathy_3", ""),
        ("Goldberg stage 3 OD", "+proliferative_sickle_cell_retinopathy", ""),
        ("macular hole stage 3 OD", "+macular_hole", ""),
    ],
)
def test_grades(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)
