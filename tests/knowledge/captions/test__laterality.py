"""Which eye a statement is of."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("mild NPDR, no DME OD; PDR OS", "-diabetic_macular_edema +mild_npdr", "+pdr"),
        ("OD: ERM, drusen, OS: PVD", "+drusen +epiretinal_membrane", "+posterior_vitreous_detachment"),
        ("RP OU w/ CME OD", "+cystoid_macular_edema +retinitis_pigmentosa", "+retinitis_pigmentosa"),
        ("BRVO OD, ERM OS > OD", "+brvo +epiretinal_membrane", "+epiretinal_membrane"),
        ("Cataract 3+ OS 1+ OD", "+cataract", "+cataract"),
        ("lattice (R>L), holes (L only)", "+lattice_degeneration", "+lattice_degeneration +retinal_hole"),
        ("CRVO OD w/ CME, BRVO OS", "+crvo +cystoid_macular_edema", "+brvo"),
        ("Left eye BRVO. No oedema. Right eye ERM", "+epiretinal_membrane", "+brvo -macular_edema"),
        (
            "OD drusen\nERM. PVD OS",
            "+drusen +epiretinal_membrane",
            "+epiretinal_membrane +posterior_vitreous_detachment",
        ),
        ("ERM. No tear. CDR OD 0.4", "+epiretinal_membrane -retinal_tear", ""),
        ("BRVO OD. The other eye has an ERM.", "+brvo", "+epiretinal_membrane"),
        ("In the right eye drusen and there is a CNV in the left eye.", "+drusen", "+choroidal_neovascularization"),
        (
            "ERM, PVD",
            "+epiretinal_membrane +posterior_vitreous_detachment",
            "+epiretinal_membrane +posterior_vitreous_detachment",
        ),
    ],
)
def test_eyes(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)


def test_the_column_is_a_default_and_no_limit(said) -> None:
    assert said("ERM. Left eye: drusen", "R") == ("+epiretinal_membrane", "+drusen")


def test_sides_that_open_in_brackets_before_grades_or_with_a_dash(said) -> None:
    assert said("(R) CSC (L) ERM") == ("+central_serous_chorioretinopathy", "+epiretinal_membrane")
    assert said("RE R1M0 LE R1M1") == (
        "-diabetic_macular_edema +mild_npdr",
        "+diabetic_macular_edema +mild_npdr",
    )
    assert said("OD - drusen OS - ERM") == ("+drusen", "+epiretinal_membrane")
