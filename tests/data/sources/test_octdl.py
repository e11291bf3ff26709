HEADER = "file_name,disease,subcategory,condition,patient_id,eye,sex,year,image_width,image_height\n"
LAYOUT = {
    "OCTDL_labels.csv": HEADER
    + "amd_1,AMD,,MNV,7,OD,M,2019,10,10\nno_1,NO,,,8,OS,F,2020,10,10\nvid_1,VID,,VMT,8,OS,F,,,\n",
    "OCTDL/AMD/amd_1.jpg": None,
    "OCTDL/NO/no_1.jpg": None,
    "OCTDL/VID/vid_1.jpg": None,
}


def test_disease_person_and_eye(convert):
    rows = convert("octdl", LAYOUT).rows
    amd = rows["OCTDL/AMD/amd_1.jpg"]
    assert (amd.present, amd.absent, amd.eye, amd.patient) == (("amd",), (), "R", "octdl_7")
    assert (amd.extra["sex"], amd.extra["condition"]) == ("M", "MNV")
    assert rows["OCTDL/VID/vid_1.jpg"].present == ()
    assert rows["OCTDL/NO/no_1.jpg"].patient == rows["OCTDL/VID/vid_1.jpg"].patient


def test_table_and_folder_must_agree(convert):
    got = convert("octdl", LAYOUT | {"OCTDL_labels.csv": LAYOUT["OCTDL_labels.csv"].replace("no_1,NO", "no_1,DME")})
    assert "says 'DME' and its folder 'NO'" in got.refused["OCTDL/NO/no_1.jpg"]
