"""The verb `manifest` as users call it: catalogue, conversion, refusals, and the manifest in other verbs."""

import pytest
from PIL import Image

from mmfundus.data import manifest


@pytest.fixture
def scans(tmp_path):
    """Two classes of scans in folders."""
    for i, name in enumerate(("CNV/CNV-1-1.png", "CNV/CNV-1-2.png", "NORMAL/NORMAL-2-1.png")):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((40, 30), 30 + 10 * i).save(path)
    return tmp_path / "scans"


FOLDER = ("manifest", "folder")
ASKED = ("--modality", "oct", "--patient", r"-(\d+)-")


def test_the_catalogue_and_one_entry_of_it(call):
    listed = call("manifest", "--list")
    assert listed.code == 0
    assert "idrid" in listed.out and "CC BY 4.0" in listed.out and "in part" in listed.out
    entry = call("manifest", "mmac", "--list").out
    assert "MMAC 2023" in entry and "3. Testing Set" in entry
    assert "Did you mean 'idrid'" in call("manifest", "idird", "--list").err


def test_a_manifest_that_other_verbs_take(call, scans):
    done = call(*FOLDER, scans, "--out", scans / "m.csv", *ASKED)
    assert (done.code, done.err) == (0, "")
    assert "folder: 3 images converted" in done.out
    assert "dealt by patient" in done.out
    assert call("check", scans / "m.csv").code == 0
    assert {row.patient for row in manifest.read(scans / "m.csv").rows} == {"1", "2"}


def test_elsewhere_the_root_is_told(call, scans, tmp_path):
    done = call(*FOLDER, scans, "--out", tmp_path / "other" / "m.parquet", *ASKED)
    assert done.code == 0
    assert f"give --root {scans}" in done.out
    assert call("check", tmp_path / "other" / "m.parquet", "--root", scans).code == 0


def test_whatever_is_refused_is_named_on_the_screen_and_in_a_table(call, scans):
    for i in range(25):
        Image.effect_noise((40, 30), 50 + i).save(scans / "CNV" / f"nameless{i}.png")
    done = call(*FOLDER, scans, "--out", scans / "m.csv", *ASKED)
    assert done.code == 1
    assert done.err.count("does not match --patient") == 20
    assert "refused: 5 more, all of them in" in done.err
    assert len((scans / "m-refused.csv").read_text().splitlines()) == 26
    assert len(manifest.read(scans / "m.csv").rows) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say which source"),
        (("folder", "{scans}"), "Say which source"),
        (("folders", "{scans}", "--out", "m.csv"), "Did you mean 'folder'"),
        (("folder", "gone", "--out", "m.csv", "--modality", "oct"), "no folder at 'gone'"),
        (("folder", "{scans}", "--out", "m.txt", "--modality", "oct"), "'m.txt' ends in '.txt'"),
        (("folder", "{scans}", "--out", "m.csv"), "Give --modality"),
        (("folder", "{scans}", "--out", "m.csv", "--modality", "oct", "--table", "t.csv"), "--table means nothing"),
        (("table", "{scans}", "--out", "m.csv", "--modality", "oct", "--columns", "image"), "is not NAME=COLUMN"),
        (("idrid", "{scans}", "--out", "m.csv"), "Give the set's own folder"),
        (("oct2017", "{scans}", "--out", "m.csv", "--val", "1.5"), "--val is 1.5"),
    ],
)
def test_a_wrong_call_is_2_and_writes_nothing(call, scans, tmp_path, monkeypatch, arguments, words):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    done = call("manifest", *(argument.format(scans=scans) for argument in arguments))
    assert done.code == 2
    assert words in done.err
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_folder_of_something_else_is_1_with_the_first_reason(call, scans):
    done = call("manifest", "airogs", scans, "--out", scans / "m.csv")
    assert done.code == 2  # without its table it is the wrong folder
    (scans / "train_labels.csv").write_text("challenge_id,class\nTRAIN000000,RG\n")
    done = call("manifest", "airogs", scans, "--out", scans / "m.csv")
    assert done.code == 1
    assert "Nothing below 'scans' could be converted as 'airogs'. The first refusal" in done.err
