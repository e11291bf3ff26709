"""Words that stand for a concept named before."""

import pytest


@pytest.mark.parametrize(
    ("note", "right", "left"),
    [
        ("IRF OD, none OS", "+intraretinal_fluid", "-intraretinal_fluid"),
        ("CME OS resolved, OD never", "-cystoid_macular_edema", "hcystoid_macular_edema"),
        (
            "Possible CNV in the left, definite in the right.",
            "+choroidal_neovascularization",
            "?choroidal_neovascularization",
        ),
        (
            "R: CNV, SRF. L: neither.",
            "+choroidal_neovascularization +subretinal_fluid",
            "-choroidal_neovascularization -subretinal_fluid",
        ),
        (
            "OD retinal hemangioblastoma w/ exudate. OS none seen.",
            "+hard_exudates +retinal_hemangioblastoma",
            "-retinal_hemangioblastoma",
        ),
        ("BRVO OD, flame haems. Hx of same OS.", "+brvo +flame_hemorrhage", "hbrvo"),
        ("ERM OD. OS nothing done.", "+epiretinal_membrane", ""),
    ],
)
def test_echoes(said, note: str, right: str, left: str) -> None:
    assert said(note) == (right, left)


def test_the_same_repeats_all_of_the_other_eye(said) -> None:
    assert said("OD: mild NPDR, no DME. OS: same.")[1] == "-diabetic_macular_edema +mild_npdr"
    assert said("OD: drusen, ?CNV. LE: similar findings")[1] == "?choroidal_neovascularization +drusen"


@pytest.mark.parametrize(
    ("note", "left"),
    [
        (
            "RE: ERM absent, IRF absent, SRF present. LE: all absent.",
            "-epiretinal_membrane -intraretinal_fluid -subretinal_fluid",
        ),
        ("RE without MAs or exudates; LE with all of these", "+hard_exudates +microaneurysms"),
        ("OD: IRF, SRF. OS: none of these", "-intraretinal_fluid -subretinal_fluid"),
        ("OD: NVD, NVE. OS: all negative", "-nvd -nve"),
        ("Retinoschisis IT RE, no RD. Same LE.", "-retinal_detachment +retinoschisis"),
        ("Choroidal naevus OD, flat, no SRF. OS neg.", "-choroidal_nevus"),
        ("Naevus OD, 2 mm. OS no lesion.", "-choroidal_nevus"),
        ("OD mild NPDR, OS none.", "-diabetic_retinopathy"),
        ("HST RE with cryo. LE nil.", ""),
        ("POH OD: RRD repair 2017. POH OS: none.", ""),
    ],
)
def test_the_other_eye_told_by_the_list_of_the_first(said, note: str, left: str) -> None:
    assert said(note)[1] == left
