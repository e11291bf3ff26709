"""The model directory without torch gives what torch gives, and tells when it is altered."""

import json
import shutil

import numpy as np
import pytest
import torch

from mmfundus.errors import BrokenModel, UsageError
from mmfundus.models import bundle, graphs, maps
from mmfundus.models.reader import open_reader
from mmfundus.models.runtime import OnnxReader
from mmfundus.models.towers import TowerReader


@pytest.fixture(scope="module")
def reader(tiny_model_folder):
    return OnnxReader(bundle.open_bundle(tiny_model_folder))


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (37, 32, 32, 3), dtype=np.uint8)


def test_pictures_equal_torch(reader, pixels, tiny_clip):
    vectors, positions = reader.look(pixels)
    theirs, their_positions = TowerReader(tiny_clip(), "tiny").look(pixels)
    np.testing.assert_allclose(vectors, theirs, atol=1e-5)
    np.testing.assert_allclose(positions, their_positions, atol=1e-4)


def test_texts_equal_torch_sealed_or_not(reader, tiny_clip):
    texts = ["drusen", "never sealed", "a normal fundus", "drusen", "y"]
    np.testing.assert_allclose(reader.texts(texts), TowerReader(tiny_clip(), "tiny").texts(texts), atol=1e-5)


def test_map_sums_to_the_cosine(reader, pixels):
    vectors, positions = reader.look(pixels[:5])
    for vector, grid in zip(vectors, positions, strict=True):
        for label in reader.texts(["drusen", "healthy retina", "something else"]):
            assert maps.evidence(grid, label).sum() == pytest.approx(float(vector @ label), abs=1e-5)


def test_weights_can_be_trained_on(tiny_model_folder, tiny_clip):
    ours, theirs = graphs.load(tiny_model_folder).state_dict(), tiny_clip().state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("name", bundle.REQUIRED)
def test_a_flipped_byte_is_named(tiny_model_folder, tmp_path, name):
    copy = shutil.copytree(tiny_model_folder, tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BrokenModel, match=name):
        bundle.open_bundle(copy).file(name)


@pytest.mark.parametrize("name", bundle.REQUIRED)
def test_a_missing_part_is_named(tiny_model_folder, tmp_path, name):
    copy = shutil.copytree(tiny_model_folder, tmp_path / "copy")
    (copy / name).unlink()
    with pytest.raises(BrokenModel, match=name):
        bundle.open_bundle(copy).file(name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "format 99"),
        ({"files": {}}, "does not list"),
        ({"modalities": {"cfp": 999}}, "version 999"),
        ({"modalities": None}, "cannot be read"),
    ],
)
def test_a_description_that_cannot_be_trusted_is_refused(tiny_model_folder, tmp_path, change, words):
    copy = shutil.copytree(tiny_model_folder, tmp_path / "copy")
    info = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(info | change))
    with pytest.raises(BrokenModel, match=words):
        bundle.open_bundle(copy)


def test_what_is_no_model_directory_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match=r"model\.json"):
        open_reader(str(tmp_path))
    with pytest.raises(UsageError, match="no model directory"):
        open_reader(str(tmp_path / "absent"))


def test_a_half_made_directory_never_appears(tmp_path):
    with pytest.raises(RuntimeError, match="cut"), bundle.being_made(tmp_path / "model") as part:
        (part / "weights.safetensors").write_bytes(b"half")
        raise RuntimeError("cut")
    assert list(tmp_path.iterdir()) == []
