"""What a run is told. A recipe is a Python file with `recipe() -> Config`; `train.recipes` reads it."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmfundus import plugins
from mmfundus.errors import UnknownName, UsageError

# These decide no number of a run and may change when it goes on.
FREE = ("workers", "device", "keep", "checkpoint_every", "fingerprints")
AT_LEAST_ONE = ("epochs", "batch", "checkpoint_every", "keep")
COUNTS = ("size", "context", "warmup", "cooldown", "chunk", "unlock_every", "lora_rank", "evaluate_every", "patience")
NUMBERS = ("lr", "lr_new", "weight_decay", "eps", "clip_norm", "seed", "workers", *COUNTS)
CHOICES = {
    "balance": ("none", "source", "concept"),
    "batch_norm": ("kept", "learned"),
    "schedule": ("constant", "cosine"),
    "watch": ("macro_auroc", "loss", "text_recall", "eye_recall"),
    "precision": ("fp32", "bf16"),
    "parallel": ("ddp", "fsdp"),
}
SHARES = ("layer_decay", "ema", "caption_share")


@dataclass(frozen=True)
class Config:
    """Everything that decides the numbers of a run; those of FREE do not."""

    # ---- what it learns from ----
    manifest: str = "sample"
    """Path of a manifest (CSV or Parquet), or "sample" for the one in the package."""
    root: str = ""
    """Folder that image paths are relative to; empty = the manifest's own."""
    shards: str = ""
    """Folder or fsspec address of shards that hold the manifest's pictures; empty = the image files."""
    caption_share: float = 1.0
    """How often a row with captions is spoken of in them, and not in sentences made of its labels."""
    balance: Literal["none", "source", "concept"] = "none"
    """Which groups of rows take turns, so that small ones are not drowned; none = every row once an epoch."""
    pairs: bool = False
    """Images of one eye in different modalities share a batch, as `cross_modal` needs."""
    extra_aug: bool = False
    """Affine +-30 degrees and brightness and contrast 0.2, within each modality's limits."""

    # ---- the towers ----
    model: str = "lite0-minilm"
    """A model directory to go on from, "lite0-minilm", or any name open_clip loads."""
    name: str = ""
    """What the model is called in results; empty = the run folder's name."""
    size: int = 0
    """Side of the prepared picture in pixels; 0 = the model's own, 224 for the start pair."""
    context: int = 0
    """Tokens of text the model takes, its position embeddings stretched; 0 = the model's own."""
    batch_norm: Literal["kept", "learned"] = "kept"
    """Statistics of batch normalisation: the pretrained ones, or (towers that start at random) those of the batches."""
    lock_image: bool = False
    """Keep the pretrained image weights as they are; only new weights learn."""
    lock_text: bool = False
    unlock_every: int = 0
    """Steps after which one more layer of a locked tower begins to learn, from its end; 0 = none ever does."""
    lora_rank: int = 0
    """Rank of adapters that learn in place of the pretrained weights; 0 = the weights themselves learn."""

    # ---- what it optimises ----
    losses: Mapping[str, float] = field(default_factory=lambda: {"clip": 1.0})
    """Weight of each loss of mmfundus.losses."""
    epochs: int = 10
    batch: int = 32
    """Images of a step, over all ranks."""
    chunk: int = 0
    """Images that a rank embeds at a time; bounds memory, not the batch. 0 = its whole share."""
    lr: float = 1e-5
    """Learning rate of pretrained weights."""
    lr_new: float = 1e-3
    """Learning rate of weights that start at random: the projections of a new pair."""
    layer_decay: float = 1.0
    """Factor on the rate from one layer to the one before it; 1 = all alike."""
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup: int = 10
    """Steps over which the rate rises from zero."""
    cooldown: int = 0
    """Last steps, over which the rate falls to zero in a line."""
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-6
    """Added to Adam's divisor (Radford et al. 2021, table 20): keeps the rounding of a gradient near zero from
    moving a weight by the whole rate."""
    weight_decay: float = 0.2
    clip_norm: float = 1.0
    """Largest norm of the gradient; 0 = not clipped."""
    ema: float = 0.0
    """Decay of the mean over past weights that is judged and kept instead of the last weights; 0 = no mean."""
    seed: int = 0

    # ---- what it judges and keeps ----
    watch: Literal["macro_auroc", "loss", "text_recall", "eye_recall"] = "macro_auroc"
    """What decides which weights are the best, on the validation rows."""
    evaluate_every: int = 0
    """Steps between evaluations; 0 = at each epoch's end."""
    patience: int = 0
    """Evaluations without a better one after which the run ends; 0 = it goes through all epochs."""
    checkpoint_every: int = 200
    """Steps between checkpoints, besides those after each evaluation."""
    keep: int = 2
    """Checkpoints kept in latest/."""
    fingerprints: bool = True
    """Write into the model directory what its images are known by, so that leakage into tests is found."""

    # ---- how it computes ----
    precision: Literal["fp32", "bf16"] = "fp32"
    recompute: bool = False
    """Compute activations twice instead of keeping them: less memory, a third more time."""
    compile: bool = False
    """Compile the towers (torch.compile)."""
    parallel: Literal["ddp", "fsdp"] = "ddp"
    """With several ranks: each holds all weights (ddp) or a part of them (fsdp)."""
    device: str = ""
    """cpu, cuda or cuda:N; empty = a GPU if there is one."""
    workers: int = 0
    """Processes that read images; 0 = a thread of the training process."""

    def __post_init__(self) -> None:
        for name in AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        for name in NUMBERS:
            if not 0 <= getattr(self, name) < math.inf:  # so that NaN is refused too
                raise UsageError(f"{name} is {getattr(self, name)}; it must be 0 or a positive number.")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise UnknownName(name, getattr(self, name), choices)
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be from 0 to 1.")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UsageError(f"betas are {self.betas}; each must be at least 0 and below 1.")
        self._check_losses()
        self._check_together()

    def _check_losses(self) -> None:
        known = plugins.names("mmfundus.losses")  # by name alone: reading a recipe needs no torch
        if not self.losses:
            raise UsageError(f"There is no loss to train with. Choose of: {', '.join(known)}.")
        for name, weight in self.losses.items():
            if name not in known:
                raise UnknownName("loss", name, known)
            if not 0 <= weight < math.inf:
                raise UsageError(f"The loss {name} has the weight {weight}; it must be 0 or a positive number.")

    def _check_together(self) -> None:
        if self.unlock_every and not (self.lock_image or self.lock_text):
            raise UsageError("unlock_every is set, but no tower is locked. Set lock_image or lock_text too.")
        if self.unlock_every and self.parallel == "fsdp":
            raise UsageError("unlock_every needs parallel ddp: fsdp fixes what learns before it begins.")
        if self.chunk and self.batch_norm == "learned":
            raise UsageError("chunk needs batch_norm kept: statistics of a part are not those of the batch.")
        if self.lora_rank and self.parallel == "fsdp":
            raise UsageError("lora_rank needs parallel ddp: what adapters train is small, and fsdp cannot divide it.")
        if self.lora_rank and self.unlock_every:
            raise UsageError("lora_rank and unlock_every exclude each other: adapters keep the layers locked.")

    def told(self) -> dict[str, Any]:
        """`numbers` for a model's users: of a path only its last part, as folders tell of machines and people."""
        paths = {key: Path(getattr(self, key)).name for key in ("manifest", "root", "shards", "model")}
        return self.numbers() | {key: name for key, name in paths.items() if name}

    def numbers(self) -> dict[str, Any]:
        """The fields that decide the run's numbers, ready for JSON."""
        fields = {name: value for name, value in dataclasses.asdict(self).items() if name not in FREE}
        return json.loads(json.dumps(fields))  # type: ignore[no-any-return]
