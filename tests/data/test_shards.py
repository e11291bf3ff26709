"""From shards or from files the pictures are the same bits; a lying index or an altered tar is named."""

import io
import os
import pickle
import re
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import fsspec
import numpy as np
import pytest
import webdataset
from PIL import Image

from mmfundus import tables
from mmfundus.data import images, sample, sharding, shards
from mmfundus.errors import ManifestError, UnreadableImage, UsageError, WorkError
from mmfundus.types import Manifest, Row

SIZE = 48
BROKEN = 4  # row of the one refused image


@pytest.fixture(scope="module")
def table() -> Manifest:
    """Three images of each modality of the sample, and one that is not there."""
    whole = sample.manifest()
    rows = [
        row
        for modality in sorted({row.modality for row in whole.rows})
        for row in [row for row in whole.rows if row.modality == modality][:3]
    ]
    rows.insert(BROKEN, replace(rows[0], image="images/gone.jpg", patient="images/gone.jpg"))
    return replace(whole, rows=tuple(rows))


@pytest.fixture(scope="module")
def written(table, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shards") / "out"
    sharding.write(table, folder, SIZE, per_shard=5)
    return folder


@pytest.fixture
def copy(written, tmp_path) -> Path:
    """The shards, to be harmed."""
    shutil.copytree(written, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture(params=["folder", "file", "memory"])
def address(request, written) -> str:
    if request.param == "memory":
        memory = fsspec.filesystem("memory")
        for path in written.iterdir():
            memory.pipe_file(f"/{written.name}/{path.name}", path.read_bytes())
        return f"memory://{written.name}"
    return f"file://{written}" if request.param == "file" else str(written)


def test_pictures_are_those_of_the_files_bit_for_bit(table, address):
    found = shards.open_shards(address)
    assert found.size == SIZE
    assert found.manifest.rows == table.rows
    assert found.manifest.name == table.name
    for number in np.random.default_rng(0).permutation(len(table.rows)):
        row = table.rows[number]
        if number != BROKEN:
            expected = images.prepared(table.root / row.image, row.modality, SIZE)
            np.testing.assert_array_equal(found.pixels(int(number)), expected)
            np.testing.assert_array_equal(found.pixels_of(row), expected)


def test_a_refused_row_is_refused_for_the_same_reason(table, address):
    row = table.rows[BROKEN]
    with pytest.raises(UnreadableImage) as before:
        images.prepared(table.root / row.image, row.modality, SIZE)
    with pytest.raises(UnreadableImage) as now:
        shards.open_shards(address).pixels(BROKEN)
    assert str(now.value) == str(before.value)
    assert "gone.jpg" in str(now.value)


def test_webdataset_goes_through_them_unchanged(table, written):
    tars = sorted(str(path) for path in written.glob("*.tar"))
    found = shards.open_shards(str(written))
    samples = list(webdataset.WebDataset(tars, shardshuffle=False).decode("rgb8"))
    numbers = [number for number in range(len(table.rows)) if number != BROKEN]
    assert [int(one["__key__"]) for one in samples] == numbers
    for one, number in zip(samples, numbers, strict=True):
        assert one["json"]["image"] == table.rows[number].image
        np.testing.assert_array_equal(one["webp"], found.pixels(number))


def test_a_row_of_another_manifest_is_named(written):
    with pytest.raises(UsageError, match=r"no image 'other\.png'"):
        shards.open_shards(str(written)).pixels_of(Row("other.png", "cfp"))


def test_a_table_whose_rows_are_all_there_may_be_read(table, written):
    found = shards.open_shards(str(written))
    fewer = replace(table, rows=tuple(replace(row, captions=("anew",), split="val") for row in table.rows[::2]))
    found.must_hold(table)
    found.must_hold(fewer)  # other words and splits are no matter of the pictures
    row = fewer.rows[0]
    np.testing.assert_array_equal(found.pixels_of(row), found.pixels(0))


def test_a_table_of_other_rows_or_modalities_is_refused_by_name(table, written):
    found = shards.open_shards(str(written))
    other = replace(table, rows=(*table.rows, Row("other.png", "cfp")))
    with pytest.raises(UsageError, match=r"shards of .* have no image 'other\.png'. Shard its manifest"):
        found.must_hold(other)
    row = table.rows[0]
    changed = replace(table, rows=(*table.rows[1:], replace(row, modality="oct" if row.modality != "oct" else "fa")))
    with pytest.raises(UsageError, match=rf"hold '{re.escape(row.image)}' as {row.modality}, not as"):
        found.must_hold(changed)


def read_all(found: shards.Shards) -> int:
    """Checksum of all pictures, read twice over in some order."""
    numbers = [n for n in range(len(found.manifest.rows)) if n != BROKEN] * 2
    order = np.random.default_rng(os.getpid()).permutation(len(numbers))
    read = {numbers[at]: found.pixels(numbers[at]).tobytes() for at in order}
    return zlib.crc32(b"".join(read[number] for number in sorted(read)))


def test_two_processes_read_at_once(address):
    found = shards.open_shards(address)
    alone = read_all(found)  # opens the tars, so that the forks share its handles
    context = get_context("fork")
    answers = context.SimpleQueue()
    readers = [context.Process(target=lambda: answers.put(read_all(found))) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0]
    assert [answers.get(), answers.get()] == [alone] * 2


def test_threads_read_at_once(address):
    found = shards.open_shards(address)
    alone = read_all(shards.open_shards(address))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read_all, [found] * 8)) == [alone] * 8


def test_a_copy_by_pickle_reads_the_same(written):
    found = shards.open_shards(str(written))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found)).pixels(0), found.pixels(0))


def test_a_missing_tar_is_no_fault_of_the_image(copy):
    (copy / "shard-000000.tar").unlink()
    found = shards.open_shards(str(copy))
    with pytest.raises(WorkError, match=r"no file shard-000000\.tar") as error:
        found.pixels(0)
    assert not isinstance(error.value, UnreadableImage)
    assert found.pixels(len(found.places) - 1).shape == (SIZE, SIZE, 3)


def test_a_cut_tar_is_named(copy, table):
    found = shards.open_shards(str(copy))
    os.truncate(copy / "shard-000000.tar", found.places[0].offset + 10)
    with pytest.raises(WorkError, match=r"shard-000000\.tar is cut off") as error:
        found.pixels(0)
    assert table.rows[0].image in str(error.value)


def test_one_flipped_bit_is_named(copy):
    found = shards.open_shards(str(copy))
    place = found.places[1]
    content = bytearray((copy / place.shard).read_bytes())
    content[place.offset + place.length // 2] ^= 1
    (copy / place.shard).write_bytes(content)
    with pytest.raises(WorkError, match="is altered"):
        found.pixels(1)
    assert found.pixels(2).shape == (SIZE, SIZE, 3)


def lie(folder: Path, row: int, **cells: object) -> None:
    """Write the index with other cells in one row; a column given as None is left out."""
    index = folder / "index.parquet"
    columns, said = tables.read(index), tables.provenance(index)
    for name, cell in cells.items():
        columns[name] = [cell if i == row else other for i, other in enumerate(columns[name])]
    tables.write(index, columns, said)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"shard": "../../etc/passwd"}, "a shard is named like"),
        ({"shard": "/etc/passwd"}, "a shard is named like"),
        ({"shard": "sub/shard-000000.tar"}, "a shard is named like"),
        ({"shard": "shard-000000.tar\n"}, "a shard is named like"),
        ({"shard": None}, "a shard is named like"),
        ({"shard_offset": -1}, "at byte -1"),
        ({"shard_offset": 2**62}, "at byte"),
        ({"shard_offset": None}, "does not say where"),
        ({"shard_length": 0}, "with 0 bytes"),
        ({"shard_length": -5}, "with -5 bytes"),
        ({"shard_length": 10**12}, "with 1000000000000 bytes"),
        ({"shard_crc32": None}, "does not say where"),
    ],
)
def test_a_lying_index_is_refused_when_opened(copy, cells, words):
    lie(copy, 1, **cells)
    with pytest.raises(ManifestError, match=words):
        shards.open_shards(str(copy))


def test_a_place_beyond_the_tar_is_named_when_read(copy):
    lie(copy, 1, shard_offset=10**9)
    with pytest.raises(WorkError, match="is cut off"):
        shards.open_shards(str(copy)).pixels(1)


def test_a_place_of_something_else_is_named_when_read(copy):
    lie(copy, 1, shard_offset=0)  # a tar header
    with pytest.raises(WorkError, match="is altered"):
        shards.open_shards(str(copy)).pixels(1)


def forge(folder: Path, content: bytes) -> None:
    """Put other bytes, rightly checksummed, in the place of the first picture."""
    (folder / "shard-000009.tar").write_bytes(content)
    lie(folder, 0, shard="shard-000009.tar", shard_offset=0, shard_length=len(content), shard_crc32=zlib.crc32(content))


def webp(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "WEBP", lossless=True)
    return file.getvalue()


@pytest.mark.parametrize("content", [webp(SIZE, SIZE + 1), webp(9000, 9000), b"RIFF", b"\xff\xd8\xff\xe0" * 9])
def test_a_picture_of_another_side_or_kind_is_refused_before_it_is_decoded(copy, content, monkeypatch):
    forge(copy, content)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("was decoded"))
    with pytest.raises(ManifestError, match=f"no picture of {SIZE} pixels"):
        shards.open_shards(str(copy)).pixels(0)


def test_a_picture_that_cannot_be_decoded_is_named(copy):
    forge(copy, webp(SIZE, SIZE)[:30])
    with pytest.raises(ManifestError, match="no picture that can be decoded"):
        shards.open_shards(str(copy)).pixels(0)


def test_another_preparation_is_refused(written, monkeypatch):
    monkeypatch.setattr("mmfundus.modalities.oct.VERSION", 2)
    with pytest.raises(WorkError, match=r"oct pictures of preparation version 1.*prepares version 2"):
        shards.open_shards(str(written))


@pytest.mark.parametrize("said", [{}, {"manifest": "x", "size": "48", "preparation": {}}, {"size": 10**9}])
def test_an_index_that_does_not_say_of_what_is_refused(copy, said):
    tables.write(copy / "index.parquet", tables.read(copy / "index.parquet"), said)
    with pytest.raises(ManifestError, match="does not say what its shards are of"):
        shards.open_shards(str(copy))


def test_a_manifest_is_no_index(copy, table):
    columns = tables.read(copy / "index.parquet")
    plain = {name: cells for name, cells in columns.items() if name not in shards.COLUMNS}
    tables.write(copy / "index.parquet", plain, tables.provenance(copy / "index.parquet"))
    with pytest.raises(ManifestError, match="does not say where"):
        shards.open_shards(str(copy))


def test_a_broken_index_is_named(copy):
    (copy / "index.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ManifestError, match=r"index\.parquet"):
        shards.open_shards(str(copy))


def test_where_nothing_is_there_are_no_shards(tmp_path):
    with pytest.raises(UsageError, match="There are no shards"):
        shards.open_shards(str(tmp_path))
    with pytest.raises(WorkError, match=r"no file index\.parquet"):
        shards.open_shards("memory://nothing-here")
