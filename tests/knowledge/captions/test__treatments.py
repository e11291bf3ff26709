"""What was done leaves something; what is planned does not."""

import pytest


@pytest.mark.parametrize(
    ("note", "right"),
    [
        ("OD s/p CE/IOL", "hcataract +pseudophakia"),
        ("Return for CE/IOL OD. Cataract OD", "+cataract"),
        ("cataract surgery OD 2010", "hcataract"),
        ("PDR OD s/p PRP", "+pdr hprp_scars"),
        ("OD good PRP", "+prp_scars"),
        ("OD PRP scars", "+prp_scars"),
        ("Plan: PRP OD. PDR OD", "+pdr"),
        ("OD grid laser 2014", "hlaser_treated_retina"),
        ("OD grid laser 2014, laser scars", "+laser_scar"),
        ("laser done today OD", "+laser_treated_retina"),
        ("photocoagulation: none OD", "-laser_treated_retina"),
        ("OD pneumatic retinopexy 2014. ERM OD", "+epiretinal_membrane"),
    ],
)
def test_treatments(said, note: str, right: str) -> None:
    assert said(note)[0] == right
