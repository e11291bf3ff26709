PLACE = "IDRiD/B. Disease Grading"
LAYOUT = {
    f"{PLACE}/2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv": "Image name,Retinopathy grade,"
    "Risk of macular edema ,,,\nIDRiD_001,3,2,,,\nIDRiD_002,0,0,,,\nIDRiD_003,2,1,,,\n",
    f"{PLACE}/2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv": "Image name,Retinopathy grade,"
    "Risk of macular edema \nIDRiD_001,1,0\n",
    **{f"{PLACE}/1. Original Images/a. Training Set/IDRiD_00{i}.jpg": None for i in (1, 2, 3)},
    f"{PLACE}/1. Original Images/b. Testing Set/IDRiD_001.jpg": None,
    "IDRiD/A. Segmentation/1. Original Images/a. Training Set/IDRiD_01.jpg": None,
}
TRAIN = f"{PLACE}/1. Original Images/a. Training Set"


def test_a_stem_in_both_sets_is_two_images(convert):
    got = convert("idrid", LAYOUT)
    train = got.rows[f"{TRAIN}/IDRiD_001.jpg"]
    test = got.rows[f"{PLACE}/1. Original Images/b. Testing Set/IDRiD_001.jpg"]
    assert (train.split, train.present) == ("train", ("severe_npdr", "diabetic_macular_edema", "hard_exudates"))
    assert (test.split, test.present) == ("test", ("mild_npdr",))
    assert "referable_dr" in test.absent
    assert len(got.rows) == 4
    assert sum(got.done.aside.values()) == 1


def test_risk_1_states_exudates_and_leaves_oedema_open(convert):
    row = convert("idrid", LAYOUT).rows[f"{TRAIN}/IDRiD_003.jpg"]
    assert "hard_exudates" in row.present
    assert not {"diabetic_macular_edema", "referable_dr"} & {*row.present, *row.absent}


def test_a_risk_off_the_scale_is_refused(convert):
    name = f"{PLACE}/2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv"
    got = convert("idrid", LAYOUT | {name: "Image name,Retinopathy grade,Risk of macular edema\nIDRiD_001,1,5\n"})
    assert "'5'" in got.refused[f"{PLACE}/1. Original Images/b. Testing Set/IDRiD_001.jpg"]
