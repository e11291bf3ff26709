HEADER = "ID,Patient Age,Patient Sex,Left-Fundus,Right-Fundus,Left-Diagnostic Keywords,Right-Diagnostic Keywords,N,D\n"
LINE = "0,69,Female,0_left.jpg,0_right.jpg,cataract，suspected glaucoma,normal fundus,0,0\n"
LAYOUT = {
    "full_df.csv": HEADER + LINE + LINE,  # Kaggle's edition has a patient's line once for each eye
    "preprocessed_images/0_left.jpg": None,
    "preprocessed_images/0_right.jpg": None,
}


def test_each_eye_has_its_own_keywords(convert):
    got = convert("odir5k", LAYOUT)
    left, right = got.rows["preprocessed_images/0_left.jpg"], got.rows["preprocessed_images/0_right.jpg"]
    assert (left.present, left.eye) == (("cataract", "glaucoma_suspect"), "L")
    assert (right.present, right.eye) == (("normal",), "R")
    assert left.patient == right.patient == "odir5k_0"
    assert (left.captions, left.absent) == (("cataract, suspected glaucoma",), ())
    assert (left.extra["age"], left.extra["sex"]) == ("69", "F")
    assert got.refused == {}


def test_an_unknown_keyword_is_kept_as_words(convert):
    got = convert("odir5k", LAYOUT | {"full_df.csv": HEADER + LINE.replace("cataract，suspected glaucoma", "odd spot")})
    assert (got.rows["preprocessed_images/0_left.jpg"].present, got.refused) == ((), {})
    assert got.rows["preprocessed_images/0_left.jpg"].extra["source_label"] == "odd spot"


def test_a_normal_eye_with_a_disease_is_refused(convert):
    got = convert("odir5k", LAYOUT | {"full_df.csv": HEADER + LINE.replace("normal fundus", "normal fundus，drusen")})
    assert "contradict" in got.refused["preprocessed_images/0_right.jpg"]


def test_the_originals_are_taken_where_they_lie_beside_the_copies(convert):
    originals = {"ODIR-5K/Training Images/0_left.jpg": None, "ODIR-5K/Training Images/0_right.jpg": None}
    got = convert("odir5k", LAYOUT | originals)
    assert set(got.rows) == set(originals)
    assert got.done.aside == {"a squared copy": 2}


def test_the_parts_of_oia_odir_are_its_splits(convert):
    rows = [HEADER.strip().split(","), [5, 60, "Male", "5_left.jpg", "5_right.jpg", "glaucoma", "lens dust", 0, 0]]
    files = {}
    for part in ("Training Set", "Off-site Test Set", "On-site Test Set"):
        number = len(files)
        line = [number, *rows[1][1:3], f"{number}_left.jpg", f"{number}_right.jpg", *rows[1][5:]]
        files[f"{part}/Annotation/{part.lower()} annotation (English).xlsx"] = [rows[0], line]
        files |= {f"{part}/Images/{number}_{side}.jpg": None for side in ("left", "right")}
    got = convert("odir5k", files)
    assert sorted(row.split for row in got.rows.values()) == ["test", "test", "train", "train", "val", "val"]
    assert got.refused == {}
