"""LoRA, the one few-shot method that changes the image tower: it needs the pictures again, torch and peft.

It is asked for by name alone, for every fit reads all judged pictures anew: minutes on a processor for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.errors import MissingExtra, UsageError
from mmfundus.evaluate.adapters import Shots, words
from mmfundus.models import embed
from mmfundus.models.reader import Reader
from mmfundus.tasks._rows import Parts, usable

NAME = "lora"
GRID = ({"rate": 3e-4, "steps": 20}, {"rate": 1e-3, "steps": 40})  # from the cautious on
MOST = 5000  # pictures that are kept prepared; 150 kB each at 224 pixels
Scores = Mapping[str, Float64[np.ndarray, "n"]]  # by split, NaN for other modalities and refused rows


@dataclass
class Lora:
    """The towers of a reader, and the pictures of the rows that every fit is asked of."""

    reader: Reader
    parts: Parts
    root: Path
    tuning: Any  # mmfundus.train.few_shot, which needs torch
    model: Any
    kept: dict[str, np.ndarray] = field(default_factory=dict)  # prepared pictures by split

    def scores(self, shots: Shots, train: Int64[np.ndarray, "k"], modality: str, **setting: Any) -> Scores:
        """Log-odds of "present" for all rows of the modality, in the judged split and the validation rows."""
        rows = self.parts.embeddings["train"].rows
        picture = embed.from_files(self.root, self.reader.size)
        pixels = np.stack([picture(rows[i]) for i in train])
        tuned = self.tuning.adapted(self.model, pixels, shots.y, shots.text, **setting)
        asked = [self.parts.split, *(["val"] if self.parts.held else [])]
        return {split: self._of(split, modality, shots, tuned) for split in asked}

    def _of(self, split: str, modality: str, shots: Shots, tuned: Reader) -> Float64[np.ndarray, "n"]:
        seen = self.parts.embeddings[split]
        read = [i for i, ok in enumerate(usable(seen)) if ok]
        if split not in self.kept:
            picture = embed.from_files(self.root, self.reader.size)
            self.kept[split] = embed.prepare([seen.rows[i] for i in read], picture, self.reader.size).pixels
        here = [k for k, i in enumerate(read) if seen.rows[i].modality == modality]
        found = np.full(len(seen.rows), np.nan)
        if here:
            vectors = tuned.images(self.kept[split][here]).astype(np.float64)
            found[[read[k] for k in here]] = words(vectors, shots.text, shots.scale)
        return found


def opened(reader: Reader, parts: Parts, root: Path) -> Lora:
    """LoRA for a reader. Raises MissingExtra without torch and peft, UsageError where there are too many pictures."""
    try:
        import peft  # noqa: F401

        from mmfundus.train import few_shot
    except ImportError:
        raise MissingExtra("The few-shot method 'lora'", "train") from None
    pictures = sum(len(parts.embeddings[name].rows) for name in {parts.split, "val"} & parts.embeddings.keys())
    if pictures > MOST:
        raise UsageError(
            f"lora reads all {pictures} judged and validation pictures anew for every fit; at most {MOST} are taken. "
            "Leave it out of --methods, or give a manifest of fewer rows."
        )
    return Lora(reader, parts, root, few_shot, few_shot.towers_of(reader))
