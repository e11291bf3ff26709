"""Bright eyes with drusen and dark ones without, in all three splits: what a probe can learn from."""

from dataclasses import replace

import pytest
from PIL import Image

from mmfundus.types import Manifest, Row


@pytest.fixture
def three_splits(tmp_path):
    rows = []
    for i in range(40):
        bright, split = i % 2 == 1, ("train", "train", "val", "test")[i // 2 % 4]
        Image.new("RGB", (40, 40), ((200 if bright else 30) + i % 7,) * 3).save(tmp_path / f"{i:02}.png")
        said = "drusen of the macula" if bright else "normal eye"
        rows.append(Row(f"{i:02}.png", "cfp", f"p{i}", "R", present=("drusen" if bright else "normal",),
                        captions=(said,), split=split))  # fmt: skip
    rows += [replace(rows[-1], image=f"no-{i}.png", patient=f"n{i}", present=(), split="train") for i in range(2)]
    return Manifest(tuple(rows), tmp_path, "m.csv")
