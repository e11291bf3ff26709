import runpy
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from mmfundus.data import sample
from mmfundus.data.splits import patient_key

RECIPE = Path(__file__).parents[2] / "recipes" / "sample.py"
M = sample.manifest()


def test_every_row_has_its_image_and_every_image_its_row() -> None:
    listed = {row.image for row in M.rows}
    lying = {path.relative_to(M.root).as_posix() for path in (M.root / "images").rglob("*.*")}
    assert listed == lying
    assert len(listed) == 175


def test_images_are_small_jpegs_under_twelve_megabytes() -> None:
    for row in M.rows:
        with Image.open(M.root / row.image) as picture:
            assert picture.format == "JPEG"
            assert max(picture.size) <= 512
            assert not picture.getexif()  # nothing of a person or a camera
    assert sum(path.stat().st_size for path in M.root.rglob("*") if path.is_file()) < 12e6


def test_every_class_of_every_source_is_in_each_split() -> None:
    classes = {(row.modality, row.extra["source_label"]) for row in M.rows}
    assert len(classes) == 14
    counts = Counter((row.modality, row.extra["source_label"], row.split) for row in M.rows)
    for kind in classes:
        assert counts[*kind, "train"] >= 5
        assert counts[*kind, "val"] >= 1
        assert counts[*kind, "test"] >= 4


def test_no_patient_is_in_two_splits() -> None:
    splits: dict[str, set[str]] = {}
    for row in M.rows:
        splits.setdefault(patient_key(row), set()).add(row.split)
    assert all(len(found) == 1 for found in splits.values())


def test_two_frames_of_one_eye_are_one_patient() -> None:
    first, second = (r for r in M.rows if r.image.endswith(("arterial_phase_00016.jpg", "arterial_phase_00017.jpg")))
    assert first.patient == second.patient
    assert first.split == second.split


def test_a_phase_is_no_diagnosis_and_a_class_denies_only_what_its_protocol_denies() -> None:
    stated = {(r.modality, r.extra["source_label"]): (r.present, r.absent, r.extra["phase"]) for r in M.rows}
    assert stated["fa", "arterial_phase"] == ((), (), "arterial")
    assert stated["slo", "non_ffa"] == ((), (), "")
    assert stated["cfp", "glaucoma"] == (("glaucoma",), (), "")
    assert stated["fa", "dr_without_nonperfusion"] == (("diabetic_retinopathy",), ("capillary_nonperfusion",), "")
    assert stated["oct", "cnv"] == (("choroidal_neovascularization",), ("diabetic_macular_edema",), "")


def test_the_recipe_makes_this_very_sample(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not all((shared_data / source).is_dir() for source in ("hrf", "kermany60", "huapu_ffa")):
        pytest.skip("needs the three sources of the sample in ../shared/data")
    monkeypatch.setattr("sys.argv", ["sample.py", str(shared_data), str(tmp_path)])
    runpy.run_path(str(RECIPE), run_name="__main__")
    assert (tmp_path / "manifest.csv").read_bytes() == sample.path().read_bytes()
    assert all((tmp_path / row.image).read_bytes() == (M.root / row.image).read_bytes() for row in M.rows)


def test_the_sample_is_asked_for_by_name(tmp_path: Path) -> None:
    assert sample.named("sample").name == "sample"
    (tmp_path / "mine.csv").write_text("image,modality\na.jpg,oct\n")
    assert sample.named(str(tmp_path / "mine.csv"), tmp_path / "x").root == tmp_path / "x"
