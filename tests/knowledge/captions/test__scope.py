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
