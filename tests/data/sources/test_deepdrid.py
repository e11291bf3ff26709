REGULAR, WIDE = "regular_fundus_images", "ultra-widefield_images"
HEADER = "patient_id,image_id,image_path,Overall quality,left_eye_DR_Level,right_eye_DR_Level,patient_DR_Level\n"
LAYOUT = {
    f"{REGULAR}/regular-fundus-training/regular-fundus-training.csv": HEADER
    + "1,1_l1,\\regular-fundus-training\\1\\1_l1.jpg,1,0,,3\n1,1_r1,\\regular-fundus-training\\1\\1_r1.jpg,1,,3.0,3\n",
    f"{REGULAR}/regular-fundus-training/Images/1/1_l1.jpg": None,
    f"{REGULAR}/regular-fundus-training/Images/1/1_r1.jpg": None,
    f"{REGULAR}/regular-fundus-validation/regular-fundus-validation.csv": HEADER + "265,265_l1,x,1,2,,2\n",
    f"{REGULAR}/regular-fundus-validation/Images/265/265_l1.jpg": None,
    f"{REGULAR}/Online-Challenge1&2-Evaluation/Challenge1_labels.xlsx": [["image_id", "DR_Levels"], ["347_l1", 4]],
    f"{REGULAR}/Online-Challenge1&2-Evaluation/Images/347/347_l1.jpg": None,
    f"{WIDE}/ultra-widefield-training/ultra-widefield-training.csv": "patient_id,image_id,image_path,"
    "DR_level,position\n1,1_r1,\\x\\1_r1.jpg,5,right_eye\n",
    f"{WIDE}/ultra-widefield-training/Images/1/1_r1.jpg": None,
}


def test_each_image_has_the_grade_of_its_own_eye(convert):
    rows = convert("deepdrid", LAYOUT).rows
    left = rows[f"{REGULAR}/regular-fundus-training/Images/1/1_l1.jpg"]
    right = rows[f"{REGULAR}/regular-fundus-training/Images/1/1_r1.jpg"]
    assert (left.eye, left.absent) == ("L", ("diabetic_retinopathy",))
    assert (right.eye, right.present) == ("R", ("severe_npdr",))
    assert left.patient == right.patient


def test_the_excel_sheet_of_the_evaluation_is_the_test_split(convert):
    row = convert("deepdrid", LAYOUT).rows[f"{REGULAR}/Online-Challenge1&2-Evaluation/Images/347/347_l1.jpg"]
    assert (row.split, row.present) == ("test", ("pdr",))


def test_the_same_name_in_the_other_modality_is_another_patient(convert):
    rows = convert("deepdrid", LAYOUT).rows
    wide = rows[f"{WIDE}/ultra-widefield-training/Images/1/1_r1.jpg"]
    assert (wide.modality, wide.present, wide.patient) == ("uwf", ("ungradable_image",), "deepdrid_uwf1")
    assert rows[f"{REGULAR}/regular-fundus-training/Images/1/1_r1.jpg"].patient == "deepdrid_cfp1"


def test_an_eye_without_its_grade_is_refused(convert):
    name = f"{REGULAR}/regular-fundus-validation/regular-fundus-validation.csv"
    got = convert("deepdrid", LAYOUT | {name: HEADER + "265,265_l1,x,1,,2,2\n"})
    assert "label ''" in got.refused[f"{REGULAR}/regular-fundus-validation/Images/265/265_l1.jpg"]
