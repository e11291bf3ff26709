"""The nouns on the device: what flows through the training loop, named once.

Shape letters: B samples, S picture side, U distinct texts, L tokens, C concepts, D embedding width.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from mmfundus.types import Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples that were read, and the account of those that were not."""

    pixels: UInt8[Tensor, "b s s 3"]  # prepared and augmented, RGB
    tokens: Int[Tensor, "u l"]  # int64 token ids of the distinct `texts`, in order of first appearance
    labels: Float[Tensor, "b c"]  # 1 present, 0 absent, NaN unknown
    texts: tuple[str, ...]
    patient: tuple[str, ...]
    eye: tuple[str, ...]
    modality: tuple[str, ...]
    images: tuple[str, ...]  # manifest paths, to name a sample in an error
    refused: tuple[Refusal, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def text_rows(self) -> Int[Tensor, "b"]:
        """Which row of `tokens` is each sample's text: a text that several share is embedded once."""
        place = {text: i for i, text in enumerate(dict.fromkeys(self.texts))}
        return torch.tensor([place[text] for text in self.texts], dtype=torch.int64, device=self.labels.device)

    def same_text(self) -> Bool[Tensor, "b b"]:
        """Which samples carry the very same text: they are not each other's negatives."""
        rows = self.text_rows()
        return rows[:, None] == rows[None, :]

    def part(self, rows: slice) -> "Batch":
        """Some samples in a row, with the tokens of their texts alone; the account of refusals stays behind."""
        names = ("pixels", "labels", "texts", "patient", "eye", "modality", "images")
        kept = dict.fromkeys(self.text_rows()[rows].tolist())
        return replace(
            self, tokens=self.tokens[list(kept)], refused=(), **{name: getattr(self, name)[rows] for name in names}
        )

    def to(self, device: torch.device) -> "Batch":
        """The same batch with its tensors on a device."""
        moved = {name: getattr(self, name).to(device, non_blocking=True) for name in ("pixels", "tokens", "labels")}
        return replace(self, **moved)


@dataclass(frozen=True, slots=True)
class Features:
    """Unit vectors of both towers and the learned scale of their cosines.

    The towers give a vector for each distinct text; losses see one for each image.
    """

    image: Float[Tensor, "b d"]
    text: Float[Tensor, "u d"]
    scale: Float[Tensor, ""]  # multiplies cosines; exp of the logit-scale parameter
    bias: Float[Tensor, ""] | None = None  # added to logits by the sigmoid loss


# FSDP looks for the tensors among a module's outputs, and would not look into a class it does not know.
torch.export.register_dataclass(Features, serialized_type_name="mmfundus.Features")
