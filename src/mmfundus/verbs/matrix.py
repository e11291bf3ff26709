"""How well models carry over."""

from functools import partial
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, distinct, listed, named, roots


def matrix(
    manifests: Positional[tuple[str, ...]],
    model: tuple[str, ...],
    out: Path,
    split: Literal["train", "val", "test"] = "test",
    root: tuple[Path, ...] = (),
    seed: int = 0,
    resamples: int = 1000,
    subgroups: str = "",
    shortcuts: bool = True,
) -> int:
    """Judge several models on several tables, each concept: matrix.csv, metrics.json and matrix.html.

    Research software, not a medical device. A cell that fails is null with its reason and the others go on; the same
    command goes on where it was cut off.

    Args:
        manifests: Tables of images with stated concepts (CSV or Parquet), or "sample".
        model: Model directories; with the train install, anything open_clip loads.
        out: Folder to write to; its folder cells/ keeps what is done.
        split: Rows to judge. Thresholds are chosen on the validation rows alone.
        root: Folders that image paths are relative to, one a table in their order; the tables' own if not given.
        seed: Of the bootstrap.
        resamples: Of patients, for the 95 % intervals.
        subgroups: Columns to judge parts of the patients by, as in sex,age,camera, where a table has them.
        shortcuts: Also say how well colour, size, frame and a blind network tell the labels of each table.
    """
    from mmfundus.data import sample
    from mmfundus.models.reader import open_reader
    from mmfundus.report import matrix as report
    from mmfundus.tasks import _matrix

    at_least(0, seed=seed, resamples=resamples)
    if not (manifests and model):
        raise UsageError("A matrix needs at least one table and one --model.")
    at = roots(manifests, root)
    writable(out)
    names = distinct([Path(name).name for name in manifests])
    tables = [
        (shown, partial(sample.named, name, folder)) for shown, name, folder in zip(names, manifests, at, strict=True)
    ]
    models = [(shown, partial(open_reader, name)) for shown, name in zip(_called(model), model, strict=True)]
    asked = _matrix.Asked(split, seed, resamples, listed(subgroups), shortcuts)
    found = _matrix.judge(models, tables, asked, out / "cells")
    report.write(found, out)
    for cell in found["cells"]:
        macro = cell["result"] and cell["result"]["macro"]["auroc"]["value"]
        shown = "undefined" if macro is None else f"macro AUROC {macro:.3f}"
        print(f"{cell['model']} on {cell['table']} ({cell['domain']}): {shown}")
    print(f"Written to {out}: matrix.csv, metrics.json, matrix.html. {NOTICE}")
    return named([f"{item.item}: {item.reason}" for item in _matrix.failures(found)])


def _called(models: tuple[str, ...]) -> list[str]:
    """What models are called before they are opened: the folder above one that is only called model."""
    return distinct([Path(m).parent.name if Path(m).name == "model" else Path(m).name for m in models])
