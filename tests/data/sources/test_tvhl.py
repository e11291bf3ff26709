from pathlib import Path

HEADER = "IMAGE,DME,DR,SIZE,FORMAT\n"
LAYOUT = {
    "EYE FUNDUS.csv": HEADER + "1_OD_f_1,1,-,1000x1000,jpg\n2_OI_f_1,0,0,1000x1000,jpg\n",
    "OCT.csv": HEADER + "1_OD_o_2,1,PDR,1408x573,jpg\n3_OI_f_2,1,NPDR,1408X573,jpg\n",
    "EYE FUNDUS/EYE FUNDUS1/1_OD_f_1.jpg": None,
    "EYE FUNDUS/EYE FUNDUS1/2_OI_f_1.jpg": None,
    "OCT/OCT1/1_OD_o_2.jpg": None,
    "EYE FUNDUS/EYE FUNDUS1/3_OI_f_2.jpg": None,
}


def test_names_say_patient_eye_and_modality(convert):
    rows = convert("tvhl", LAYOUT).rows
    photograph, scan = rows["EYE FUNDUS/EYE FUNDUS1/1_OD_f_1.jpg"], rows["OCT/OCT1/1_OD_o_2.jpg"]
    assert (photograph.modality, scan.modality) == ("cfp", "oct")
    assert photograph.patient == scan.patient == "tvhl_1"
    assert (photograph.eye, photograph.present, photograph.absent) == ("R", ("diabetic_macular_edema",), ())
    assert scan.present == ("diabetic_macular_edema", "pdr")
    assert rows["EYE FUNDUS/EYE FUNDUS1/2_OI_f_1.jpg"].absent == ("diabetic_macular_edema", "diabetic_retinopathy")


def test_a_photograph_in_the_table_of_oct_stays_a_photograph(convert):
    row = convert("tvhl", LAYOUT).rows["EYE FUNDUS/EYE FUNDUS1/3_OI_f_2.jpg"]
    assert (row.modality, row.eye, row.present) == ("cfp", "L", ("diabetic_macular_edema", "npdr"))


def copies(lay, label: str) -> dict[str, object]:
    """The layout with the bytes of patient 2's photograph also filed under patient 4."""
    picture = Path(lay(LAYOUT), "EYE FUNDUS/EYE FUNDUS1/2_OI_f_1.jpg").read_bytes()
    table = LAYOUT["EYE FUNDUS.csv"] + f"4_OI_f_1,{label},1000x1000,jpg\n4_OD_f_2,0,0,1000x1000,jpg\n"
    places = {"EYE FUNDUS/EYE FUNDUS1/4_OI_f_1.jpg": picture, "EYE FUNDUS/EYE FUNDUS1/4_OD_f_2.jpg": None}
    return LAYOUT | {"EYE FUNDUS.csv": table} | places


def test_bytes_under_two_patients_make_them_one_and_are_kept_once(lay, convert):
    got = convert("tvhl", copies(lay, "0,0"))
    assert list(got.refused) == ["EYE FUNDUS/EYE FUNDUS1/4_OI_f_1.jpg"]
    assert got.rows["EYE FUNDUS/EYE FUNDUS1/4_OD_f_2.jpg"].patient == "tvhl_2"


def test_bytes_with_two_labels_are_not_kept_at_all(lay, convert):
    got = convert("tvhl", copies(lay, "1,-"))
    assert set(got.refused) == {f"EYE FUNDUS/EYE FUNDUS1/{name}_OI_f_1.jpg" for name in (2, 4)}
    assert all("otherwise" in reason for reason in got.refused.values())
