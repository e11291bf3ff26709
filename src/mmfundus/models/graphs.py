"""Towers to a model directory: the ONNX graphs, the weights and the sealed prompts. Needs torch."""

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mmfundus.models import bundle, towers
from mmfundus.models.runtime import dumps_prompts
from mmfundus.models.tokens import Tokens
from mmfundus.models.tower_reader import TowerReader
from mmfundus.models.towers import FundusCLIP

Prompts = dict[str, dict[str, list[tuple[str, float]]]]


def save(
    model: FundusCLIP,
    folder: Path,
    *,
    prompts: Prompts,
    card: str,
    info: Mapping[str, Any],
    also: Callable[[Path], None] = lambda part: None,
) -> None:
    """Write a sealed model directory; `info` adds `name`, `trained_on` and where it came from.

    `also` is given the folder before it is sealed, to add a file.
    """
    was_training = model.training
    model.eval()
    with bundle.being_made(folder) as part:
        save_file(
            {name: value.contiguous() for name, value in model.state_dict().items()}, part / "weights.safetensors"
        )
        _export(ImageGraph(model), part / "image.onnx", *_image_example(model))
        _export(TextGraph(model), part / "text.onnx", *_text_example(model))
        (part / "tokenizer.json").write_text(model.tokens.json, encoding="utf-8")
        if "text_config" in model.architecture:
            (part / "config.json").write_text(json.dumps(model.architecture["text_config"]), encoding="utf-8")
        (part / "prompts.json").write_text(dumps_prompts(prompts), encoding="utf-8")
        texts = sorted({text for concepts in prompts.values() for asked in concepts.values() for text, _ in asked})
        save_file({"vectors": torch.from_numpy(TowerReader(model, "").texts(texts))}, part / "prompts.safetensors")
        (part / "card.md").write_text(card, encoding="utf-8")
        also(part)
        described = {
            "architecture": model.architecture,
            "tokenizer": model.tokens.settings(),
            "scale": model.scale.item(),
            "exact_map": model.exact_map,
            "modalities": bundle.modality_versions(),
        }
        bundle.seal(part, {**described, **info})
    model.train(was_training)


def load(folder: Path) -> FundusCLIP:
    """The towers of a model directory, to train on. Raises BrokenModel."""
    opened = bundle.open_bundle(folder)
    tokens = Tokens(opened.file("tokenizer.json").read_text(encoding="utf-8"), **opened.info["tokenizer"])
    has_config = "text_config" in opened.info["architecture"]
    text_config = opened.file("config.json").parent if has_config else None
    model = towers.rebuild(opened.info["architecture"], tokens, text_config)
    model.load_state_dict(load_file(opened.file("weights.safetensors")))
    return model


class ImageGraph(nn.Module):
    """Prepared pictures to unit vectors and, where the tower averages, projected positions."""

    def __init__(self, model: FundusCLIP) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: UInt8[Tensor, "b s s 3"]) -> tuple[Tensor, ...]:
        """`(vector,)` or `(vector, positions)`."""
        if not self.model.exact_map:
            return (self.model.image(pixels),)
        positions = self.model.positions(pixels)
        return nn.functional.normalize(positions.mean((1, 2)), dim=-1), positions


class TextGraph(nn.Module):
    """Token ids to unit vectors."""

    def __init__(self, model: FundusCLIP) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Int[Tensor, "b l"]) -> Float[Tensor, "b d"]:
        """Unit vectors."""
        return self.model.text(tokens)


def _image_example(model: FundusCLIP) -> tuple[Tensor, dict[str, Any]]:
    pixels = torch.zeros(2, model.size, model.size, 3, dtype=torch.uint8)
    return pixels, {"pixels": {0: torch.export.Dim("n", min=1, max=4096)}}


def _text_example(model: FundusCLIP) -> tuple[Tensor, dict[str, Any]]:
    tokens = torch.from_numpy(np.asarray(model.tokens(["a retina", "an optical coherence tomography scan of it"])))
    moving = {0: torch.export.Dim("n", min=1, max=4096)}
    if not model.tokens.fixed:
        moving[1] = torch.export.Dim("length", min=3, max=model.tokens.context)
    return tokens, {"tokens": moving}


def _export(graph: nn.Module, path: Path, example: Tensor, shapes: dict[str, Any]) -> None:
    (name,) = shapes
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        made = torch.onnx.export(
            graph.eval(), (example,), input_names=[name], dynamic_shapes=(shapes[name],), dynamo=True, verbose=False
        )
        assert made is not None
        made.save(path, external_data=False)
