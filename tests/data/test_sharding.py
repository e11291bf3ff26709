"""The same manifest gives the same bytes, also after a cut; every row is in the index; no folder is taken over."""

import os
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmfundus import __version__, tables
from mmfundus.data import images, manifest, sample, sharding, shards
from mmfundus.errors import ManifestError, UsageError
from mmfundus.types import Manifest, Row


@pytest.fixture
def table(tmp_path) -> Manifest:
    """Ten small pictures, of which one is broken and one is not there."""
    random = np.random.default_rng(0)
    rows = []
    for i in range(10):
        Image.fromarray(random.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
        rows.append(Row(f"{i}.png", "oct" if i % 2 else "cfp", patient=f"p{i}", extra={"site": "b" * i}))
    (tmp_path / "3.png").write_bytes(b"not a picture")
    (tmp_path / "8.png").unlink()
    manifest.write(rows, tmp_path / "set.csv")
    return manifest.read(tmp_path / "set.csv")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_row_is_a_picture_or_a_refusal(table, tmp_path):
    done = sharding.write(table, tmp_path / "out", 16, per_shard=4)
    assert (done.pictures, done.shards, done.made) == (8, 3, 3)
    assert [item.item for item in done.refused] == ["3.png", "8.png"]
    assert "not a picture" in done.refused[0].reason
    assert done.bytes == sum(path.stat().st_size for path in (tmp_path / "out").glob("*.tar"))


def test_the_index_has_the_manifest_and_says_where_each_picture_lies(table, tmp_path):
    sharding.write(table, tmp_path / "out", 16, per_shard=4)
    index = tables.read(tmp_path / "out" / "index.parquet")
    assert index["image"] == [row.image for row in table.rows]
    assert index["site"] == ["b" * i for i in range(10)]
    assert index["shard"][:5] == ["shard-000000.tar"] * 3 + [None] + ["shard-000001.tar"]
    assert index["shard_key"][9] == "000000009"
    assert [i for i in range(10) if index["shard_offset"][i] is None] == [3, 8]
    assert [i for i in range(10) if index["refused_because"][i]] == [3, 8]
    said = tables.provenance(tmp_path / "out" / "index.parquet")
    assert (said["manifest"], said["size"], said["mmfundus"]) == ("set.csv", 16, __version__)
    assert said["preparation"] == {"cfp": 1, "oct": 1}
    assert len(said["manifest_digest"]) == 64


def test_workers_and_folders_change_no_byte(table, tmp_path):
    sharding.write(table, tmp_path / "one", 16, per_shard=4, workers=1)
    sharding.write(table, tmp_path / "two", 16, per_shard=4, workers=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_work_cut_off_goes_on_with_the_same_bytes(table, tmp_path, monkeypatch):
    sharding.write(table, tmp_path / "whole", 16, per_shard=4)
    prepared, out = images.prepared, tmp_path / "cut"

    def cut(path, modality, size):
        if path.name == "6.png":
            raise KeyboardInterrupt
        return prepared(path, modality, size)

    monkeypatch.setattr(images, "prepared", cut)
    with pytest.raises(KeyboardInterrupt):
        sharding.write(table, out, 16, per_shard=4)
    monkeypatch.setattr(images, "prepared", prepared)
    with pytest.raises(UsageError, match="not finished"):
        shards.open_shards(str(out))
    (out / ".shard-000001.tar.1.part").write_bytes(b"half")
    done = sharding.write(table, out, 16, per_shard=4)
    assert (done.shards, done.made) == (3, 2)
    assert contents(out) == contents(tmp_path / "whole")


def test_a_killed_process_leaves_whole_tars_only(tmp_path):
    table = sample.manifest()
    table = replace(table, rows=table.rows[:60])
    out = tmp_path / "cut"
    process = get_context("fork").Process(target=sharding.write, args=(table, out, 16, 10))
    process.start()
    while not (out / "shard-000001.json").exists():
        assert process.is_alive()
        time.sleep(0.005)
    process.kill()
    process.join()
    assert not (out / "index.parquet").exists()
    again = sharding.write(table, out, 16, 10)
    assert 0 < again.made < again.shards
    sharding.write(table, tmp_path / "whole", 16, 10)
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.parametrize("harm", ["cut", "flip", "remove"])
def test_a_torn_tar_is_made_again_and_no_other(table, tmp_path, harm):
    out = tmp_path / "out"
    sharding.write(table, out, 16, per_shard=4)
    before, tar = contents(out), out / "shard-000001.tar"
    content = bytearray(tar.read_bytes())
    content[700] ^= 1
    match harm:
        case "cut":
            os.truncate(tar, 1000)
        case "flip":
            tar.write_bytes(content)
        case "remove":
            tar.unlink()
    assert sharding.write(table, out, 16, per_shard=4).made == 1
    assert contents(out) == before


def test_a_repaired_image_is_taken_up(table, tmp_path):
    sharding.write(table, tmp_path / "out", 16, per_shard=4)
    Image.new("RGB", (40, 40)).save(tmp_path / "3.png")
    done = sharding.write(table, tmp_path / "out", 16, per_shard=4)
    assert (done.made, done.pictures) == (1, 9)
    assert shards.open_shards(str(tmp_path / "out")).pixels(3).shape == (16, 16, 3)


def test_another_size_or_manifest_needs_another_folder(table, tmp_path, monkeypatch):
    out = tmp_path / "out"
    sharding.write(table, out, 16, per_shard=4)
    before = contents(out)
    other = replace(table, rows=table.rows[:5])
    with pytest.raises(UsageError, match=r"another size \(16, not 32\)"):
        sharding.write(table, out, 32, per_shard=4)
    with pytest.raises(UsageError, match="another manifest"):
        sharding.write(other, out, 16, per_shard=4)
    with pytest.raises(UsageError, match="another number of images a shard"):
        sharding.write(table, out, 16, per_shard=5)
    monkeypatch.setattr("mmfundus.modalities.oct.VERSION", 2)
    with pytest.raises(UsageError, match="another version of the preparation"):
        sharding.write(table, out, 16, per_shard=4)
    assert contents(out) == before


def test_shards_of_unknown_origin_are_left_alone(table, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "shard-000000.tar").write_bytes(b"someone's")
    with pytest.raises(UsageError, match=r"no shards\.json"):
        sharding.write(table, tmp_path / "out", 16)
    (tmp_path / "out" / "shards.json").write_text("{")
    with pytest.raises(UsageError, match=r"shards\.json in 'out' cannot be read"):
        sharding.write(table, tmp_path / "out", 16)
    assert (tmp_path / "out" / "shard-000000.tar").read_bytes() == b"someone's"


def test_a_column_of_the_index_cannot_be_the_manifests(table, tmp_path):
    rows = tuple(replace(row, extra={"shard": "x"}) for row in table.rows)
    with pytest.raises(ManifestError, match="column 'shard'"):
        sharding.write(replace(table, rows=rows), tmp_path / "out", 16)


def test_rows_that_would_read_back_otherwise_are_refused(table, tmp_path):
    rows = (*table.rows[:-1], replace(table.rows[-1], patient=""))
    with pytest.raises(ManifestError, match=r"'9\.png' would not read back"):
        sharding.write(replace(table, rows=rows), tmp_path / "out", 16)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("numbers", [{"size": 0}, {"size": 5000}, {"per_shard": 0}, {"workers": 0}])
def test_numbers_out_of_range_are_refused(table, tmp_path, numbers):
    with pytest.raises(UsageError, match=f"{next(iter(numbers))} is"):
        sharding.write(table, tmp_path / "out", **{"size": 16, **numbers})
