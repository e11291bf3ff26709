"""Which cue holds where several reach a mention, and what sections do."""

import pytest


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD no h/o BRVO", "-brvo"),
        ("OD never had uveitis", "-uveitis"),
        ("OD old VH not seen", "hvitreous_hemorrhage"),
        ("OD likely previous optic neuritis", "?optic_neuritis"),
        ("OD suspected tear was not found", "-retinal_tear"),
        ("OD RD not ruled out", "?retinal_detachment"),
        ("OD no change in GA", "+geographic_atrophy"),
        ("OD no new breaks. ERM OD", "+epiretinal_membrane"),
        ("OD no active uveitis", "-uveitis"),
        ("OD birdshot, no active uveitis", "+birdshot_chorioretinopathy"),
        ("OD old chorioretinal scar", "+chorioretinal_scar"),
        ("CME OD resolved then recurred", "+cystoid_macular_edema"),
        ("OD rule out RD at the next visit. PVD OD", "+posterior_vitreous_detachment"),
        ("POH: RD OD, PCIOL OD, no uveitis OD", "+pseudophakia hretinal_detachment -uveitis"),
        ("Visit 2020: OD mild NPDR, no DME. Today: OD PDR", "hmild_npdr +pdr"),
        ("Referred ?hole OD. OD no hole", "-retinal_hole"),
        ("Referred ?hole OD. OD drusen", "+drusen ?retinal_hole"),
        ("OD no NV, macula dry", "-intraretinal_fluid -retinal_neovascularization -subretinal_fluid"),
        ("Treated tear OD, flat", "-retinal_detachment +retinal_tear"),
        ("Lady of 54 years with BRVO OD", "+brvo"),
        ("54 year old lady with BRVO OD", "+brvo"),
        ("OD she has had a PVD for years", "+posterior_vitreous_detachment"),
        ("?TB panuveitis OD", "+panuveitis ?tuberculous_choroiditis"),
        ("OD no ERM, PVD present", "-epiretinal_membrane +posterior_vitreous_detachment"),
        ("OD nv-, cws+", "+cotton_wool_spots -retinal_neovascularization"),
        ("OD not dilated, no view", "+ungradable_image"),
        ("Multifocal choroiditis OD is another possibility", "?multifocal_choroiditis"),
        ("Stargardt in cousin. OD drusen", "+drusen"),
        ("Watch for NVG in the CRVO eye, OD", "+crvo"),
    ],
)
def test_statuses(said, note: str, right: str) -> None:
    assert said(note)[0] == right
