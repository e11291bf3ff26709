PLACE = "Glaucoma_grading/training"
LAYOUT = {
    f"{PLACE}/glaucoma_grading_training_GT.xlsx": [
        ["data", "non", "early", "mid_advanced"],
        [1, 1, 0, 0],
        [2, 0, 1, 0],
    ],
    f"{PLACE}/multi-modality_images/0001/0001.jpg": None,
    f"{PLACE}/multi-modality_images/0001/0001/0_image.jpg": None,
    f"{PLACE}/multi-modality_images/0001/0001/1_image.jpg": None,
    f"{PLACE}/multi-modality_images/0002/0002.jpg": None,
    "Glaucoma_grading/testing/multi-modality_images/0101/0101.jpg": None,
}
IMAGES = f"{PLACE}/multi-modality_images"


def test_photograph_and_scans_of_a_sample_are_one_eye(convert):
    got = convert("gamma", LAYOUT)
    photograph, scan = got.rows[f"{IMAGES}/0001/0001.jpg"], got.rows[f"{IMAGES}/0001/0001/1_image.jpg"]
    assert (photograph.modality, scan.modality) == ("cfp", "oct")
    assert photograph.study == scan.study == "gamma_train0001"
    assert photograph.absent == scan.absent == ("glaucoma",)
    assert got.rows[f"{IMAGES}/0002/0002.jpg"].present == ("glaucoma",)
    assert sum(got.done.aside.values()) == 1


def test_a_sample_with_two_stages_or_no_image_is_refused(convert):
    sheet = [["data", "non", "early", "mid_advanced"], [1, 1, 1, 0], [2, 0, 1, 0], [3, 1, 0, 0]]
    got = convert("gamma", LAYOUT | {f"{PLACE}/glaucoma_grading_training_GT.xlsx": sheet})
    assert "2 stages" in got.refused[f"{IMAGES}/0001/0001.jpg"]
    assert "has no image" in got.refused["0003"]
