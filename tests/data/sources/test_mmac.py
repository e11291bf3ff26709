PLACE = "1. Classification of Myopic Maculopathy"
TABLE = f"{PLACE}/2. Groundtruths/1. MMAC2023_Myopic_Maculopathy_Classification_Training_Labels.csv"
HEADER = "image,myopic_maculopathy_grade,age,sex,height,weight,data_center\n"
LAYOUT = {
    TABLE: HEADER + "".join(f"mmac_train_{i}.png,{i},40.0,1,,,1\n" for i in range(5)),
    **{f"{PLACE}/1. Images/1. Training Set/mmac_train_{i}.png": None for i in range(5)},
    f"{PLACE}/2. Groundtruths/2. MMAC2023_Myopic_Maculopathy_Classification_Validation_Labels.csv": HEADER
    + "mmac_val_0.png,1,,,,,\n",
    f"{PLACE}/1. Images/2. Validation Set/mmac_val_0.png": None,
    "2. Segmentation of Myopic Maculopathy Plus Lesions/1. Lacquer Cracks/1. Images/1. Training Set/mmac_0.png": None,
}


def test_categories_state_pathological_myopia_where_meta_pm_settles_it(convert):
    got = convert("mmac", LAYOUT)
    rows = [got.rows[f"{PLACE}/1. Images/1. Training Set/mmac_train_{i}.png"] for i in range(5)]
    assert rows[0].absent == ("tessellated_fundus", "pathological_myopia")
    assert rows[1].present == ("myopic_maculopathy_1",)
    assert not {"pathological_myopia"} & {*rows[1].present, *rows[1].absent}
    assert rows[3].present == ("myopic_maculopathy_3",)
    assert rows[3].absent == ("myopic_maculopathy_2", "myopic_maculopathy_4")
    assert rows[2].extra["age"] == "40"
    assert got.done.aside == {"of another task": 1}


def test_category_5_is_none(convert):
    got = convert("mmac", LAYOUT | {TABLE: LAYOUT[TABLE].replace("mmac_train_4.png,4", "mmac_train_4.png,5")})
    assert "'5'" in got.refused[f"{PLACE}/1. Images/1. Training Set/mmac_train_4.png"]
