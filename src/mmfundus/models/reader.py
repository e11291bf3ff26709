"""What the command line, the judge and the page need of a model, whatever runs it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from mmfundus.errors import MissingExtra, UsageError
from mmfundus.knowledge import prompts
from mmfundus.knowledge.prompts import Prompt
from mmfundus.models.bundle import open_bundle
from mmfundus.models.runtime import OnnxReader


@runtime_checkable
class Reader(Protocol):
    """Pictures and texts to unit vectors in one space."""

    name: str
    size: int  # side of the prepared picture
    scale: float  # factor on cosines before the softmax
    exact_map: bool  # whether `look` gives positions
    trained_on: tuple[str, ...] | None  # modalities of the training rows; None = not recorded
    concepts: dict[str, tuple[str, ...]]  # by modality: stated in the training rows; may be empty
    prompts: dict[str, dict[str, list[tuple[str, float]]]]  # sealed with the model; may be empty
    calibration: Mapping[str, Any]  # the content of calibration.json; empty where it has none

    def images(self, pixels: UInt8[np.ndarray, "n s s 3"]) -> Float32[np.ndarray, "n d"]:
        """Unit vectors of prepared pictures."""
        ...

    def look(
        self, pixels: UInt8[np.ndarray, "n s s 3"]
    ) -> tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, "n h w d"] | None]:
        """Unit vectors, and the projected positions whose mean is the vector before normalisation."""
        ...

    def texts(self, texts: Sequence[str]) -> Float32[np.ndarray, "m d"]:
        """Unit vectors of texts."""
        ...


def open_reader(model: str) -> Reader:
    """A model directory, or (train install) anything `models.towers.build` takes.

    Raises UsageError for a name that is neither, BrokenModel for a directory that is altered.
    """
    folder = Path(model)
    if folder.is_dir() or ("/" in model and ":" not in model):
        if not folder.is_dir():
            raise UsageError(f"There is no model directory at {model!r}. Training writes one as RUN/model.")
        return OnnxReader(open_bundle(folder))
    try:
        from mmfundus.models.tower_reader import TowerReader
        from mmfundus.models.towers import build
    except ImportError:
        raise MissingExtra(f"{model!r} is not a model directory; loading it by name", "train") from None
    return TowerReader(build(model), model)


def ensemble_of(reader: Reader, label: str, modality: str) -> tuple[Prompt, ...]:
    """What is asked for a label: the model's own sealed prompts for a concept, else the installed ones."""
    sealed = reader.prompts.get(modality, {}).get(label)
    return tuple(Prompt(text, weight) for text, weight in sealed) if sealed else prompts.ensemble(label, modality)
