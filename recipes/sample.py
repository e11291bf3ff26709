"""Make the sample of the package from its three sources.

    python recipes/sample.py SOURCES src/mmfundus/data/sample

SOURCES holds the folders hrf, kermany60 and huapu_ffa, each with images/ and labels.csv.

What is marked absent is what a source's protocol says, and no more:
- HRF groups persons by diagnosis. A healthy eye has neither disease; an eye with glaucoma was
  not declared free of diabetic retinopathy, nor the reverse.
- Kermany et al. give a scan one class. Oedema is ascribed to one cause, so neovascularisation
  and diabetic oedema exclude each other, and a drusen scan (early AMD) has neither. Drusen
  under neovascularisation or oedema are common and not told: unknown.
- The angiograms are normal, BRVO, or diabetic with or without non-perfusion. Only the last two
  say anything of non-perfusion; no class says that another disease is absent.
That disease excludes `normal`, and `normal` every disease, is implied and not written.
"""

import argparse
import csv
import shutil
from collections import Counter
from pathlib import Path

from PIL import Image

from mmfundus.data import manifest
from mmfundus.data.splits import split_by_patient
from mmfundus.types import Row

LONG_SIDE = 512  # px
FRACTIONS = {"train": 0.5, "val": 0.15, "test": 0.35}
SEED = 0

# source -> label there -> modality, present, absent, phase
STATED: dict[str, dict[str, tuple[str, tuple[str, ...], tuple[str, ...], str]]] = {
    "hrf": {
        "normal": ("cfp", ("normal",), (), ""),
        "diabetic_retinopathy": ("cfp", ("diabetic_retinopathy",), (), ""),
        "glaucoma": ("cfp", ("glaucoma",), (), ""),
    },
    "kermany60": {
        "normal": ("oct", ("normal",), (), ""),
        "drusen": ("oct", ("drusen",), ("choroidal_neovascularization", "diabetic_macular_edema"), ""),
        "cnv": ("oct", ("choroidal_neovascularization",), ("diabetic_macular_edema",), ""),
        "dme": ("oct", ("diabetic_macular_edema",), ("choroidal_neovascularization",), ""),
    },
    "huapu_ffa": {
        "normal": ("fa", ("normal",), (), ""),
        "brvo": ("fa", ("brvo",), (), ""),
        "dr_with_nonperfusion": ("fa", ("diabetic_retinopathy", "capillary_nonperfusion"), (), ""),
        "dr_without_nonperfusion": ("fa", ("diabetic_retinopathy",), ("capillary_nonperfusion",), ""),
        "arterial_phase": ("fa", (), (), "arterial"),
        "venous_phase": ("fa", (), (), "venous"),
        "non_ffa": ("slo", (), (), ""),
    },
}

# Angiograms come without patients. All pairs were compared by the correlation of their vessel
# maps (128 px, best of shifts and of rotations to 8 degrees). These two frames of one eye reach
# 0.69, every other pair stays below 0.33, and the likeliest were looked at. The source has them
# on different sides of its split. Views of one eye that do not overlap cannot be found so.
SAME_EYE = {
    "arterial_phase_00016.jpg": "huapu_ffa_eye_1",
    "arterial_phase_00017.jpg": "huapu_ffa_eye_1",
}


def rows_of(source: str, folder: Path) -> list[Row]:
    """The source's table in the manifest's terms."""
    with open(folder / "labels.csv", encoding="utf-8", newline="") as file:
        return [_row(source, line) for line in csv.DictReader(file)]


def _row(source: str, line: dict[str, str]) -> Row:
    modality, present, absent, phase = STATED[source][line["label"]]
    name = Path(line["image"]).name
    image = f"images/{source}/{name}"
    return Row(
        image=image,
        modality=modality,
        patient=line["patient_id"] or SAME_EYE.get(name, image),
        eye=line["eye"],
        present=present,
        absent=absent,
        extra={"source": source, "source_label": line["label"], "phase": phase},
    )


def copy_image(origin: Path, target: Path) -> None:
    """The very file where it is a small JPEG already, or else a smaller JPEG of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(origin) as picture:
        if picture.format == "JPEG" and max(picture.size) <= LONG_SIDE:
            shutil.copyfile(origin, target)
            return
        picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        picture.convert("L" if picture.mode == "L" else "RGB").save(target, quality=92)


def split(rows: list[Row]) -> list[Row]:
    """By patient, each class of each source spread over the splits."""
    return list(split_by_patient(rows, FRACTIONS, SEED, lambda row: (f"{row.modality} {row.extra['source_label']}",)))


def main() -> None:
    told = argparse.ArgumentParser(description="Make the sample of the package from its three sources.")
    told.add_argument("sources", type=Path)
    told.add_argument("out", type=Path)
    given = told.parse_args()
    rows = sorted((row for name in STATED for row in rows_of(name, given.sources / name)), key=lambda row: row.image)
    for row in rows:
        copy_image(given.sources / row.extra["source"] / "images" / Path(row.image).name, given.out / row.image)
    rows = split(rows)
    manifest.write(rows, given.out / "manifest.csv")
    for key, n in sorted(Counter((r.modality, r.extra["source_label"], r.split) for r in rows).items()):
        print(*key, n, sep="\t")


if __name__ == "__main__":
    main()
