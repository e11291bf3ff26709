"""Make the manifest that `mmfundus-small` is trained on from three prepared sets.

    python recipes/small_rows.py SETS small.csv

SETS holds the folders odir5k, tvhl_oct_cfp and huapu_ffa, each with images/ and labels.csv; paths in the manifest are
relative to it. Splits are the sources' own, by patient. What differs from the sources' plain conversion:

- The macular oedema of tvhl photographs is left unsaid. There it tells the camera: a network of random weights
  finds it (mmfundus evaluate names it a shortcut). Its grades of retinopathy and its scans keep theirs.
- ODIR's readers were to name all of eight groups that a photograph shows (Li et al. 2021), so a group that is not named
  is absent. Where that is open it stays unknown: AMD beside drusen and drusen beside AMD, glaucoma in a suspect.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mmfundus.data import converting, manifest
from mmfundus.knowledge import concepts
from mmfundus.types import Row

SETS = ("odir5k", "tvhl_oct_cfp", "huapu_ffa")
SHORTCUT = "diabetic_macular_edema"
READ_FOR = {  # group of ODIR: what leaves it open
    "diabetic_retinopathy": (),
    "glaucoma": ("glaucoma_suspect",),
    "cataract": (),
    "amd": ("drusen",),
    "drusen": ("amd",),
    "hypertensive_retinopathy": (),
    "pathological_myopia": (),
    "epiretinal_membrane": (),
    "brvo": (),
    "crvo": (),
}


def rows(sets: Path) -> Iterator[Row]:
    """All rows of the three sets, their images below `sets`."""
    for name in SETS:
        for row in converting.convert("prepared", sets / name).rows:
            stated = closed(row) if name == "odir5k" else unsaid(row) if name == "tvhl_oct_cfp" else row
            yield replace(stated, image=f"{name}/{stated.image}", patient=_own(row, name), study="")


def closed(row: Row) -> Row:
    """A photograph of ODIR with what its readers would have named, had they seen it."""
    present = concepts.implied(row.present, ())[0]
    absent = [name for name, open_by in READ_FOR.items() if not {name, *open_by} & present]
    return replace(row, absent=tuple(dict.fromkeys((*row.absent, *absent))))


def unsaid(row: Row) -> Row:
    """A photograph of tvhl without a word of macular oedema."""
    if row.modality != "cfp":
        return row
    present, absent = ([name for name in names if name != SHORTCUT] for names in (row.present, row.absent))
    return replace(row, present=tuple(present), absent=tuple(absent))


def _own(row: Row, name: str) -> str:
    """The patient; where none is known, the image under its path here."""
    return f"{name}/{row.image}" if row.patient == row.image else row.patient


def main() -> None:
    """Write the manifest and count what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("out", type=Path)
    told = parser.parse_args()
    made = list(rows(told.sets))
    manifest.write(made, told.out)
    for (split, modality), count in sorted(Counter((row.split, row.modality) for row in made).items()):
        print(f"{split:5} {modality:4} {count}")


if __name__ == "__main__":
    main()
