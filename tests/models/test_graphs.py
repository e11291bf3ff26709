import numpy as np
import onnx
import pytest
import torch

from mmfundus.models import graphs


def test_weights_can_be_trained_on(tiny_model_folder, tiny_clip):
    ours, theirs = graphs.load(tiny_model_folder).state_dict(), tiny_clip().state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_loaded_model_is_the_model(tiny_model_folder, tiny_clip):
    ours, theirs = graphs.load(tiny_model_folder).eval(), tiny_clip().eval()
    pixels = torch.randint(0, 256, (3, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    texts = ["drusen", "a healthy retina"]
    assert np.array_equal(ours.tokens(texts), theirs.tokens(texts))
    with torch.no_grad():
        assert torch.equal(ours.image(pixels), theirs.image(pixels))
        tokens = torch.from_numpy(ours.tokens(texts))
        assert torch.equal(ours.text(tokens), theirs.text(tokens))
    assert (ours.size, ours.exact_map) == (theirs.size, theirs.exact_map)


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx"])
def test_a_graph_is_one_file_and_takes_any_number(tiny_model_folder, name):
    graph = onnx.load(tiny_model_folder / name, load_external_data=False).graph
    assert not any(tensor.external_data for tensor in graph.initializer)
    (given,) = graph.input
    assert given.type.tensor_type.shape.dim[0].dim_param, "the batch has a fixed size"


def test_the_image_graph_takes_prepared_pictures(tiny_model_folder):
    (given,) = onnx.load(tiny_model_folder / "image.onnx", load_external_data=False).graph.input
    assert given.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [size.dim_value for size in given.type.tensor_type.shape.dim][1:] == [32, 32, 3]
