"""Altered copies of real photographs found among 2,000, and pictures of a whole set taken for one another.

    python benchmarks/leakage.py ../shared/data/odir5k

The thresholds of data/leakage.py and data/texture.py were chosen on train and validation rows; copies are made of
test rows. Of the pairs found within the set the most are one eye under two numbers, which only a look can tell from
a false alarm: they are printed, with whether the source files them under one patient.
"""

import csv
import io
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from mmfundus.data import fingerprints, leakage, texture
from mmfundus.data.fingerprints import Print
from mmfundus.types import Row

GALLERY, COPIED = 2000, 50


def jpeg(picture: Image.Image, quality: int = 60) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def cut(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = picture.size
    return picture.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))


def half(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2))


COPIES = {
    "saved again, quality 60": jpeg,
    "cut 5 % on all sides": lambda p: cut(p, 0.05, 0.05, 0.95, 0.95),
    "cut 5 % on one side": lambda p: cut(p, 0.05, 0, 1, 1),
    "cut 5 % at a corner": lambda p: cut(p, 0.05, 0.05, 1, 1),
    "the same, saved again": lambda p: jpeg(cut(p, 0.05, 0.05, 1, 1), 75),
    "mirrored": ImageOps.mirror,
    "mirrored, cut, saved again": lambda p: jpeg(ImageOps.mirror(cut(p, 0.05, 0.05, 0.95, 0.95)), 75),
    "half the size, saved again": lambda p: jpeg(half(p)),
    "brighter by 20 %": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
    "darker by 20 %": lambda p: ImageEnhance.Brightness(p).enhance(0.8),
    "turned by 3 degrees": lambda p: p.rotate(3, Image.Resampling.BICUBIC),
    "turned by -5 degrees": lambda p: p.rotate(-5, Image.Resampling.BICUBIC),
}


def main(folder: Path) -> None:
    with open(folder / "labels.csv", encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    rows = [Row(line["image"], "cfp", line["patient_id"], split=line["split"]) for line in labels]
    start = time.perf_counter()
    taken = fingerprints.take(rows, folder, folder.name)
    print(f"{len(rows)} fingerprints in {time.perf_counter() - start:.0f} s; too plain: "
          f"{sum(p.plain for p in taken.prints)}")  # fmt: skip
    planted(folder, taken.prints)
    within(taken.prints)


def planted(folder: Path, prints: tuple[Print, ...]) -> None:
    rng = np.random.default_rng(5)
    test = [i for i, p in enumerate(prints) if p.split == "test"]
    others = [i for i, p in enumerate(prints) if p.split != "test"]
    gallery = [prints[i] for i in sorted(test + rng.choice(others, GALLERY - len(test), replace=False).tolist())]
    chosen = [prints[i] for i in rng.choice(test, COPIED, replace=False)]
    for name, alter in COPIES.items():
        pictures = [alter(Image.open(folder / p.image).convert("RGB")) for p in chosen]
        copies = [replace(p, texture=texture.texture(np.asarray(q))) for p, q in zip(chosen, pictures, strict=True)]
        found = [(i, gallery[j].image) for i, j, _, _ in leakage.near(copies, gallery)]
        right = {i for i, image in found if image == copies[i].image}
        plain = sum(copy.plain and i not in right for i, copy in enumerate(copies))
        print(f"{name:30} {len(right)} of {COPIED} found ({plain} of the others too plain), "
              f"{len(found) - len(right)} matched another picture")  # fmt: skip


def within(prints: tuple[Print, ...]) -> None:
    """Every image is its own best match: the others of its candidates are what counts."""
    start = time.perf_counter()
    found = sorted((score, i, j, mirrored) for i, j, mirrored, score in leakage.near(prints, prints) if i < j)
    print(f"{len(prints)} images against themselves in {time.perf_counter() - start:.0f} s: {len(found)} pairs of "
          f"{len({n for _, i, j, _ in found for n in (i, j)})} images")  # fmt: skip
    for score, i, j, mirrored in reversed(found):
        whose = "one patient" if prints[i].patient == prints[j].patient else "two patients"
        print(f"  {score:.3f} {prints[i].image} {prints[j].image} {whose}{' mirrored' if mirrored else ''}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
