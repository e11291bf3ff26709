"""A stretched text tower takes longer texts, and its old positions are found again where they were."""

import open_clip
import pytest
import torch

from mmfundus.errors import UsageError
from mmfundus.models import towers
from mmfundus.models.context import stretch
from mmfundus.models.towers import FundusCLIP

VISION = {"image_size": 32, "patch_size": 16, "width": 16, "layers": 1, "head_width": 8}


def text_of(model, texts):
    with torch.no_grad():
        return model.eval().text(torch.from_numpy(model.tokens(texts)))


@pytest.fixture
def model(tiny_clip):
    """CLIP's own text tower, of 48 tokens; a character is a token."""
    return tiny_clip()


def test_the_ends_keep_their_positions_and_what_lies_between_is_interpolated(model):
    before = model.clip.text.positional_embedding.detach().clone()
    stretch(model, 95)  # every second position is an old one
    after = model.clip.text.positional_embedding
    assert after.shape == (95, 32)
    torch.testing.assert_close(after[::2], before, rtol=0, atol=1e-6)
    torch.testing.assert_close(after[1::2], (before[:-1] + before[1:]) / 2, rtol=0, atol=1e-6)
    assert after.requires_grad


def test_the_same_length_changes_nothing(model):
    texts = ["a retina", "x" * 47]
    before = text_of(model, texts)
    stretch(model, 48)
    torch.testing.assert_close(text_of(model, texts), before, rtol=0, atol=1e-6)


def test_texts_that_were_cut_are_told_apart(model):
    texts = ["a" * 47 + "b" * 20, "a" * 47 + "c" * 20]
    assert torch.equal(*text_of(model, texts))
    assert model.tokens.longer_than_context(texts) == texts
    stretch(model, 80)
    assert model.tokens.longer_than_context(texts) == []
    assert model.tokens(texts).shape == (2, 80)
    one, other = text_of(model, texts)
    assert (one - other).abs().max() > 1e-3


def test_a_token_still_sees_only_those_before_it(model):
    stretch(model, 60)
    seen = []
    model.clip.text.transformer.register_forward_hook(lambda module, given, found: seen.append(found))
    ids = torch.from_numpy(model.tokens(["a" * 30 + "b" * 29, "a" * 30 + "c" * 29]))
    with torch.no_grad():
        model.text(ids)
    (states,) = seen
    torch.testing.assert_close(states[0, :30], states[1, :30], rtol=0, atol=1e-6)
    assert (states[0, 30:] - states[1, 30:]).abs().max() > 1e-3


def test_the_model_is_rebuilt_with_its_new_length(model):
    stretch(model, 80)
    again = towers.rebuild(model.architecture, model.tokens, None)
    again.load_state_dict(model.state_dict())
    assert again.tokens.context == 80
    texts = ["a" * 70]
    torch.testing.assert_close(text_of(again, texts), text_of(model, texts))


def test_fewer_tokens_than_it_has_are_refused(model):
    with pytest.raises(UsageError, match="context is 40, but the model takes 48 tokens already"):
        stretch(model, 40)
    assert model.tokens.context == 48


@pytest.mark.parametrize(("kind", "most"), [("BertConfig", 66), ("RobertaConfig", 64)])
def test_a_tower_whose_positions_reach_further_is_only_told_to(tiny_clip, tmp_path, kind, most):
    """RoBERTa leaves its first two positions unused."""
    import transformers

    sizes = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 98}
    config = getattr(transformers, kind)(num_hidden_layers=1, max_position_embeddings=66, **sizes)
    config.save_pretrained(tmp_path)
    text = {"hf_model_name": str(tmp_path), "hf_model_pretrained": False, "hf_tokenizer_name": ""}
    text |= {"hf_proj_type": "linear", "hf_pooler_type": "mean_pooler"}
    told = {"embed_dim": 8, "vision_cfg": VISION, "text_cfg": text}
    architecture = {"spec": "t", "open_clip": told, "size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}
    model = FundusCLIP(open_clip.CustomTextCLIP(**told), architecture, tiny_clip().tokens)
    before = text_of(model, ["a" * 40])
    with pytest.raises(UsageError, match=rf"context is {most + 1}; this text tower reaches to {most} tokens"):
        stretch(model, most + 1)
    stretch(model, most)
    assert text_of(model, ["b" * 100]).shape == (1, 8)
    if kind == "BertConfig":  # whose padding is the tokenizer's
        torch.testing.assert_close(text_of(model, ["a" * 40]), before, rtol=0, atol=1e-6)
