"""LoRA on the image tower from a handful of pictures (Hu et al. 2022; for CLIP: Zanella & Ben Ayed, CVPRW 2024).

The two class vectors stay as the words give them, and the adapters begin at nothing, so the first score is zero-shot.
Of CLIP-LoRA this is the image half: its authors adapt the text tower too, draw batches of augmented pictures and take
500 steps a shot. Here all shots are one batch, pictures are as judged, and batch norm keeps its statistics.
"""

import copy

import numpy as np
import torch
from jaxtyping import Float, Float64, UInt8
from torch import nn

from mmfundus.models import graphs
from mmfundus.models.reader import Reader
from mmfundus.models.tower_reader import TowerReader
from mmfundus.models.towers import FundusCLIP
from mmfundus.train.adapt import add_lora

RANK = 4
VISUAL = "visual."


def towers_of(reader: Reader) -> FundusCLIP:
    """The torch towers behind a reader."""
    if isinstance(reader, TowerReader):
        return reader.model
    bundle = getattr(reader, "bundle", None)
    assert bundle is not None, "a reader is a model directory's or torch's"
    return graphs.load(bundle.folder)


def adapted(
    model: FundusCLIP,
    pixels: UInt8[np.ndarray, "n s s 3"],
    y: Float64[np.ndarray, "n"],
    text: Float[np.ndarray, "2 d"],
    rate: float,
    steps: int,
) -> TowerReader:
    """A copy of the towers whose image tower was tuned to the shots; `model` stays as it is.

    Minimises the cross-entropy of scale * z . text. The same shots give the same adapters: nothing is drawn but their
    start, from a fixed seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tuned = copy.deepcopy(model).eval()
        merge = add_lora(tuned, RANK, VISUAL)
    learned = [p for name, p in tuned.named_parameters() if "lora_" in name]
    for parameter in tuned.parameters():
        parameter.requires_grad_(False)
    for parameter in learned:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(learned, lr=rate, weight_decay=0.01)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    device = tuned.mean.device
    seen, label = torch.from_numpy(pixels).to(device), torch.from_numpy(y).long().to(device)
    words, scale = torch.from_numpy(text).float().to(device), tuned.scale.detach()
    for _ in range(steps):
        loss = nn.functional.cross_entropy(scale * tuned.image(seen) @ words.T, label)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()
    merge()
    return TowerReader(tuned, "lora")
