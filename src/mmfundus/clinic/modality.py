"""Which modality a picture is of, asked of the model itself, where nobody has said."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmfundus import plugins
from mmfundus.data import images
from mmfundus.evaluate import zero_shot
from mmfundus.knowledge.prompts import Prompt
from mmfundus.models.reader import Reader

SURE = 0.5  # the least share of the softmax that is taken as an answer


@dataclass(frozen=True)
class Recognised:
    """The likeliest modality of a picture, and how the model's belief is shared out."""

    modality: str
    shares: Mapping[str, float]

    @property
    def sure(self) -> bool:
        """Whether the likeliest modality holds at least `SURE` of the belief."""
        return self.shares[self.modality] >= SURE


def recognise(reader: Reader, path: Path) -> Recognised:
    """Prepare the picture as each modality in turn and see which one its vector then agrees with.

    Each modality's words ("an OCT B-scan") are one class vector; a modality's share is its
    part of the softmax over all words when the picture is prepared as that modality. Shares
    are scaled to sum to one. Raises UnreadableImage.
    """
    choices = reader.trained_on or plugins.names("mmfundus.modalities")
    words = {m: [Prompt(word, 1.0) for word in plugins.load("mmfundus.modalities", m).WORDS] for m in choices}
    classes = zero_shot.class_vectors(reader.texts, words)
    pixels = np.stack([images.prepared(path, modality, reader.size) for modality in choices])
    logits = reader.scale * reader.images(pixels).astype(np.float64) @ np.stack([classes[m] for m in choices]).T
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    agreement = np.diag(odds / odds.sum(axis=1, keepdims=True))
    shares = dict(zip(choices, (agreement / agreement.sum()).tolist(), strict=True))
    return Recognised(max(shares, key=shares.__getitem__), shares)
