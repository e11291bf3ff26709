LAYOUT = {
    "messidor_data.csv": "image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable\n"
    "20051020_43808_0100_PP.png,0,0,1\n20051020_43832_0100_PP.png,2,1,1\nIM000001.jpg,,,0\n",
    "messidor-2.csv": "left;right\n20051020_43808_0100_PP.png;20051020_43832_0100_PP.png\n",
    "IMAGES/20051020_43808_0100_PP.png": None,
    "IMAGES/20051020_43832_0100_PP.png": None,
    "IMAGES/IM000001.JPG": None,
}


def test_grades_and_oedema_settle_referable_retinopathy(convert):
    rows = convert("messidor2", LAYOUT).rows
    healthy, ill = (rows[f"IMAGES/20051020_{number}_0100_PP.png"] for number in (43808, 43832))
    assert healthy.absent == ("diabetic_retinopathy", "diabetic_macular_edema", "referable_dr")
    assert ill.present == ("moderate_npdr", "diabetic_macular_edema")
    assert (healthy.eye, ill.eye) == ("L", "R")
    assert healthy.patient == ill.patient == "messidor2_20051020_43808_0100_pp"


def test_an_ending_in_capitals_is_found_and_an_ungradable_image_states_no_disease(convert):
    row = convert("messidor2", LAYOUT).rows["IMAGES/IM000001.JPG"]
    assert (row.present, row.absent, row.extra["source_label"]) == (("ungradable_image",), (), "ungradable")


def test_the_images_that_no_grade_was_given_are_named(convert):
    got = convert("messidor2", LAYOUT | {"IMAGES/IM004176.JPG": None})
    assert list(got.refused) == ["IMAGES/IM004176.JPG"]
