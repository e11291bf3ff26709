"""Run a model directory with ONNX Runtime: the only door of onnxruntime, free of torch.

Each picture and each text is run by itself, on one core, and as many side by side as there are cores. So
no answer depends on its company or on the number of cores, to the last bit; and no core waits for
another, which makes it faster than batches, too (benchmarks/read.py).
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from mmfundus.errors import BrokenModel
from mmfundus.models.bundle import Bundle
from mmfundus.models.tokens import Tokens

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class OnnxReader:
    """Pictures and texts to unit vectors; sessions start when first needed."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.name, self.size = bundle.name, bundle.size
        self.scale = float(bundle.info["scale"])
        self.exact_map = bool(bundle.info["exact_map"])
        self.trained_on: tuple[str, ...] | None = tuple(bundle.info["trained_on"]) or None
        self.concepts: dict[str, tuple[str, ...]] = {m: tuple(c) for m, c in bundle.info["concepts"].items()}
        self.prompts: dict[str, dict[str, list[tuple[str, float]]]] = bundle.json("prompts.json")
        sealed = "calibration.json" in bundle.info["files"]
        self.calibration: Mapping[str, Any] = bundle.json("calibration.json") if sealed else {}

    def images(self, pixels: UInt8[np.ndarray, "n s s 3"]) -> Float32[np.ndarray, "n d"]:
        """Unit vectors of prepared pictures."""
        return self.look(pixels)[0]

    def look(
        self, pixels: UInt8[np.ndarray, "n s s 3"]
    ) -> tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, "n h w d"] | None]:
        """Unit vectors, and the projected positions whose mean is the vector before normalisation."""
        parts = _side_by_side(self._image_graph, [{"pixels": picture[None]} for picture in pixels])
        vectors = np.concatenate([part[0] for part in parts])
        return vectors, np.concatenate([part[1] for part in parts]) if self.exact_map else None

    def texts(self, texts: Sequence[str]) -> Float32[np.ndarray, "m d"]:
        """Unit vectors of texts; the sealed prompts are looked up, others run through the text graph."""
        row, vectors = self._sealed
        unseen = [text for text in dict.fromkeys(texts) if text not in row]
        if unseen:
            fresh = self._encode(unseen)
            row, vectors = row | {text: len(row) + i for i, text in enumerate(unseen)}, np.concatenate([vectors, fresh])
        return vectors[[row[text] for text in texts]]

    def _encode(self, texts: Sequence[str]) -> Float32[np.ndarray, "m d"]:
        parts = _side_by_side(self._text_graph, [{"tokens": self.tokens([text])} for text in texts])
        return np.concatenate([part[0] for part in parts])

    @cached_property
    def tokens(self) -> Tokens:
        """The model's tokenizer."""
        settings = self.bundle.info["tokenizer"]
        return Tokens(self.bundle.file("tokenizer.json").read_text(encoding="utf-8"), **settings)

    @cached_property
    def _sealed(self) -> tuple[dict[str, int], Float32[np.ndarray, "p d"]]:
        from safetensors.numpy import load_file

        texts = {text for concepts in self.prompts.values() for asked in concepts.values() for text, _ in asked}
        vectors = load_file(self.bundle.file("prompts.safetensors"))["vectors"]
        if len(vectors) != len(texts):
            raise BrokenModel(
                f"prompts.json and prompts.safetensors of {self.name!r} differ. Copy the directory again."
            )
        return {text: i for i, text in enumerate(sorted(texts))}, vectors

    @cached_property
    def _image_graph(self) -> Any:
        return _session(self.bundle.file("image.onnx"), self.name)

    @cached_property
    def _text_graph(self) -> Any:
        return _session(self.bundle.file("text.onnx"), self.name)


def _session(path: Path, model: str) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises its own bare kinds
        raise BrokenModel(f"{path.name} of the model {model!r} cannot be run ({type(error).__name__}).") from None


def _side_by_side(graph: Any, asked: Sequence[Mapping[str, np.ndarray]]) -> list[list[np.ndarray]]:
    """The graph's answers to each, in order; to a single one without starting a thread."""
    if len(asked) == 1:
        return [graph.run(None, asked[0])]
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(lambda one: graph.run(None, one), asked))


def dumps_prompts(prompts: dict[str, dict[str, list[tuple[str, float]]]]) -> str:
    """The text of prompts.json: {modality: {concept id: [[text, weight], ...]}}."""
    return json.dumps(prompts, indent=1, ensure_ascii=False) + "\n"
