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
