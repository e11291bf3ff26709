"""Contrastive loss whose targets follow what is known of both images, unknown kept out.

Label-aware contrast for retina (FLAIR, Silva-Rodriguez et al. 2025; UniCL, Yang et al. 2022):
two images that share their findings are not each other's negatives. A pair of which nothing
is known in common says nothing: it is neither pulled nor pushed.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mmfundus.tensors import Batch, Features


def loss(features: Features, batch: Batch) -> Float[Tensor, ""]:
    """Mean of both directions' cross-entropy with soft targets over comparable pairs.

    With labels `y in {1, 0, NaN}` and, for a pair, the concepts known in both and present in at
    least one: similarity = shared present / those (Jaccard). Equal texts, and an image with
    its own text, are similarity 1. Pairs with no such concept and different texts are left out.
    """
    similarity, comparable = pair_similarity(batch)
    logits = features.scale * features.image @ features.text.T
    return (_cross_entropy(logits, similarity, comparable) + _cross_entropy(logits.T, similarity, comparable)) / 2


def pair_similarity(batch: Batch) -> tuple[Float[Tensor, "b b"], Bool[Tensor, "b b"]]:
    """Jaccard similarity of known findings in [0, 1], and where it is defined. Both are symmetric."""
    labels = batch.labels
    present, known = (labels == 1).float(), (~labels.isnan()).float()
    both_known_one_present = present @ known.T + known @ present.T - present @ present.T
    shared = present @ present.T
    comparable = both_known_one_present > 0
    similarity = torch.where(comparable, shared / both_known_one_present.clamp(min=1), 0.0)
    same_text = batch.same_text()
    other_kind = _differ(batch.modality, labels.device)
    similarity = torch.where(same_text, 1.0, torch.where(other_kind, 0.0, similarity))
    return similarity, comparable | same_text | other_kind


def _differ(names: tuple[str, ...], device: torch.device) -> Bool[Tensor, "b b"]:
    """A text names the modality, so a picture of another modality is a true negative."""
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    ids = torch.tensor([place[name] for name in names], device=device)
    return ids[:, None] != ids[None, :]


def _cross_entropy(
    logits: Float[Tensor, "b b"], similarity: Float[Tensor, "b b"], comparable: Bool[Tensor, "b b"]
) -> Float[Tensor, ""]:
    log_p = logits.masked_fill(~comparable, float("-inf")).log_softmax(1).masked_fill(~comparable, 0.0)
    targets = similarity / similarity.sum(1, keepdim=True)  # never zero: each image has its own text
    return -(targets * log_p).sum(1).mean()
