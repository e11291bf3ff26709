"""A run small enough to be trained many times: sixteen pictures and a model of a second."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmfundus.data import manifest
from mmfundus.train import finish, start
from mmfundus.train.config import Config
from mmfundus.train.distributed import World
from mmfundus.types import Row


@pytest.fixture
def config(tmp_path, tiny_clip, monkeypatch):
    """Twelve pictures, bright = drusen and dark = normal, and one that cannot be read; a tiny model."""
    random = np.random.default_rng(0)
    rows = []
    for i in range(16):
        drusen = i % 2 == 0
        pixels = random.integers(0, 60, (40, 40, 3), dtype=np.uint8) + (150 if drusen else 20)
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{i}.png")
        stated = ("drusen",) if drusen else ("normal",)
        rows.append(Row(f"{i}.png", "oct", patient=f"p{i}", present=stated, split="train" if i < 12 else "val"))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    rows.append(Row("broken.png", "oct", patient="pb", present=("drusen",)))
    manifest.write(rows, tmp_path / "manifest.csv")
    monkeypatch.setattr(start, "model_of", lambda config: tiny_clip())
    monkeypatch.setattr(finish, "book", lambda: {"oct": {"drusen": [("drusen", 1.0)], "normal": [("normal", 1.0)]}})
    return Config(
        manifest=str(tmp_path / "manifest.csv"), epochs=3, batch=4, lr=1e-3, lr_new=1e-2, warmup=2, checkpoint_every=2
    )


@pytest.fixture
def alone():
    """The world of a process by itself."""
    return World(0, 1, torch.device("cpu"))


@pytest.fixture
def no_export(monkeypatch):
    """Runs end without a model directory: ONNX export takes seconds, and is test_finish.py's matter."""
    monkeypatch.setattr(finish, "write_model", lambda run, card: None)
