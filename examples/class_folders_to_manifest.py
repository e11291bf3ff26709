r"""One folder a class, as many data sets come, to a manifest split by patient.

    python examples/class_folders_to_manifest.py oct --modality oct --patient '[A-Z]+-(\d+)'

reads oct/CNV/*.jpg, oct/NORMAL/*.jpg, ... and writes oct/manifest.csv. A folder's name may be a
concept's id, name, synonym or abbreviation. It says what is present and nothing of the rest: what is
not stated stays unknown. Give --exclusive only where an image of one class is known to show no other.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

from mmfundus.data import images, manifest
from mmfundus.knowledge.concepts import NORMAL, find
from mmfundus.types import Row

ENDINGS = {ending for endings in images.ENDINGS.values() for ending in endings}
FRACTIONS = {"train": 0.6, "val": 0.2, "test": 0.2}


def rows(root: Path, modality: str, patient: str, exclusive: bool) -> list[Row]:
    """A row for each image file below a class folder; all are in `train` until they are split."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    concepts = {folder: find(folder.name, modality).id for folder in folders}
    diseases = set(concepts.values()) - {NORMAL}
    found = []
    for folder, concept in concepts.items():
        absent = diseases - {concept} if exclusive and concept != NORMAL else set()
        for path in sorted(file for file in folder.rglob("*") if file.suffix.lower() in ENDINGS):
            image = path.relative_to(root).as_posix()
            person = patient_of(path.name, patient)
            found.append(Row(image, modality, person or image, present=(concept,), absent=tuple(sorted(absent))))
    return found


def patient_of(name: str, pattern: str) -> str:
    """The first group of the pattern in a file's name; empty where no pattern was given."""
    match = re.search(pattern, name) if pattern else None
    if pattern and match is None:
        raise SystemExit(f"{name!r} does not match --patient {pattern!r}; every file must say whose it is.")
    return match[1] if match else ""


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("root", type=Path, help="the folder that holds one folder a class")
    told.add_argument("--modality", required=True, help="cfp, uwf, oct, fa or slo")
    told.add_argument("--patient", default="", help="pattern whose first group is the patient in a file's name")
    told.add_argument("--exclusive", action="store_true", help="a class states all other diseases as absent")
    told.add_argument("--seed", type=int, default=0)
    given = told.parse_args()
    dealt = manifest.split_by_patient(
        rows(given.root, given.modality, given.patient, given.exclusive), FRACTIONS, given.seed
    )
    manifest.write(dealt, given.root / "manifest.csv")
    for (split, concept), n in sorted(Counter((row.split, row.present[0]) for row in dealt).items()):
        print(f"{split:6}{n:5}  {concept}")
    print(f"Written: {given.root / 'manifest.csv'}, {len(dealt)} images.")


if __name__ == "__main__":
    main()
