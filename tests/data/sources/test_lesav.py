LAYOUT = {
    "Data.xlsx": [
        ["Diagnosis5", "Identifier", "SEX (0=female)", "Age", "eye", "IOP"],
        ["POAG", 111, 0, 71, "OD", 18],
        ["normal", 112, 1, 60, "OS", 15],
    ],
    "images/111.png": None,
    "images/112.png": None,
    "arteries/111.png": None,
    "veins/111.png": None,
    "masks/111_mask.gif": None,
}


def test_diagnosis_eye_and_person(convert):
    got = convert("lesav", LAYOUT)
    ill, well = got.rows["images/111.png"], got.rows["images/112.png"]
    assert (ill.present, ill.eye, ill.extra["sex"], ill.extra["age"]) == (("glaucoma",), "R", "F", "71")
    assert (well.absent, well.eye, well.extra["sex"]) == (("glaucoma",), "L", "M")
    assert sum(got.done.aside.values()) == 3


def test_a_missing_diagnosis_is_named(convert):
    rows = [*LAYOUT["Data.xlsx"][:2], [None, 112, 1, 60, "OS", 15]]
    assert "no diagnosis" in convert("lesav", LAYOUT | {"Data.xlsx": rows}).refused["images/112.png"]
