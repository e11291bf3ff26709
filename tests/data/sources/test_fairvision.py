HEADER = "filename,age,gender,race,ethnicity,language,maritalstatus,{},use\n"
LAYOUT = {
    "AMD/data_summary_amd.csv": HEADER.format("amd")
    + "data_00001.npz,70,female,white,non-hispanic,english,single,late AMD,training\n"
    "data_00002.npz,71,male,asian,non-hispanic,english,single,normal,test\n",
    "AMD/Training/slo_00001.jpg": None,
    "AMD/Training/data_00001.npz": b"",
    "AMD/Test/slo_00002.jpg": None,
    "DR/data_summary_dr.csv": HEADER.format("dr")
    + "data_00001.npz,50,male,black,non-hispanic,english,single,vision threatening dr,validation\n",
    "DR/Validation/slo_00001.jpg": None,
}


def test_label_person_and_split(convert):
    rows = convert("fairvision", LAYOUT).rows
    late = rows["AMD/Training/slo_00001.jpg"]
    assert (late.present, late.modality, late.split) == (("late_amd",), "slo", "train")
    assert (late.extra["sex"], late.extra["race"], late.extra["age"]) == ("F", "white", "70")
    assert rows["AMD/Test/slo_00002.jpg"].absent == ("amd",)


def test_number_1_of_another_disease_is_another_person(convert):
    rows = convert("fairvision", LAYOUT).rows
    eye = rows["DR/Validation/slo_00001.jpg"]
    assert (eye.patient, eye.split) == ("fairvision_dr_00001", "val")
    assert eye.present == ("diabetic_retinopathy", "referable_dr")
    assert "glaucoma" not in eye.absent


def test_an_unknown_label_is_refused(convert):
    name = "DR/data_summary_dr.csv"
    got = convert("fairvision", LAYOUT | {name: LAYOUT[name].replace("vision threatening dr", "maybe")})
    assert "'maybe'" in got.refused["DR/Validation/slo_00001.jpg"]
