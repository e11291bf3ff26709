from mmfundus.data.sources import rfmid

COLUMNS = ("Disease_Risk", *rfmid.CONCEPTS, *rfmid.NARROWER, *rfmid.SOURCE.unmapped)


def table(*lines: tuple[int, set[str]]) -> str:
    """One line an image: its id and the columns that are 1."""
    rows = [",".join((str(i), *("1" if name in ones else "0" for name in COLUMNS))) for i, ones in lines]
    return "\n".join((",".join(("ID", *COLUMNS)), *rows, ""))


TRAIN = "Training_Set/Training_Set"
LAYOUT = {
    f"{TRAIN}/RFMiD_Training_Labels.csv": table((1, {"Disease_Risk", "DR", "MS"}), (2, set())),
    f"{TRAIN}/Training/1.png": None,
    f"{TRAIN}/Training/2.png": None,
    "Evaluation_Set/Evaluation_Set/RFMiD_Validation_Labels.csv": table((1, {"Disease_Risk", "MYA"})),
    "Evaluation_Set/Evaluation_Set/Validation/1.png": None,
    "Test_Set/Test_Set/RFMiD_Testing_Labels.csv": table((1, {"Disease_Risk", "ST"})),
    "Test_Set/Test_Set/Test/1.png": None,
}


def test_every_column_was_looked_for(convert):
    row = convert("rfmid", LAYOUT).rows[f"{TRAIN}/Training/1.png"]
    assert row.present == ("diabetic_retinopathy", "chorioretinal_scar")
    assert {"amd", "brvo", "media_opacity"} <= set(row.absent)


def test_a_column_that_is_a_part_denies_nothing(convert):
    healthy = convert("rfmid", LAYOUT).rows[f"{TRAIN}/Training/2.png"]
    assert healthy.present == ("normal",)
    assert not set(rfmid.NARROWER.values()) & set(healthy.absent)


def test_1_png_of_each_part_is_an_image_of_its_own(convert):
    got = convert("rfmid", LAYOUT)
    assert sorted(row.split for row in got.rows.values()) == ["test", "train", "train", "val"]
    assert got.rows["Evaluation_Set/Evaluation_Set/Validation/1.png"].extra["source_label"] == "MYA"
    assert got.refused == {}


def test_the_numbered_folders_of_the_later_release_are_known_too(convert):
    later = {
        name.replace(f"{TRAIN}/RFMiD", "2. Groundtruths/a. RFMiD")
        .replace(f"{TRAIN}/Training", "1. Original Images/a. Training Set")
        .replace("Evaluation_Set/Evaluation_Set/RFMiD", "2. Groundtruths/b. RFMiD")
        .replace("Evaluation_Set/Evaluation_Set/Validation", "1. Original Images/b. Validation Set")
        .replace("Test_Set/Test_Set/RFMiD", "2. Groundtruths/c. RFMiD")
        .replace("Test_Set/Test_Set/Test", "1. Original Images/c. Testing Set"): it
        for name, it in LAYOUT.items()
    }
    got = convert("rfmid", later)
    assert (len(got.rows), got.refused) == (4, {})


def test_a_disease_in_an_image_without_risk_is_a_contradiction(convert):
    got = convert("rfmid", LAYOUT | {f"{TRAIN}/RFMiD_Training_Labels.csv": table((1, {"DR"}), (2, set()))})
    assert "contradict" in got.refused[f"{TRAIN}/Training/1.png"]
