"""Read with the torch towers, for models that are no model directory: a hub's, or one in training."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from mmfundus.models.towers import FundusCLIP


class TowerReader:
    """A `models.reader.Reader` that runs the torch towers, for models that are not a directory yet."""

    trained_on: tuple[str, ...] | None = None

    def __init__(self, model: FundusCLIP, name: str) -> None:
        self.model, self.name, self.size = model.eval(), name, model.size
        self.scale, self.exact_map = model.scale.item(), model.exact_map
        self.prompts: dict[str, dict[str, list[tuple[str, float]]]] = {}
        self.concepts: dict[str, tuple[str, ...]] = {}
        self.calibration: Mapping[str, Any] = {}

    def images(self, pixels: UInt8[np.ndarray, "n s s 3"]) -> Float32[np.ndarray, "n d"]:
        """Unit vectors of prepared pictures."""
        return self._run(self.model.image, pixels)

    def look(
        self, pixels: UInt8[np.ndarray, "n s s 3"]
    ) -> tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, "n h w d"] | None]:
        """Unit vectors, and the projected positions where the tower averages them."""
        return self.images(pixels), self._run(self.model.positions, pixels) if self.exact_map else None

    def texts(self, texts: Sequence[str]) -> Float32[np.ndarray, "m d"]:
        """Unit vectors of texts."""
        return self._run(self.model.text, self.model.tokens(texts))

    @torch.no_grad()
    def _run(self, tower: Callable[[Tensor], Tensor], array: np.ndarray, batch: int = 32) -> np.ndarray:
        device = self.model.mean.device
        chunks = (torch.from_numpy(array[i : i + batch]).to(device) for i in range(0, len(array), batch))
        return torch.cat([tower(chunk).float().cpu() for chunk in chunks]).numpy()
