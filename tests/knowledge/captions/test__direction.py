"""Which way a cue points, empty boxes, and years."""

import pytest


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("resolved IRF, SRF OD", "hintraretinal_fluid +subretinal_fluid"),
        ("OD IRF resolved, SRF", "hintraretinal_fluid +subretinal_fluid"),
        ("OD NVD regressed with PRP scars", "hnvd +prp_scars"),
        ("OD PVD with no pigment", "+posterior_vitreous_detachment"),
        ("OD haemorrhages nil, exudates nil", "-hard_exudates -retinal_hemorrhage"),
        ("OD ?RD ?VH", "?retinal_detachment ?vitreous_hemorrhage"),
        ("OD BRVO? ERM+", "?brvo +epiretinal_membrane"),
        ("[ ] drusen [x] exudate OD", "+hard_exudates"),
        ("2013 BRVO OD", "hbrvo"),
        ("BRVO OD 2019", "hbrvo"),
        ("BRVO OD '15", "hbrvo"),
        ("BRVO OD since 2019", "+brvo"),
        ("CRVO OD 4 yrs ago", "hcrvo"),
        ("POAG OD 2010", "+primary_open_angle_glaucoma"),
    ],
)
def test_directions(said, note: str, right: str) -> None:
    assert said(note)[0] == right


def test_a_sign_belongs_to_what_follows_it_behind_a_side(said) -> None:
    assert said("(+) ERM OD (-) ERM OS") == ("+epiretinal_membrane", "-epiretinal_membrane")
