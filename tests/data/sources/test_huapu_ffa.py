LAYOUT = {
    "origin_data/01.phase_identification/arterial_phase/00001.jpg": None,
    "origin_data/01.phase_identification/arterial_phase/00016.jpg": None,
    "origin_data/01.phase_identification/arterial_phase/00017.jpg": None,
    "origin_data/01.phase_identification/non_ffa/00001.jpg": None,
    "origin_data/02.disease_diagnosis/with_np/With_NP0001.jpg": None,
    "origin_data/02.disease_diagnosis/none_np/None_NP0010.jpg": None,
}


def test_only_diabetic_classes_speak_of_nonperfusion(convert):
    rows = convert("huapu_ffa", LAYOUT).rows
    with_np = rows["origin_data/02.disease_diagnosis/with_np/With_NP0001.jpg"]
    without = rows["origin_data/02.disease_diagnosis/none_np/None_NP0010.jpg"]
    phase = rows["origin_data/01.phase_identification/arterial_phase/00001.jpg"]
    assert with_np.present == ("diabetic_retinopathy", "capillary_nonperfusion")
    assert without.absent == ("capillary_nonperfusion",)
    assert (phase.present, phase.absent, phase.extra["phase"]) == ((), (), "arterial")


def test_images_without_dye_and_two_frames_of_one_eye(convert):
    rows = convert("huapu_ffa", LAYOUT).rows
    assert rows["origin_data/01.phase_identification/non_ffa/00001.jpg"].modality == "slo"
    first, second = (rows[f"origin_data/01.phase_identification/arterial_phase/000{i}.jpg"] for i in (16, 17))
    assert first.patient == second.patient == "huapu_ffa_eye_1"
    assert first.split == second.split


def test_another_class_is_named(convert):
    name = "origin_data/02.disease_diagnosis/crvo/CRVO0001.jpg"
    assert list(convert("huapu_ffa", LAYOUT | {name: None}).refused) == [name]
