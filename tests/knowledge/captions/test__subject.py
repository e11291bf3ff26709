"""Short words for the disease that a note is about."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("Choroidal melanoma OS. OD no tumour.", "-choroidal_melanoma", "+choroidal_melanoma"),
        ("CMV retinitis OS. OD no retinitis.", "-cmv_retinitis", "+cmv_retinitis"),
        ("Large macular hole repaired OD, the hole is closed.", "hlarge_macular_hole", ""),
        ("VMT OS without hole.", "", "-macular_hole +vitreomacular_traction"),
        ("OD hole in lattice.", "+lattice_degeneration +retinal_hole", ""),
        ("OD no retinopathy, no maculopathy.", "-diabetic_macular_edema -diabetic_retinopathy", ""),
        ("HCQ check. OD no retinopathy.", "-hydroxychloroquine_retinopathy", ""),
        ("OD no maculopathy. Drusen OD.", "+drusen -maculopathy", ""),
        ("OD PDR with macular oedema.", "+diabetic_macular_edema +pdr", ""),
        ("OD BRVO with macular oedema.", "+brvo +macular_edema", ""),
        ("OD toxoplasmosis scar.", "+chorioretinal_scar htoxoplasma_retinochoroiditis", ""),
        ("OD old CNV scar.", "hchoroidal_neovascularization +disciform_scar", ""),
        ("OD previous laser, good scars.", "+laser_scar", ""),
        ("OD vasculitis, likely sarcoid.", "+retinal_vasculitis ?sarcoid_uveitis", ""),
        ("Has sarcoid. OD vasculitis.", "+retinal_vasculitis", ""),
    ],
)
def test_subjects(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)


def test_labels_that_are_answered(said) -> None:
    assert said("Retinopathy: RE none, LE background\nMaculopathy: none") == (
        "-diabetic_macular_edema -diabetic_retinopathy",
        "-diabetic_macular_edema +mild_npdr",
    )


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("OD moderate NPDR. OS: macula no edema", "-diabetic_macular_edema"),
        ("OD BRVO, DR mild. OS: no macular oedema", "-macular_edema"),
        ("No diabetic retinopathy OS. No macular oedema OS", "-diabetic_retinopathy -macular_edema"),
        ("POAG OD, OS suspect", "+glaucoma_suspect"),
        ("OS no RT/RH/RD", "-retinal_detachment -retinal_hole -retinal_tear"),
        ("ROP screen OS: no RH", "-retinal_hemorrhage"),
        ("OCT OS at the fovea: EZ loss, no hole", "+ellipsoid_zone_disruption -macular_hole"),
        ("Disc pit OS, no schisis", "+optic_disc_pit -retinal_schisis"),
        ("FFA OS: drusen, no macular ischaemia", "+drusen"),
        ("OS never had uveitis. OD anterior uveitis", "-uveitis"),
    ],
)
def test_short_words_by_what_the_note_is_about(said, note: str, left: str) -> None:
    assert said(note)[1] == left
