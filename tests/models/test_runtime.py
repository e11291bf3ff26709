"""The model directory without torch gives what torch gives."""

import numpy as np
import pytest

from mmfundus.errors import BrokenModel
from mmfundus.models import bundle, maps, runtime
from mmfundus.models.runtime import OnnxReader
from mmfundus.models.tower_reader import TowerReader


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


def test_a_text_is_the_same_alone_and_in_company(reader):
    texts = ["y", "a much longer text of more than a few words", *(f"text {i}" for i in range(20))]
    np.testing.assert_array_equal(reader.texts(texts)[0], reader.texts(["y"])[0])


def test_a_picture_is_the_same_to_the_bit_in_any_company_on_any_number_of_cores(reader, pixels, monkeypatch):
    alone = [reader.images(picture[None])[0] for picture in pixels]
    for cores in (1, 3):
        monkeypatch.setattr(runtime, "CORES", cores)
        np.testing.assert_array_equal(reader.images(pixels), alone)
        np.testing.assert_array_equal(reader.images(pixels[5:9]), alone[5:9])


def test_sealed_prompts_need_no_text_graph(tiny_model_folder, monkeypatch):
    reader = OnnxReader(bundle.open_bundle(tiny_model_folder))
    monkeypatch.setattr(reader, "_encode", lambda texts: pytest.fail(f"encoded {texts}"))
    assert reader.texts(["drusen", "healthy retina"]).shape == (2, 16)


def test_prompts_that_do_not_belong_to_their_vectors_are_refused(tiny_model_folder):
    reader = OnnxReader(bundle.open_bundle(tiny_model_folder))
    reader.prompts = {"cfp": {"drusen": [("drusen", 1.0)]}}
    with pytest.raises(BrokenModel, match=r"prompts\.json and prompts\.safetensors of 'tiny' differ"):
        reader.texts(["drusen"])


def test_a_graph_that_cannot_be_run_is_named(tmp_path):
    (tmp_path / "image.onnx").write_bytes(b"no graph")
    with pytest.raises(BrokenModel, match=r"image\.onnx of the model 'tiny' cannot be run"):
        runtime._session(tmp_path / "image.onnx", "tiny")
