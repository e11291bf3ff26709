"""The whole catalogue, and what is checked of every source alike."""

import runpy
from pathlib import Path

import pytest

from mmfundus import plugins
from mmfundus.data import converting, manifest
from mmfundus.data.sources import _files
from mmfundus.data.sources._source import Asked
from mmfundus.data.splits import patient_key
from mmfundus.errors import UsageError, WorkError
from mmfundus.knowledge import concepts

HERE = Path(__file__).parent / "sources"
NAMES = plugins.names(converting.SOURCES)
PUBLIC = [name for name in NAMES if name not in ("dicom", "folder", "prepared", "table")]
ASKED = {
    "folder": Asked(modality="oct"),
    "table": Asked(modality="oct", table="t/mine.csv", columns={"image": "file", "patient": "who"}),
}
ROOT = {"prepared": "kermany60"}
lay_out = runpy.run_path(str(HERE / "conftest.py"))["lay_out"]


@pytest.fixture
def sound(tmp_path):
    """The sound layout of a source's own test file, laid out and converted."""

    def run(name: str):
        files = runpy.run_path(str(HERE / f"test_{name}.py"))["LAYOUT"]
        root = lay_out(tmp_path / ROOT.get(name, name), files)
        return root, converting.convert(name, root, ASKED.get(name))

    return run


def test_the_catalogue_holds_at_least_25_public_sets():
    assert len(PUBLIC) >= 25
    assert [name for name, _ in converting.catalogue()] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_of_the_catalogue_is_complete(name):
    source = plugins.load(converting.SOURCES, name).SOURCE
    assert source.title and source.url and source.licence and source.citation
    assert source.layout in ("confirmed", "in part", "unconfirmed")
    if name in PUBLIC:
        assert source.url.startswith("https://")
        assert set(source.modalities) <= set(plugins.names("mmfundus.modalities"))
        assert all(source.unmapped.values()) and all(source.aside.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_layout_converts_whole_and_reads_back(name, sound, tmp_path):
    root, done = sound(name)
    assert done.refused == ()
    assert converting.write(done, root, tmp_path / "m.csv") is None
    table = manifest.read(tmp_path / "m.csv")
    assert len(table.rows) == len(done.rows) > 0
    for row in table.rows:
        assert (tmp_path / row.image).is_file()
        assert not row.image.startswith("/") and ".." not in row.image.split("/")
        assert {*row.present, *row.absent} <= set(concepts.concepts())
        assert row.extra["source"] == ROOT.get(name, name)
        assert "source_label" in row.extra


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_a_row_refused_or_counted(name, sound):
    root, done = sound(name)
    images = set(_files.Folder(root).images)
    assert {row.image for row in done.rows} <= images
    assert len(images) == len(done.rows) + sum(done.aside.values())


@pytest.mark.parametrize("name", NAMES)
def test_no_patient_is_in_two_splits(name, sound):
    splits: dict[str, set[str]] = {}
    for row in sound(name)[1].rows:
        splits.setdefault(patient_key(row), set()).add(row.split)
    assert all(len(found) == 1 and "" not in found for found in splits.values())


@pytest.mark.parametrize("name", PUBLIC)
def test_patients_of_two_sets_never_share_an_id(name, sound):
    assert all(row.patient == row.image or row.patient.startswith(f"{name}_") for row in sound(name)[1].rows)


@pytest.mark.parametrize("name", PUBLIC)
def test_another_folder_is_refused_and_not_half_converted(name, tmp_path):
    root = lay_out(tmp_path / "holiday", {"beach.jpg": None})
    with pytest.raises((UsageError, WorkError)):
        converting.convert(name, root)


def many(tmp_path: Path) -> Path:
    table = "".join(f"i{n},{n % 5}\n" for n in range(40))
    files = {f"train_images/i{n}.png": None for n in range(40)}
    return lay_out(tmp_path / "aptos", {"train.csv": "id_code,diagnosis\n" + table, **files})


def test_dealt_splits_follow_from_the_seed(tmp_path):
    root = many(tmp_path)
    first, again, other = (converting.convert("aptos2019", root, seed=seed) for seed in (0, 0, 1))
    assert first.rows == again.rows != other.rows
    assert [sum(row.split == split for row in first.rows) for split in ("train", "val", "test")] == [24, 8, 8]
    assert first.dealt == first.ownerless == 40


def test_a_part_of_an_official_training_split_can_become_val(tmp_path):
    files = {f"train/Original/{n}_{'ADGN'[n % 4]}.png": None for n in range(40)} | {"test/Original/1_A.png": None}
    root = lay_out(tmp_path / "fives", files)
    done = converting.convert("fives", root, val=0.2)
    assert [sum(row.split == split for row in done.rows) for split in ("train", "val", "test")] == [32, 8, 1]
    assert {row.split for row in converting.convert("fives", root).rows} == {"train", "test"}
    with pytest.raises(UsageError, match="--val is 1"):
        converting.convert("fives", root, val=1.0)
    with pytest.raises(UsageError, match="--val is for sources"):
        converting.convert("aptos2019", many(tmp_path), val=0.2)


def test_options_that_a_source_does_not_heed_are_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match="--modality means nothing to the source 'aptos2019'"):
        converting.convert("aptos2019", many(tmp_path), Asked(modality="cfp"))


def test_paths_are_relative_to_the_manifest_or_else_to_the_data(tmp_path):
    root = many(tmp_path)
    done = converting.convert("aptos2019", root)
    assert converting.write(done, root, root / "m.parquet") is None
    assert manifest.read(root / "m.parquet").rows[0].image == "train_images/i0.png"
    elsewhere = tmp_path / "tables" / "m.csv"
    assert converting.write(done, root, elsewhere) == root
    assert (root / manifest.read(elsewhere).rows[0].image).is_file()


def test_refusals_are_written_beside_and_do_not_outlive_their_cause(tmp_path):
    root = many(tmp_path)
    (root / "train_images" / "i0.png").unlink()
    out = tmp_path / "m.csv"
    converting.write(converting.convert("aptos2019", root), root, out)
    assert 'i0,"train.csv names this image' in converting.refusals(out).read_text()
    lay_out(root, {"train_images/i0.png": None})
    converting.write(converting.convert("aptos2019", root), root, out)
    assert not converting.refusals(out).exists()


def test_what_an_operating_system_leaves_is_counted(tmp_path):
    root = lay_out(many(tmp_path), {"__MACOSX/train_images/._i0.png": b"x", "train_images/._i1.png": b"x"})
    done = converting.convert("aptos2019", root)
    assert (done.refused, done.aside) == ((), {"left behind by an operating system": 2})
