"""A tar is webdataset's, the same bytes at every making, and finished only if it still holds what it held."""

import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import webdataset
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmfundus.data import images, packing
from mmfundus.data.shards import longest
from mmfundus.errors import UnreadableImage
from mmfundus.types import Row

ROWS = [Row("a.png", "cfp"), Row("b.png", "cfp"), Row("c.png", "cfp")]
COLUMNS = {"image": [row.image for row in ROWS], "caption": ["one.two", "", 'Ödem; \n"x"']}
REASON = "'b.png' is empty."
PICTURES = [b"first" * 200, REASON, b"third"]


def as_made(row: Row) -> bytes | str:
    return PICTURES[ROWS.index(row)]


@pytest.fixture
def tar(tmp_path):
    packing.make(tmp_path / "shard-000000.tar", 0, PICTURES, COLUMNS)
    return tmp_path / "shard-000000.tar"


def test_places_are_where_the_pictures_lie(tmp_path):
    path = tmp_path / "shard-000000.tar"
    first, refused, third = packing.make(path, 0, PICTURES, COLUMNS)
    assert refused == REASON
    for place, picture in ((first, PICTURES[0]), (third, PICTURES[2])):
        assert place.shard == path.name
        assert path.read_bytes()[place.offset : place.offset + place.length] == picture


def test_webdataset_reads_it_unchanged(tar):
    found = list(webdataset.WebDataset(str(tar), shardshuffle=False, empty_check=False))
    assert [one["__key__"] for one in found] == ["000000000", "000000002"]
    assert [one["webp"] for one in found] == [PICTURES[0], PICTURES[2]]
    assert json.loads(found[1]["json"]) == {"image": "c.png", "caption": COLUMNS["caption"][2]}


def test_a_tar_of_refusals_alone_is_an_empty_one(tmp_path):
    assert packing.make(tmp_path / "shard-000000.tar", 0, [REASON], COLUMNS) == [REASON]
    with tarfile.open(tmp_path / "shard-000000.tar") as members:
        assert members.getnames() == []
    assert list(webdataset.WebDataset(str(tmp_path / "shard-000000.tar"), shardshuffle=False, empty_check=False)) == []


def test_a_tar_tells_nothing_of_when_and_who(tar):
    with tarfile.open(tar) as members:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}
    before = tar.read_bytes()
    packing.make(tar, 0, PICTURES, COLUMNS)
    assert tar.read_bytes() == before


def test_a_finished_tar_is_known(tar, tmp_path):
    places = packing.finished(tar, ROWS, as_made)
    assert places == packing.make(tmp_path / tar.name, 0, PICTURES, COLUMNS)


def test_a_tar_without_its_note_is_not_finished(tar):
    tar.with_suffix(".json").unlink()
    assert packing.finished(tar, ROWS, as_made) is None


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([".tar", ".json"]))
def test_one_flipped_byte_and_it_is_not_finished(tmp_path_factory, data, ending):
    path = tmp_path_factory.mktemp("flipped") / "shard-000000.tar"
    packing.make(path, 0, PICTURES, COLUMNS)
    flipped = path.with_suffix(ending)
    content = bytearray(flipped.read_bytes())
    at = data.draw(st.integers(0, len(content.rstrip(b"\n")) - 1))
    content[at] ^= data.draw(st.integers(1, 127))
    flipped.write_bytes(content)
    found = packing.finished(path, ROWS, as_made)
    assert found is None or found == packing.make(path, 0, PICTURES, COLUMNS)  # white space of JSON may differ


@pytest.mark.parametrize("keep", [0, 511, 600, -1])
def test_a_cut_tar_is_not_finished(tar, keep):
    tar.write_bytes(tar.read_bytes()[:keep])
    assert packing.finished(tar, ROWS, as_made) is None


def test_another_number_of_rows_is_not_finished(tar):
    assert packing.finished(tar, ROWS[:2], as_made) is None


def test_a_repaired_image_is_taken_up(tar):
    assert packing.finished(tar, ROWS, lambda row: b"second") is None


def test_a_fault_leaves_no_tar(tmp_path):
    def pictures():
        yield b"first"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        packing.make(tmp_path / "shard-000000.tar", 0, pictures(), COLUMNS)
    assert list(tmp_path.iterdir()) == []


def test_pictures_come_in_order_and_a_bounded_number_ahead(monkeypatch):
    monkeypatch.setattr(packing, "AHEAD", 4)
    rows = [Row(f"{number}.png", "cfp") for number in range(10)]
    begun: list[str] = []

    def encode(row: Row) -> str:
        begun.append(row.image)
        return row.image

    with ThreadPoolExecutor(2) as pool:
        coming = packing.ahead(pool, encode, rows, Mock())
        taken = [next(coming)]
        assert len(begun) <= 4
        taken += coming
    assert taken == [row.image for row in rows]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 16, 40, 129]), st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 256]))
def test_pictures_come_back_bit_for_bit_and_within_the_longest(size, seed, shades):
    pixels = np.random.default_rng(seed).integers(0, shades, (size, size, 3), dtype=np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "prepared", lambda *_: pixels)
        found = packing.encoded(ROWS[0], Path(), size)
    assert isinstance(found, bytes)
    assert len(found) <= longest(size)
    np.testing.assert_array_equal(np.array(Image.open(BytesIO(found)).convert("RGB")), pixels)


def test_what_cannot_be_read_is_its_reason(tmp_path):
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(UnreadableImage) as refused:
        images.prepared(tmp_path / "b.png", "cfp", 16)
    assert packing.encoded(ROWS[1], tmp_path, 16) == str(refused.value)
