LAYOUT = {
    "OCT2017/train/CNV/CNV-1016042-1.jpeg": None,
    "OCT2017/train/CNV/CNV-1016042-2.jpeg": None,
    "OCT2017/train/DRUSEN/DRUSEN-303435-1.jpeg": None,
    "OCT2017/val/NORMAL/NORMAL-12345-1.jpeg": None,
    "OCT2017/test/DME/DME-9583225-1.jpeg": None,
}


def test_class_patient_and_split(convert):
    rows = convert("oct2017", LAYOUT).rows
    first, second = (rows[f"OCT2017/train/CNV/CNV-1016042-{i}.jpeg"] for i in (1, 2))
    assert first.patient == second.patient == "oct2017_1016042"
    assert (first.present, first.absent) == (("choroidal_neovascularization",), ("diabetic_macular_edema",))
    assert rows["OCT2017/val/NORMAL/NORMAL-12345-1.jpeg"].present == ("normal",)
    assert rows["OCT2017/test/DME/DME-9583225-1.jpeg"].split == "test"


def test_a_test_patient_in_training_is_taken_out_of_training(convert):
    got = convert("oct2017", LAYOUT | {"OCT2017/train/DRUSEN/DRUSEN-9583225-7.jpeg": None})
    assert "OCT2017/test/DME/DME-9583225-1.jpeg" in got.rows
    assert "'train' and its patient also in 'test'" in got.refused["OCT2017/train/DRUSEN/DRUSEN-9583225-7.jpeg"]


def test_folder_and_name_must_agree(convert):
    got = convert("oct2017", LAYOUT | {"OCT2017/train/CNV/DME-1-1.jpeg": None, "OCT2017/train/CNV/scan.jpeg": None})
    assert "'DME' and its folder 'CNV'" in got.refused["OCT2017/train/CNV/DME-1-1.jpeg"]
    assert "patient is not known" in got.refused["OCT2017/train/CNV/scan.jpeg"]
