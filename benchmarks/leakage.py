"""Altered copies of real pictures found among 2,000, and pictures of whole sets taken for one another.

    python benchmarks/leakage.py ../shared/data/odir5k ../shared/data/tvhl_oct_cfp ../shared/data/kermany60

Photographs and sections of a folder are two sets. The thresholds of data/leakage.py and data/texture.py were
chosen on train rows of odir5k, tvhl_oct_cfp and kermany60; copies are made of test rows. Of the pairs found
within a set the most are one eye under two numbers or in one sitting, which only a look can tell from a false
alarm: they are printed, with whether the source files them under one patient.
"""

import csv
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from mmfundus.data import fingerprints, leakage
from mmfundus.data.fingerprints import Print, Prints
from mmfundus.types import Row

GALLERY, COPIED, SALT = 2000, 50, "00" * 16


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
    "saved again, quality 20": lambda p: jpeg(p, 20),
    "cut 5 % on all sides": lambda p: cut(p, 0.05, 0.05, 0.95, 0.95),
    "cut 5 % on one side": lambda p: cut(p, 0.05, 0, 1, 1),
    "the same, stretched again": lambda p: cut(p, 0.05, 0, 1, 1).resize(p.size),
    "cut 5 % at a corner, saved": lambda p: jpeg(cut(p, 0.05, 0.05, 1, 1), 75),
    "mirrored": ImageOps.mirror,
    "mirrored, cut, saved": lambda p: jpeg(ImageOps.mirror(cut(p, 0.05, 0.05, 0.95, 0.95)), 75),
    "upside down": ImageOps.flip,
    "turned by 90 degrees": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    "half the size, saved": lambda p: jpeg(half(p)),
    "brighter by 20 %": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
    "darker by 20 %": lambda p: ImageEnhance.Brightness(p).enhance(0.8),
    "turned by 3 degrees": lambda p: p.rotate(3, Image.Resampling.BICUBIC),
    "turned by -5 degrees": lambda p: p.rotate(-5, Image.Resampling.BICUBIC),
}


def main(folders: Sequence[Path]) -> None:
    sets = {(at, kind): rows for at in folders for kind in ("cfp", "oct") if (rows := [*rows_of(at, kind)])}
    start = time.perf_counter()
    prints = {one: fingerprints.take(rows, one[0], f"{one[0].name}, {one[1]}", SALT) for one, rows in sets.items()}
    spent = time.perf_counter() - start
    print(f"{sum(map(len, sets.values()))} fingerprints in {spent:.0f} s", flush=True)
    for one, rows in sets.items():
        others = [p for other, found in prints.items() if other != one for p in found.prints]
        planted(one[0], rows, prints[one], others)
    for found in prints.values():
        within(found)


def rows_of(folder: Path, modality: str) -> Iterator[Row]:
    with open(folder / "labels.csv", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["modality"].lower() == modality:
                yield Row(line["image"], modality, line["patient_id"] or line["image"], split=line["split"])


def planted(folder: Path, rows: Sequence[Row], own: Prints, filler: Sequence[Print]) -> None:
    rng = np.random.default_rng(5)
    test = [i for i, row in enumerate(rows) if row.split == "test"]
    test = test if len(test) >= COPIED else [*range(len(rows))]
    chosen = [int(i) for i in rng.choice(test, min(COPIED, len(test)), replace=False)]
    rest = [p for i, p in enumerate(own.prints) if i not in set(chosen)]
    rest += filler
    gallery = Prints("gallery", SALT, (*(own.prints[i] for i in chosen), *rest[: GALLERY - len(chosen)]))
    print(f"{own.name}: copies of {len(chosen)} among {len(gallery.prints)}")
    with tempfile.TemporaryDirectory() as place:
        for name, alter in {"the same bytes": None, "the same patient": None, **COPIES}.items():
            copies = [plant(folder, rows[i], Path(place) / f"{i}.png", name, alter) for i in chosen]
            taken = fingerprints.take(copies, Path(place), "copies", SALT)
            told(name, copies, taken, gallery, chosen)


def plant(folder: Path, row: Row, at: Path, name: str, alter) -> Row:
    at = at.with_suffix(Path(row.image).suffix) if alter is None else at
    if name == "the same patient":  # another picture: noise of its own
        noise = np.random.default_rng(len(row.image)).integers(0, 255, (200, 200, 3), np.uint8)
        Image.fromarray(noise).save(at)
        return Row(at.name, row.modality, f" {row.patient.upper()} ")
    if alter is None:
        shutil.copy(folder / row.image, at)
    else:
        alter(Image.open(folder / row.image).convert("RGB")).save(at)
    return Row(at.name, row.modality, at.name)


def told(name: str, copies: Sequence[Row], taken: Prints, gallery: Prints, chosen: Sequence[int]) -> None:
    found = leakage.between(taken, gallery)
    place = {p.image: k for k, p in enumerate(gallery.prints[: len(chosen)])}
    names = {copy.image: k for k, copy in enumerate(copies)}
    right = {m.image for m in found if place.get(m.match) == names[m.image]}
    plain = sum(p.plain for p in taken.prints if p.image not in right)
    others = [m for m in found if place.get(m.match) != names[m.image] and "patient" not in m.kinds]
    print(f"  {name:28} {len(right)} of {len(copies)} found ({plain} of the others too plain), "
          f"{len(others)} matched another picture", flush=True)  # fmt: skip


def within(found: Prints) -> None:
    """Every image is its own best match: the others of its candidates are what counts."""
    start, prints = time.perf_counter(), found.prints
    pairs = sorted((score, i, j, how) for i, j, how, score in leakage.near(prints, prints) if i < j)
    print(f"{found.name}: {len(prints)} images against themselves in {time.perf_counter() - start:.0f} s: "
          f"{len(pairs)} pairs of {len({n for _, i, j, _ in pairs for n in (i, j)})} images; "
          f"{sum(p.plain for p in prints)} are too plain", flush=True)  # fmt: skip
    for score, i, j, how in reversed(pairs):
        print(f"  {score:.3f} {prints[i].image} {prints[j].image} {whose(prints[i], prints[j])}, {how}")


def whose(one: Print, other: Print) -> str:
    return "one patient" if one.patient and one.patient == other.patient else "two patients"


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
