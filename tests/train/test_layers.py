"""Where the parameters of real towers stand, by the names that open_clip, timm and transformers give them."""

import open_clip
import pytest
import torch

from mmfundus.train.layers import IMAGE, NEITHER, TEXT, Layer, block_of, layers


def parameters_of(config: dict) -> list[str]:
    """Names as a FundusCLIP has them, of towers without memory."""
    with torch.device("meta"):
        clip = open_clip.CustomTextCLIP(**{key: value for key, value in config.items() if key != "custom_text"})
    return [f"clip.{name}" for name, _ in clip.named_parameters()]


def of_open_clip(name: str) -> dict[str, Layer]:
    return layers(parameters_of(open_clip.get_model_config(name)))


def of_trunk(name: str) -> dict[str, Layer]:
    vision = {"timm_model_name": name, "timm_pool": "", "timm_proj": "linear", "image_size": 64}
    text = {"width": 8, "heads": 1, "layers": 1, "vocab_size": 10}
    return layers(parameters_of({"embed_dim": 4, "vision_cfg": vision, "text_cfg": text}))


def depths(found: dict[str, Layer], *names: str) -> list[int]:
    return [found[f"clip.{name}"].depth for name in names]


def test_a_residual_network_of_open_clip():
    found = of_open_clip("RN50")  # 3 + 4 + 6 + 3 blocks
    assert depths(found, *(f"visual.conv{i}.weight" for i in (1, 2, 3)), "visual.bn2.bias") == [17] * 4
    assert depths(found, "visual.layer1.0.conv1.weight", "visual.layer1.0.downsample.0.weight") == [16, 16]
    assert depths(found, "visual.layer1.2.bn3.weight", "visual.layer2.0.conv1.weight") == [14, 13]
    assert depths(found, "visual.layer4.2.conv3.weight") == [1]
    assert depths(found, "visual.attnpool.positional_embedding", "visual.attnpool.q_proj.weight") == [0, 0]
    assert {layer.depth for layer in found.values() if layer.tower == IMAGE} == set(range(18))


def test_a_transformer_of_open_clip():
    found = of_open_clip("ViT-B-32")  # twelve blocks in each tower
    entrance = ("class_embedding", "positional_embedding", "conv1.weight", "ln_pre.weight")
    assert depths(found, *(f"visual.{name}" for name in entrance)) == [13] * 4
    assert depths(found, *(f"visual.transformer.resblocks.{i}.mlp.c_fc.weight" for i in (0, 5, 11))) == [12, 7, 1]
    assert depths(found, "visual.ln_post.weight", "visual.proj") == [0, 0]
    assert depths(found, "text.token_embedding.weight", "text.positional_embedding") == [13, 13]
    assert depths(found, *(f"text.transformer.resblocks.{i}.attn.in_proj_weight" for i in (0, 11))) == [12, 1]
    assert depths(found, "text.ln_final.bias", "text.text_projection") == [0, 0]
    assert found["clip.logit_scale"] == Layer(NEITHER, 0)
    assert {tower for tower, _ in found.values()} == {IMAGE, TEXT, NEITHER}


def test_trunks_of_timm():
    lite0 = of_trunk("tf_efficientnet_lite0")  # 1 + 2 + 2 + 3 + 3 + 4 + 1 blocks
    assert depths(lite0, "visual.trunk.conv_stem.weight", "visual.trunk.bn1.weight") == [17, 17]
    assert depths(lite0, "visual.trunk.blocks.0.0.conv_dw.weight", "visual.trunk.blocks.1.1.conv_pw.weight") == [16, 14]
    assert depths(lite0, "visual.trunk.blocks.6.0.conv_pwl.weight") == [1]
    assert depths(lite0, "visual.trunk.conv_head.weight", "visual.trunk.bn2.bias", "visual.head.proj.weight") == [0] * 3

    vit = of_trunk("vit_tiny_patch16_224")
    entrance = ("cls_token", "pos_embed", "patch_embed.proj.weight")
    assert depths(vit, *(f"visual.trunk.{name}" for name in entrance)) == [13] * 3
    assert depths(vit, *(f"visual.trunk.blocks.{i}.attn.proj.weight" for i in (0, 11))) == [12, 1]
    assert depths(vit, "visual.trunk.norm.weight") == [0]

    convnext = of_trunk("convnext_atto")  # its four stages are layers
    assert depths(convnext, "visual.trunk.stem.0.weight", "visual.trunk.stem.1.weight") == [5, 5]
    assert depths(convnext, *(f"visual.trunk.stages.{i}.blocks.0.norm.weight" for i in range(4))) == [4, 3, 2, 1]
    assert depths(convnext, "visual.trunk.head.norm.weight") == [0]


@pytest.mark.parametrize(("projection", "behind"), [("linear", "proj.weight"), ("mlp", "proj.0.weight")])
def test_a_text_tower_of_transformers(tmp_path, projection, behind):
    from transformers import BertConfig

    sizes = {"hidden_size": 8, "num_attention_heads": 1, "intermediate_size": 8, "vocab_size": 10}
    BertConfig(num_hidden_layers=3, **sizes).save_pretrained(tmp_path)
    text = {"hf_model_name": str(tmp_path), "hf_model_pretrained": False, "hf_proj_type": projection}
    text |= {"hf_tokenizer_name": "", "hf_pooler_type": "mean_pooler"}
    vision = {"image_size": 16, "patch_size": 8, "width": 8, "layers": 1, "head_width": 8}
    found = layers(parameters_of({"embed_dim": 4, "vision_cfg": vision, "text_cfg": text}))
    embeddings = "text.transformer.embeddings"
    assert depths(found, f"{embeddings}.word_embeddings.weight", f"{embeddings}.LayerNorm.weight") == [4, 4]
    inside = "attention.self.query.weight"
    assert depths(found, *(f"text.transformer.encoder.layer.{i}.{inside}" for i in range(3))) == [3, 2, 1]
    assert depths(found, f"text.{behind}") == [0]
    assert {layer.tower for name, layer in found.items() if ".text." in name} == {TEXT}


def test_adapters_stand_where_their_layer_stands():
    names = [
        f"clip.visual.transformer.resblocks.{i}.mlp.c_fc.{part}.weight" for i in (0, 1) for part in ("a", "lora_A")
    ]
    assert [layer.depth for layer in layers(names).values()] == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("clip.visual.transformer.resblocks.10.attn.in_proj_weight", "clip.visual.transformer.resblocks.10"),
        ("clip.visual.trunk.blocks.2.1.conv_pw.weight", "clip.visual.trunk.blocks.2.1"),
        ("clip.visual.layer3.5.bn1.weight", "clip.visual.layer3.5"),
        ("clip.visual.trunk.stages.0.downsample.1.weight", "clip.visual.trunk.stages.0"),
        ("clip.text.transformer.encoder.layer.11.output.dense.bias", "clip.text.transformer.encoder.layer.11"),
        ("clip.visual.trunk.stem.0.weight", ""),
        ("clip.visual.trunk.head.fc1.0.weight", ""),
        ("clip.text.proj.2.weight", ""),
        ("clip.logit_scale", ""),
    ],
)
def test_a_block_is_what_repeats(name, block):
    assert block_of(name) == block
