"""Sigmoid loss (Zhai et al. 2023): each image-text pair is a yes-or-no question of its own.

At the start nearly all pairs are negatives, and without a bias the first steps do nothing but
correct for that. A model to be trained with this loss should have a learned logit bias that
starts at about -10, and a scale that starts at 10 (section 3.2 of the paper). One without a
bias (`features.bias` is None) is trained by the same formula with the bias at 0.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from mmfundus.tensors import Batch, Features


def loss(features: Features, batch: Batch) -> Float[Tensor, ""]:
    """Mean over images of the sum over all texts of `-log sigmoid(y (scale cos + bias))`; equation 1.

    `y` is 1 for an image with its own words, whichever row they stand in, and -1 otherwise: with
    texts that all differ this is the paper's loss. The sum is divided by the number of images,
    not of pairs, so a larger batch weighs its negatives more.
    """
    logits = features.scale * features.image @ features.text.T
    if features.bias is not None:
        logits = logits + features.bias
    # softplus(-x) is -log sigmoid(x), and stays finite where the sigmoid rounds to 0.
    return F.softplus(torch.where(batch.same_text(), -logits, logits)).sum(1).mean()
