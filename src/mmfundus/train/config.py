"""What a run is told. A recipe is a Python file with `recipe() -> Config`."""

import dataclasses
import importlib.util
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import mmfundus
from mmfundus import plugins
from mmfundus.errors import UnknownName, UsageError


@dataclass(frozen=True)
class Config:
    """Everything that decides the numbers of a run; `workers` does not."""

    manifest: str = "sample"
    """Path of a manifest (CSV or Parquet), or "sample" for the one in the package."""
    root: str = ""
    """Folder that image paths are relative to; empty = the manifest's own."""
    model: str = "lite0-minilm"
    """A model directory to go on from, "lite0-minilm", or any name open_clip loads."""
    name: str = ""
    """What the model is called in results; empty = the run folder's name."""
    size: int = 0
    """Side of the prepared picture in pixels; 0 = the model's own, 224 for the start pair."""
    losses: Mapping[str, float] = field(default_factory=lambda: {"clip": 1.0})
    """Weight of each loss of mmfundus.losses."""
    epochs: int = 10
    batch: int = 32
    lr: float = 1e-5
    """Learning rate of pretrained weights."""
    lr_new: float = 1e-3
    """Learning rate of weights that start at random: the projections of a new pair."""
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup: int = 10
    """Steps over which the rate rises from zero."""
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.2
    clip_norm: float = 1.0
    """Largest norm of the gradient; 0 = not clipped."""
    lock_image: bool = False
    """Keep the pretrained image weights as they are; only new weights learn."""
    lock_text: bool = False
    extra_aug: bool = False
    """Affine +-30 degrees and brightness and contrast 0.2, within each modality's limits."""
    seed: int = 0
    checkpoint_every: int = 200
    """Steps between checkpoints, besides the one at each epoch's end."""
    workers: int = 0
    """Processes that read images; 0 = the training process itself."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        for name in ("size", "lr", "lr_new", "warmup", "weight_decay", "clip_norm", "seed", "workers"):
            if not 0 <= getattr(self, name) < math.inf:  # so that NaN is refused too
                raise UsageError(f"{name} is {getattr(self, name)}; it must be 0 or a positive number.")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UsageError(f"betas are {self.betas}; each must be at least 0 and below 1.")
        known = plugins.names("mmfundus.losses")  # by name alone: reading a recipe needs no torch
        if not self.losses:
            raise UsageError(f"There is no loss to train with. Choose of: {', '.join(known)}.")
        for name, weight in self.losses.items():
            if name not in known:
                raise UnknownName("loss", name, known)
            if not 0 <= weight < math.inf:
                raise UsageError(f"The loss {name} has the weight {weight}; it must be 0 or a positive number.")

    def told(self) -> dict[str, Any]:
        """`numbers` for a model's users: of a path only its last part, as folders tell of machines and people."""
        paths = {key: Path(getattr(self, key)).name for key in ("manifest", "root", "model")}
        return self.numbers() | {key: name for key, name in paths.items() if name}

    def numbers(self) -> dict[str, Any]:
        """The fields that decide the run's numbers, ready for JSON."""
        fields = dataclasses.asdict(self)
        fields.pop("workers")
        return json.loads(json.dumps(fields))  # type: ignore[no-any-return]


def recipes() -> dict[str, Path]:
    """Shipped recipes by name: in the wheel beside the code, in a checkout at its root.

    Their folder also holds programs that make data; those are no recipes.
    """
    package = Path(mmfundus.__file__).parent
    folders = (package / "recipes", package.parents[1] / "recipes")
    found = next((folder for folder in folders if folder.is_dir()), None)
    files = sorted(found.glob("*.py")) if found else []
    return {path.stem: path for path in files if "def recipe(" in path.read_text(encoding="utf-8")}


def load(recipe: str) -> Config:
    """The Config of a shipped recipe's name or of a Python file. Raises UsageError."""
    shipped = recipes()
    path = shipped.get(recipe, Path(recipe))
    if not path.is_file():
        raise UnknownName("recipe", recipe, shipped)
    config = _run(path)
    if not isinstance(config, Config):
        raise UsageError(f"{path.name} is no recipe: it needs a function recipe() that returns a Config.")
    return config


def _run(path: Path) -> Any:
    """What the file's recipe() returns; None where it has none."""
    if path.suffix != ".py":
        raise UsageError(f"{path.name} is no recipe: a recipe is a Python file, and its name ends in .py.")
    spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.recipe() if hasattr(module, "recipe") else None
    except UsageError:
        raise
    except Exception as error:  # a recipe is its author's program, and may raise anything
        raise UsageError(
            f"{path.name} cannot be run: {type(error).__name__}: {error}. Correct it, or see where with --debug."
        ) from error
