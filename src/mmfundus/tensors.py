"""The nouns on the device: what flows through the training loop, named once.

Shape letters: B samples, S picture side, L tokens, C concepts, D embedding width.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from mmfundus.types import Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples that were read, and the account of those that were not."""

    pixels: UInt8[Tensor, "b s s 3"]  # prepared and augmented, RGB
    tokens: Int[Tensor, "b l"]  # int64 token ids of `texts`
    labels: Float[Tensor, "b c"]  # 1 present, 0 absent, NaN unknown
    texts: tuple[str, ...]
    patient: tuple[str, ...]
    eye: tuple[str, ...]
    modality: tuple[str, ...]
    images: tuple[str, ...]  # manifest paths, to name a sample in an error
    refused: tuple[Refusal, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def same_text(self) -> Bool[Tensor, "b b"]:
        """Which samples carry the very same text: they are not each other's negatives."""
        place = {text: i for i, text in enumerate(dict.fromkeys(self.texts))}
        ids = torch.tensor([place[text] for text in self.texts], dtype=torch.int64, device=self.labels.device)
        return ids[:, None] == ids[None, :]


@dataclass(frozen=True, slots=True)
class Features:
    """Unit vectors of both towers and the learned scale of their cosines."""

    image: Float[Tensor, "b d"]
    text: Float[Tensor, "b d"]
    scale: Float[Tensor, ""]  # multiplies cosines; exp of the logit-scale parameter
    bias: Float[Tensor, ""] | None = None  # added to logits by the sigmoid loss
