HEADER = (
    "image_id,patient_id,camera,patient_age,patient_sex,exam_eye,DR_ICDR,macular_edema,amd,{},myopic_fundus,quality\n"
)
LAYOUT = {
    "labels.csv": HEADER.format("drusen")
    + "img00001,1,Canon CR,48.0,1,1,0,0,0,1,0,Adequate\nimg00002,1,Canon CR,48.0,1,2,4,1,0,0,1,Adequate\n",
    "fundus_photos/img00001.jpg": None,
    "fundus_photos/img00002.jpg": None,
}


def test_columns_grade_and_person(convert):
    rows = convert("brset", LAYOUT).rows
    right, left = rows["fundus_photos/img00001.jpg"], rows["fundus_photos/img00002.jpg"]
    assert (right.present, right.eye, right.patient) == (("drusen",), "R", "brset_1")
    assert {"amd", "diabetic_retinopathy", "macular_edema"} <= set(right.absent)
    assert "normal" not in right.present
    assert left.present == ("pdr", "macular_edema")
    assert (left.extra["age"], left.extra["sex"], left.extra["camera"]) == ("48", "M", "Canon CR")
    assert left.extra["source_label"] == "ICDR 4 macular_edema myopic_fundus"


def test_the_old_column_name_is_known_but_its_eyes_are_not_trusted(convert):
    old = LAYOUT | {"labels.csv": LAYOUT["labels.csv"].replace("drusen", "drusens")}
    row = convert("brset", old).rows["fundus_photos/img00001.jpg"]
    assert (row.present, row.eye) == (("drusen",), "")


def test_a_photograph_without_a_line_is_named(convert):
    got = convert("brset", LAYOUT | {"fundus_photos/img00003.jpg": None})
    assert list(got.refused) == ["fundus_photos/img00003.jpg"]
