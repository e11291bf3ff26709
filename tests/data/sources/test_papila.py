HEAD = [
    [None, "Age", "Gender", "Diagnosis", "Refractive_Defect", None],
    [None, None, None, None, "dioptre_1", "dioptre_2"],
    ["ID", None, None, None, None, None],
]
LAYOUT = {
    "ClinicalData/patient_data_od.xlsx": [*HEAD, ["#002", 47, 0, 2, 0.75, -1.75], ["#004", 58, 1, 1, 1.5, 0]],
    "ClinicalData/patient_data_os.xlsx": [*HEAD, ["#002", 47, 0, 0, 0.5, 0]],
    "FundusImages/RET002OD.jpg": None,
    "FundusImages/RET002OS.jpg": None,
    "FundusImages/RET004OD.jpg": None,
}


def test_both_eyes_of_a_person_with_their_own_diagnoses(convert):
    rows = convert("papila", LAYOUT).rows
    right, left = rows["FundusImages/RET002OD.jpg"], rows["FundusImages/RET002OS.jpg"]
    assert (right.present, right.eye, right.patient) == (("glaucoma_suspect",), "R", "papila_002")
    assert (left.absent, left.eye, left.patient) == (("glaucoma",), "L", "papila_002")
    assert (right.extra["age"], right.extra["sex"]) == ("47", "M")
    assert rows["FundusImages/RET004OD.jpg"].present == ("glaucoma",)


def test_sheets_saved_as_csv_are_taken(convert):
    as_csv = {
        name.replace(".xlsx", ".csv"): "\n".join(",".join("" if c is None else str(c) for c in row) for row in it)
        if isinstance(it, list)
        else it
        for name, it in LAYOUT.items()
    }
    got = convert("papila", as_csv)
    assert (len(got.rows), got.refused) == (3, {})


def test_an_eye_without_its_photograph_is_named(convert):
    got = convert("papila", {name: it for name, it in LAYOUT.items() if "004OD" not in name})
    assert list(got.refused) == ["RET004OD.jpg"]
