"""How far denial, doubt and past reach."""

import pytest


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD no holes, tears or RD", "-retinal_detachment -retinal_hole -retinal_tear"),
        ("OD no CSME, but PDR", "-clinically_significant_macular_edema +pdr"),
        ("OD w/o holes, w/ lattice", "+lattice_degeneration -retinal_hole"),
        ("OD no IRF, mild ERM", "+epiretinal_membrane -intraretinal_fluid"),
        ("OD no oedema and there is an ERM", "+epiretinal_membrane -macular_edema"),
        ("OD no IRF, SHRM fibrotic", "-intraretinal_fluid +subretinal_hyperreflective_material"),
        ("OD possible CNV with SRF", "?choroidal_neovascularization +subretinal_fluid"),
        ("OD possible CNV, drusen", "?choroidal_neovascularization +drusen"),
        ("OD h/o BRVO, RD and uveitis", "hbrvo hretinal_detachment huveitis"),
        ("OD s/p RD, ERM", "+epiretinal_membrane hretinal_detachment"),
        ("Possible: BRVO, ERM OD. PVD OD", "?brvo ?epiretinal_membrane +posterior_vitreous_detachment"),
        ("glaucoma and cataract were excluded OD", "-cataract -glaucoma"),
        ("OD ERM, holes none", "+epiretinal_membrane -retinal_hole"),
        ("h/o VH, RD, CME OD - all resolved", "hcystoid_macular_edema hretinal_detachment hvitreous_hemorrhage"),
        ("OD mother with AMD and glaucoma. Drusen OD", "+drusen"),
        ("OD monitor for VH. PDR OD", "+pdr"),
    ],
)
def test_scopes(said, note: str, right: str) -> None:
    assert said(note)[0] == right


def test_a_side_closes_a_list(said) -> None:
    assert said("no DME OD, PDR OS") == ("-diabetic_macular_edema", "+pdr")


@pytest.mark.parametrize(
    ("note", "eye"),
    [
        ("None of the following were seen: drusen, IRMA, new vessels.", "-drusen -irma -retinal_neovascularization"),
        ("Pertinent negatives: VH, NVE", "-nve -vitreous_hemorrhage"),
        ("No SRF, EZ disrupted", "+ellipsoid_zone_disruption -subretinal_fluid"),
        ("No SRF on OCT, RPE mottling", "+rpe_mottling -subretinal_fluid"),
        ("Drusen were noted, haemorrhage was not.", "+drusen -retinal_hemorrhage"),
        ("Glaucoma was excluded. Disc drusen were not.", "-glaucoma ?optic_disc_drusen"),
        ("(+)SRF (-)IRF", "-intraretinal_fluid +subretinal_fluid"),
        ("SRF(+) IRF(-)", "-intraretinal_fluid +subretinal_fluid"),
        ("+PVD -RT -RD", "+posterior_vitreous_detachment -retinal_detachment -retinal_tear"),
        ("CSC - resolved", "hcentral_serous_chorioretinopathy"),
        ("Declines surgery for macular hole", "+macular_hole"),
        ("HCQ 11 yrs, no toxicity", "-hydroxychloroquine_retinopathy"),
        ("Pigmented lesion, flat, no drusen", "-drusen"),
        ("WWP, otherwise flat 360", "-retinal_detachment +white_without_pressure"),
        ("no view of periphery, drusen", "+drusen"),
    ],
)
def test_what_a_denial_reaches(said, note: str, eye: str) -> None:
    assert sorted(said(f"OD {note}", "R")[0].split()) == sorted(eye.split())


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD no RD, lattice, no breaks", "+lattice_degeneration -retinal_break -retinal_detachment"),
        ("OD no tears, no RD, laser scars 360", "+laser_scar -retinal_detachment -retinal_tear"),
        ("OD no CME, PCIOL", "-cystoid_macular_edema +pseudophakia"),
        ("OD no SRF, PED 2+", "+pigment_epithelial_detachment -subretinal_fluid"),
        ("OD no tears, PVD complete", "+posterior_vitreous_detachment -retinal_tear"),
        ("OD no holes, tears or lattice", "-lattice_degeneration -retinal_hole -retinal_tear"),
        (
            "OD neg for holes, tears, RD, lattice",
            "-lattice_degeneration -retinal_detachment -retinal_hole -retinal_tear",
        ),
        ("OD no drusen, H25.11 cataract", "+cataract -drusen"),
    ],
)
def test_what_is_seldom_denied_or_has_a_place_ends_a_denied_list(said, note: str, right: str) -> None:
    assert said(note)[0] == right


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("I was asked whether the naevus OD had grown", "+choroidal_nevus"),
        ("OD unclear whether there is CNV", "?choroidal_neovascularization"),
        ("OD suspected CME after cataract surgery", "hcataract ?cystoid_macular_edema"),
        ("Past history. No history of: glaucoma, uveitis OD. Drusen OD", "+drusen -glaucoma -uveitis"),
        ("OD melanoma not suspected", "-choroidal_melanoma"),
        ("OD CNV doubted", "?choroidal_neovascularization"),
    ],
)
def test_what_a_doubt_takes_for_granted_stands(said, note: str, right: str) -> None:
    assert said(note)[0] == right
