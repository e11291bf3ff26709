"""Symmetric contrastive loss (Radford et al. 2021), in which equal texts are not each other's negatives."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from mmfundus.tensors import Batch, Features


def loss(features: Features, batch: Batch) -> Float[Tensor, ""]:
    """Mean of image-to-text and text-to-image cross-entropy over the batch.

    The target of a row is spread evenly over all columns that carry the very same text
    (Khosla et al. 2020, equation 2): with free captions this is the plain CLIP loss, with
    repeated ones it does not push an image from its own words.
    """
    logits = features.scale * features.image @ features.text.T
    same = batch.same_text().to(logits)
    targets = same / same.sum(1, keepdim=True)  # symmetric, so the same for both directions
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2
