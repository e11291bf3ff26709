"""What learns and what stays as it is; and that layouts, recomputing and adapters change no number they should not."""

from contextlib import nullcontext

import open_clip
import pytest
import torch

from mmfundus.errors import UsageError
from mmfundus.models.towers import FundusCLIP
from mmfundus.train import adapt, optim
from mmfundus.train.config import Config

VISION = {"image_size": 32, "patch_size": 16, "width": 16, "layers": 3, "head_width": 8}
TEXT = {"context_length": 48, "vocab_size": 98, "width": 16, "heads": 2, "layers": 3}


def towers_of(tiny_clip, text):
    torch.manual_seed(0)
    config = {"embed_dim": 8, "vision_cfg": VISION, "text_cfg": text}
    architecture = {"spec": "t", "open_clip": config, "size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}
    return FundusCLIP(open_clip.CustomTextCLIP(**config), architecture, tiny_clip().tokens)


@pytest.fixture
def vit(tiny_clip):
    """Make two transformers of open_clip, of three blocks each."""
    return lambda: towers_of(tiny_clip, TEXT)


@pytest.fixture
def bert(tiny_clip, tmp_path):
    """Make a text tower of transformers, with its dropout."""
    from transformers import BertConfig

    sizes = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 98}
    BertConfig(num_hidden_layers=3, **sizes).save_pretrained(tmp_path / "bert")
    text = {"hf_model_name": str(tmp_path / "bert"), "hf_model_pretrained": False, "hf_tokenizer_name": ""}
    return lambda: towers_of(tiny_clip, text | {"hf_proj_type": "linear", "hf_pooler_type": "mean_pooler"})


@pytest.fixture
def made(request, tiny_clip):
    """The maker that a test names: tiny_clip (a trunk of timm), vit or bert."""
    return request.getfixturevalue(request.param)


every_kind = pytest.mark.parametrize("made", ["tiny_clip", "vit", "bert"], indirect=True)
PIXELS = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
TOKENS = torch.randint(1, 98, (4, 12), generator=torch.Generator().manual_seed(2))


def backward(model):
    """The gradients after a step's worth of calls, from one state of randomness."""
    model.train()
    model.zero_grad()
    torch.manual_seed(7)
    found = model(PIXELS, TOKENS)
    (found.scale * (found.image * found.text.roll(1, 0)).sum()).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def learn(model, config, steps=4):
    optimizer = optim.optimizer(model, config)
    for _ in range(steps):
        backward(model)
        optimizer.step()


def copies(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


# ---- what learns ---------------------------------------------------------------------------------------


def learning(model, step=0, **told):
    return adapt.learns(model, Config(**told), step)


def test_without_locks_everything_learns(vit):
    assert learning(vit()) == {name for name, _ in vit().named_parameters()}


def test_a_locked_tower_keeps_what_is_pretrained(vit, tiny_clip):
    names = {name for name, _ in vit().named_parameters()}
    assert learning(vit(), lock_image=True) == {name for name in names if not name.startswith("clip.visual.")}
    assert learning(vit(), lock_text=True) == {name for name in names if not name.startswith("clip.text.")}
    assert learning(vit(), lock_image=True, lock_text=True) == {"clip.logit_scale"}
    new = learning(tiny_clip(), lock_image=True, lock_text=True)
    assert new == {"clip.logit_scale", "clip.visual.head.proj.weight"}


def test_locked_towers_open_from_their_ends(vit):
    told = {"lock_image": True, "lock_text": True, "unlock_every": 10}
    assert learning(vit(), 9, **told) == {"clip.logit_scale"}
    behind = {"clip.logit_scale", "clip.visual.ln_post.weight", "clip.visual.ln_post.bias", "clip.visual.proj"}
    behind |= {"clip.text.ln_final.weight", "clip.text.ln_final.bias", "clip.text.text_projection"}
    assert learning(vit(), 10, **told) == behind
    blocks = [{name.split("resblocks.")[1][0] for name in learning(vit(), step, **told) - behind} for step in (29, 49)]
    assert blocks == [{"2"}, {"0", "1", "2"}]
    assert "clip.visual.conv1.weight" not in learning(vit(), 49, **told)
    assert learning(vit(), 50, **told) == {name for name, _ in vit().named_parameters()}


def test_one_tower_may_open_while_the_other_learns(vit):
    found = learning(vit(), 0, lock_text=True, unlock_every=5)
    assert {name for name in found if ".text." in name} == set()
    assert "clip.visual.conv1.weight" in found


def test_a_change_of_what_learns_is_told(vit):
    model, config = vit(), Config(lock_image=True, unlock_every=10)
    assert adapt.lock(model, config, 0)
    assert not adapt.lock(model, config, 9)
    assert adapt.lock(model, config, 10)
    assert {n for n, p in model.named_parameters() if p.requires_grad} == adapt.learns(model, config, 10)


@every_kind
def test_what_is_locked_stays_to_the_bit(made):
    model, config = made(), Config(lock_image=True, lr=0.1, lr_new=0.1)
    adapt.lock(model, config, 0)
    before = copies(model)
    learn(model, config)
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert changed <= adapt.learns(model, config, 0)
    assert not [name for name in changed if name.startswith("clip.visual.") and not model.is_new(name)]
    assert [name for name in changed if name.startswith("clip.text.")]


# ---- adapters ------------------------------------------------------------------------------------------


@every_kind
def test_adapters_alone_learn_and_then_are_the_weights(made, alone):
    model, config = made(), Config(lora_rank=2, lr=0.05, lr_new=0.05)
    plain, before = set(model.state_dict()), copies(model)
    with torch.no_grad():
        start = model.eval()(PIXELS, TOKENS)
    merge = adapt.ready(model, config, alone)
    with torch.no_grad():
        adapted = model.eval()(PIXELS, TOKENS)
    torch.testing.assert_close(adapted.image, start.image, rtol=0, atol=1e-6)  # they begin as nothing
    learn(model, config)

    now = {name.replace(".base_layer", ""): p for name, p in model.named_parameters() if "lora_" not in name}
    changed = {name for name, value in before.items() if not torch.equal(now[name], value)}
    assert changed == {"clip.logit_scale"} | {name for name in before if model.is_new(name)}
    with torch.no_grad():
        learned = model.eval()(PIXELS, TOKENS)
        merge()
        merged = model.eval()(PIXELS, TOKENS)
    for name in ("image", "text"):
        assert (getattr(learned, name) - getattr(start, name)).abs().max() > 1e-3
        torch.testing.assert_close(getattr(merged, name), getattr(learned, name), rtol=0, atol=1e-5)
    assert set(model.state_dict()) == plain


def test_adapters_are_on_both_towers_and_small(vit):
    model = vit()
    whole = sum(p.numel() for p in model.parameters())
    adapt.add_lora(model, 1)
    adapt.lock(model, Config(lora_rank=1), 0)
    names = [name for name, p in model.named_parameters() if p.requires_grad and "lora_" in name]
    for block in range(3):
        for tower in ("visual", "text"):
            inside = [name for name in names if f"{tower}.transformer.resblocks.{block}." in name]
            assert len(inside) == 8, "four layers a block: in and out of attention, two behind it"
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) < whole / 10


def test_a_model_without_blocks_has_nothing_to_adapt(vit, monkeypatch):
    monkeypatch.setattr(adapt, "block_of", lambda name: "")
    with pytest.raises(UsageError, match="no block of linear layers to adapt"):
        adapt.add_lora(vit(), 2)


# ---- memory --------------------------------------------------------------------------------------------


def test_convolutions_lie_as_pictures_do_and_give_the_same(tiny_clip, alone):
    plain, laid = tiny_clip(), tiny_clip()
    adapt.ready(laid, Config(), alone)
    weights = [p for p in laid.clip.visual.parameters() if p.ndim == 4]
    assert all(p.is_contiguous(memory_format=torch.channels_last) for p in weights)
    assert not all(p.is_contiguous() for p in weights)
    theirs, ours = backward(plain), backward(laid)
    assert {p.grad.stride() == p.stride() for p in laid.clip.visual.trunk.parameters() if p.ndim == 4} == {True}
    for name, expected in theirs.items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-4, atol=1e-5)


@every_kind
@pytest.mark.parametrize("rank", [0, 2])
def test_recomputing_gives_the_same_gradient_from_twice_the_calls(made, alone, rank):
    """With adapters too, where nothing at a tower's entrance has a gradient."""
    grads, calls = [], []
    for recompute in (False, True):
        model, count = made(), []
        torch.manual_seed(3)
        adapt.ready(model, Config(recompute=recompute, lora_rank=rank), alone)
        for name, module in model.named_modules():
            if name.endswith(("resblocks.1.ln_1", "layer.1.output.dense", "blocks.2.0.bn1")):
                module.register_forward_hook(lambda *_, count=count: count.append(1))
        grads.append(backward(model))
        calls.append(len(count))
    assert calls[1] == 2 * calls[0] > 0
    assert grads[0].keys() == grads[1].keys()
    for name, expected in grads[0].items():
        torch.testing.assert_close(grads[1][name], expected, rtol=1e-5, atol=1e-7, msg=name)


def test_towers_that_cannot_recompute_say_so(vit, alone):
    model = vit()
    model.clip.set_grad_checkpointing = lambda enable: None
    with pytest.raises(UsageError, match="this model cannot compute activations twice"):
        adapt.ready(model, Config(recompute=True), alone)


@pytest.mark.slow
def test_compiled_towers_give_the_same(vit, alone):
    plain, compiled = vit(), vit()
    adapt.ready(compiled, Config(compile=True), alone)
    theirs, ours = backward(plain), backward(compiled)
    assert theirs.keys() == ours.keys()
    for name, expected in theirs.items():
        torch.testing.assert_close(ours[name], expected, rtol=1e-4, atol=1e-5)
    assert set(compiled.state_dict()) == set(plain.state_dict())


# ---- processes -----------------------------------------------------------------------------------------


def test_alone_the_model_itself_is_called(vit, alone):
    model = vit()
    assert adapt.spread(model, Config(), alone) is model
    with adapt.holding(model)() as nothing:
        assert nothing is None
    assert adapt.holding(model) is nullcontext


def test_in_parts_gradients_are_held_back_for_as_long_as_asked():
    told, parts = [], torch.nn.Identity()
    parts.set_requires_gradient_sync = told.append
    hold = adapt.holding(parts)
    for _ in range(2):
        with pytest.raises(KeyError), hold():
            raise KeyError
    assert told == [False, True] * 2


def test_single_numbers_are_not_divided(vit):
    from mmfundus.models.towers import give_bias

    model = vit()
    give_bias(model)
    assert {id(p) for p in adapt.unsharded(model)} == {id(model.clip.logit_scale), id(model.clip.logit_bias)}
