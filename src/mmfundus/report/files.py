"""The files that verbs leave behind: each is whole, and carries where it came from."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmfundus import tables
from mmfundus.clinic import reading
from mmfundus.evaluate import table, zero_shot
from mmfundus.models.reader import Reader
from mmfundus.report import checklists, judging, marks, pages, pictures
from mmfundus.report.judging import Seen
from mmfundus.tasks import Judged
from mmfundus.train import log
from mmfundus.types import Manifest, Reading

SHOWN = 12  # pictures on an evaluation's page
NAME = 48  # characters of an image's name that its picture's name keeps; file systems allow 255 bytes


def write_evaluation(
    judged: Judged,
    readings: Sequence[Reading],
    out: Path,
    baseline: Mapping[str, Any] | None = None,
    seen: Seen | None = None,
) -> None:
    """`metrics.json`, `predictions.parquet`, `report.html` and the task's own tables into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "metrics.json", json.dumps(judged.result, indent=1, allow_nan=False) + "\n")
    source = {name: judged.result[name] for name in ("task", "model", "manifest", "seed", "versions")}
    tables.write(
        out / "predictions.parquet", table.columns(judged.predictions, marks.how_leaked(judged.result)), source
    )
    for name, columns in judged.tables.items():
        tables.write(out / name, columns, source)
    words_alone = judged.result["task"] == "zero-shot"  # the other tasks have sections of their own
    more = [*marks.sections(judged.result), *(judging.sections(judged, seen) if words_alone else ())]
    write_text(out / "report.html", pages.evaluation_page(judged.result, readings, baseline, more))
    if words_alone:
        write_text(out / "checklists.md", checklists.markdown(judged.result, seen is not None))


def examples(reader: Reader, manifest: Manifest, split: str, most: int = SHOWN) -> list[Reading]:
    """The first image of each stated concept of each modality, read: what an evaluation's page shows."""
    rows = manifest.split(split)
    asked = zero_shot.asked(rows)
    first = [
        next((row for row in rows if row.modality == modality and concept in row.present), None)
        for modality, concepts in asked.items()
        for concept in concepts
    ]
    chosen = list(dict.fromkeys(row.image for row in first if row is not None))[:most]
    return reading.read(reader, [row for row in rows if row.image in chosen], manifest.root, asked)


def write_readings(readings: Sequence[Reading], out: Path, title: str) -> None:
    """`index.html` and, for each image, the prepared picture and its map as PNG; numbered, so none overwrites."""
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "index.html", pages.reading_page(readings, title))
    scale = pictures.shared_scale([f.map for r in readings for f in r.findings[:1] if f.map is not None])
    for number, one in enumerate(readings, start=1):
        if one.pixels is None:
            continue
        stem = f"{number:04d}-{Path(one.row.image).stem[:NAME]}"
        pictures.save_png(out / f"{stem}.png", one.pixels)
        if one.findings and one.findings[0].map is not None:
            pictures.save_png(out / f"{stem}-map.png", pictures.overlay(one.pixels, one.findings[0].map, scale))


def write_predictions(readings: Sequence[Reading], model: str, out: Path) -> None:
    """`predictions.csv` of readings that hold all their findings."""
    found = reading.as_predictions(readings)
    tables.write(out / "predictions.csv", table.columns(found), {"model": model, "versions": tables.versions()})


def write_run_page(out: Path) -> None:
    """`report.html` of a training run, from its metrics.jsonl and config.json."""
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    write_text(out / "report.html", pages.run_page(log.read(out / "metrics.jsonl"), config))


def write_text(path: Path, text: str) -> None:
    """A text file that appears whole."""
    with tables.whole(path) as beside:
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")  # a file's name need not be text
