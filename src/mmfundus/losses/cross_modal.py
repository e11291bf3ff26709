"""Contrast between images of one eye in different modalities: the joint learning of cfp, oct, fa and uwf.

Each image asks, of every other modality in the batch: which of your pictures is of my eye? That
is InfoNCE (van den Oord et al. 2018) between images, as EyeCLIP has it (Shi et al. 2025), and the
very question of cross-modal retrieval. Its wrong answers are the pictures of other patients in
that one modality, for among pictures of several kinds the right one could be told by its kind.
CFP asks OCT and OCT asks CFP, so both directions are there.
"""

from collections.abc import Hashable, Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mmfundus.data.splits import patient_key
from mmfundus.tensors import Batch, Features
from mmfundus.types import Row

SAME_PATIENT = 0.5
"""Weight of a pair of one patient where an eye is not stated: of two eyes, it is the same one half of the time."""


def loss(features: Features, batch: Batch) -> Float[Tensor, ""]:
    """Mean over questions that have a right answer; 0, with a gradient of 0, where none has.

    A question is an image and another modality. Its targets are `pair_weights` divided by their
    sum (Khosla et al. 2020, equation 2, weighted), and its cross-entropy counts by its best
    weight: one whose answers are all of an eye not stated counts half.
    """
    weight, negative = pair_weights(batch, features.image.device)
    asked_of = _numbers(dict.fromkeys(batch.modality), features.image.device)
    column = asked_of[:, None, None] == _numbers(batch.modality, features.image.device)  # (modality, 1, picture)
    answers = weight * column  # (modality, image that asks, picture)
    has_answer = (answers > 0).any(2)
    comparable = ((weight > 0) | negative) & column
    logits = features.scale * features.image @ features.image.T
    # A question without an answer keeps finite logits: a softmax over nothing has the gradient NaN.
    log_p = logits.masked_fill(~comparable & has_answer[..., None], float("-inf")).log_softmax(2)
    targets = answers / answers.sum(2, keepdim=True).clamp(min=SAME_PATIENT)  # 0 where there is no answer
    cost = -(targets * log_p.masked_fill(~comparable, 0.0)).sum(2)
    return (answers.amax(2) * cost).sum() / has_answer.sum().clamp(min=1)


def pair_weights(batch: Batch, device: torch.device) -> tuple[Float[Tensor, "b b"], Bool[Tensor, "b b"]]:
    """How much each pair is one eye, and which pairs are negatives. Both are symmetric.

    Weight 1: one patient and one stated eye, in two modalities; SAME_PATIENT: one patient, with
    an eye not stated. Negative: two patients, in two modalities. Neither: the two eyes of one
    patient, which share much but not everything (a vein occlusion is in one of them), and
    pictures of one modality, which are told apart by their style sooner than by the eye.
    An image without patient is its own patient, as everywhere.
    """
    rows = [Row(*named) for named in zip(batch.images, batch.modality, batch.patient, batch.eye, strict=True)]
    patient = _numbers((patient_key(row) if row.patient else row.image for row in rows), device)
    modality, eye = _numbers(batch.modality, device), _numbers(batch.eye, device)
    stated = torch.tensor([side != "" for side in batch.eye], device=device)
    other_kind, same_patient = modality[:, None] != modality, patient[:, None] == patient
    both_stated, same_side = stated[:, None] & stated, eye[:, None] == eye
    alike = torch.where(both_stated, same_side.float(), SAME_PATIENT)
    return alike * (same_patient & other_kind), other_kind & ~same_patient


def _numbers(names: Iterable[Hashable], device: torch.device) -> Int[Tensor, "n"]:
    """Equal numbers for equal names, counted in order of appearance."""
    place: dict[Hashable, int] = {}
    return torch.tensor([place.setdefault(name, len(place)) for name in names], dtype=torch.int64, device=device)
