"""A model directory is whole, unaltered and of a version that can be read right, or it is refused by name."""

import json
import shutil

import pytest

from mmfundus.errors import BrokenModel, UsageError
from mmfundus.models import bundle


@pytest.fixture
def copy(tiny_model_folder, tmp_path):
    return shutil.copytree(tiny_model_folder, tmp_path / "copy")


def altered(folder, change):
    """The description with some entries set; None takes an entry out."""
    info = json.loads((folder / "model.json").read_text()) | change
    (folder / "model.json").write_text(json.dumps({name: value for name, value in info.items() if value is not None}))


def test_a_sealed_directory_opens_with_every_file_under_its_digest(tiny_model_folder):
    opened = bundle.open_bundle(tiny_model_folder)
    assert (opened.name, opened.size) == ("tiny", 32)
    lying = {path.name for path in tiny_model_folder.iterdir()} - {"model.json"}
    assert set(opened.info["files"]) == lying >= {*bundle.REQUIRED, "card.md"}
    assert [opened.file(name).name for name in sorted(lying)] == sorted(lying)


@pytest.mark.parametrize("name", bundle.REQUIRED)
def test_a_flipped_byte_is_named(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BrokenModel, match=name):
        bundle.open_bundle(copy).file(name)


@pytest.mark.parametrize("name", bundle.REQUIRED)
def test_a_missing_part_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(BrokenModel, match=name):
        bundle.open_bundle(copy).file(name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "format 99"),
        ({"files": {}}, "does not list image.onnx"),
        ({"modalities": {"cfp": 999}}, "version 999"),
        ({"modalities": {"xray": 1}}, "version 1; this mmfundus prepares version None"),
        ({"modalities": None}, "cannot be read"),
        *(({name: None}, f"does not list its {name}") for name in bundle.DESCRIBED),
    ],
)
def test_a_description_that_cannot_be_trusted_is_refused(copy, change, words):
    altered(copy, change)
    with pytest.raises(BrokenModel, match=words):
        bundle.open_bundle(copy)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1, "files": 3}'])
def test_a_description_that_is_none_is_refused(copy, content):
    (copy / "model.json").write_bytes(content)
    with pytest.raises(BrokenModel, match="cannot be read"):
        bundle.open_bundle(copy)


def test_a_folder_without_description_is_no_model_directory(tmp_path):
    with pytest.raises(UsageError, match=r"has no model\.json"):
        bundle.open_bundle(tmp_path)


def test_a_half_made_directory_never_appears(tmp_path):
    with pytest.raises(RuntimeError, match="cut"), bundle.being_made(tmp_path / "model") as part:
        (part / "weights.safetensors").write_bytes(b"half")
        raise RuntimeError("cut")
    assert list(tmp_path.iterdir()) == []


def test_a_new_directory_takes_the_place_of_the_old_one_whole(tmp_path):
    for content in ("old", "new"):
        with bundle.being_made(tmp_path / "model") as part:
            (part / content).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["model", "model/new"]
