"""Models x tables x concepts: every cell judged, failed with its reason, or kept from a run that was cut off.

A table is in-domain for a model where a file of it was among the model's training rows, whatever the
split; an unseen source where none was. Without fingerprints it is in-domain where the training manifest had
its name; another name is no proof, for tables are renamed and cut, so then the domain is unknown.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmfundus import tables
from mmfundus.data import images
from mmfundus.errors import MMFundusError
from mmfundus.evaluate import subgroups
from mmfundus.models import trained, vectors
from mmfundus.models.reader import Reader
from mmfundus.models.runtime import OnnxReader
from mmfundus.tasks import _marks, zero_shot
from mmfundus.types import Manifest, Refusal

Json = dict[str, Any]

IN, UNSEEN, UNKNOWN = "in-domain", "unseen source", "unknown"
KEPT = ("n_images", "n_patients", "n_refused", "macro", "modalities", "undefined", "not_judged", "leakage", "subgroups")
VERSION = 1  # of a kept cell; raised whenever its content changes


@dataclass(frozen=True, slots=True)
class Asked:
    """How every cell is judged."""

    split: str = "test"
    seed: int = 0
    resamples: int = 1000
    columns: tuple[str, ...] = ()
    shortcuts: bool = True


Opened = tuple[str, Callable[[], Any]]  # what it is called, and how it is opened; opening may fail


def judge(models: Sequence[Opened], manifests: Sequence[Opened], asked: Asked, kept: Path) -> Json:
    """All cells, model by model. `kept` is the folder of finished cells, which are not judged again."""
    kept.mkdir(parents=True, exist_ok=True)
    readers = [_opened(*one) for one in models]
    found = [_opened(*one) for one in manifests]
    cells = []
    for model, reader, why in readers:
        for table, manifest, why_not in found:
            head = {"model": model, "table": table, "domain": UNKNOWN}
            if reader is None or manifest is None:
                cells.append({**head, "reason": why or why_not, "result": None})
            else:
                cells.append({**head, **_cell(reader, manifest, asked, kept / _name(model, table))})
    return {
        "task": "matrix",
        "split": asked.split,
        "models": [model for model, _, _ in readers],
        "tables": [table for table, _, _ in found],
        "cells": cells,
        "shortcuts": {
            table: _shortcuts(manifest, asked, kept / _name(table, "shortcuts"))
            for table, manifest, _ in found
            if manifest is not None and asked.shortcuts
        },
        "seed": asked.seed,
        "versions": tables.versions(),
    }  # fmt: skip


def lines(found: Mapping[str, Any]) -> Iterator[Json]:
    """One row of matrix.csv a model, table, modality and concept; null with a reason where there is no figure."""
    concepts = sorted({pair for cell in found["cells"] for pair in _stated(cell)})
    for cell in found["cells"]:
        head = {key: cell[key] for key in ("model", "table", "domain")}
        if cell["result"] is None:
            yield {**_blank(), **head, "reason": cell["reason"]}
            continue
        for modality, concept in concepts:
            yield {
                **_blank(),
                **head,
                "modality": modality,
                "concept": concept,
                **_line(cell, found, modality, concept),
            }


def failures(found: Json) -> list[Refusal]:
    """Cells without a result, and what of the others was refused."""
    named = [Refusal(f"{c['model']} on {c['table']}", c["reason"]) for c in found["cells"] if c["result"] is None]
    some = [
        Refusal(f"{c['model']} on {c['table']}", f"{c['result']['n_refused']} images were refused.")
        for c in found["cells"]
        if c["result"] and c["result"]["n_refused"]
    ]
    return named + some


def domain(reader: Reader, manifest: Manifest) -> tuple[str, str]:
    """Whether the model learned from this table, and how that is known."""
    if not isinstance(reader, OnnxReader):
        return UNKNOWN, "the model is no model directory and does not say what it was trained on"
    prints, name = trained.prints(reader.bundle), trained.manifest(reader.bundle)
    if prints is not None:
        known = {one.bytes for one in prints.prints}
        files = [manifest.root / row.image for row in manifest.rows]
        shared = sum(images.digest_bytes(path) in known for path in files if path.is_file())
        return (IN if shared else UNSEEN), f"{shared} of {len(files)} files of the table are among its training rows"
    if name:
        return (IN if name == manifest.name else UNKNOWN), f"by name alone: it was trained on {name}"
    return UNKNOWN, "its training rows are not recorded"


def _opened(name: str, opening: Callable[[], Any]) -> tuple[str, Any, str]:
    try:
        return name, opening(), ""
    except MMFundusError as error:
        return name, None, str(error)


def _cell(reader: Reader, manifest: Manifest, asked: Asked, kept: Path) -> Json:
    """One cell, from its file where that was made of the same model, table and question."""
    made_of = [VERSION, vectors.identity(reader), _identity(manifest), repr(asked), tables.versions()["mmfundus"]]
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    if (before := _read(kept, key)) is not None:
        return before
    try:
        where, why = domain(reader, manifest)
        cache = kept.with_suffix(".parquet")
        judged = zero_shot.judge(reader, manifest, asked.split, asked.seed, asked.resamples, embeddings=cache)
        has = subgroups.columns(judged.predictions.rows)
        shown = [column for column in asked.columns if column in has]
        _marks.mark(judged, reader, manifest, asked.seed, asked.resamples, shown, blind=False)
    except MMFundusError as error:
        return {"reason": str(error), "result": None}
    lacks = [column for column in asked.columns if column not in has]
    cell = {
        "domain": where,
        "why": why,
        "lacks_columns": lacks,
        "result": {name: judged.result.get(name) for name in KEPT},
    }
    _write(kept, key, cell)
    return cell


def _shortcuts(manifest: Manifest, asked: Asked, kept: Path) -> Json:
    concepts = sorted({name for row in manifest.rows for name in row.present})
    key = hashlib.sha256(json.dumps([VERSION, _identity(manifest), repr(asked)]).encode()).hexdigest()
    found = _read(kept, key)
    if found is None:
        found = _marks.table_shortcuts(manifest, concepts, asked.seed, asked.resamples)
        _write(kept, key, found)
    return found


def _identity(manifest: Manifest) -> str:
    """Differs where a row or an image's size does."""
    files = [manifest.root / row.image for row in manifest.rows]
    sizes = [path.stat().st_size if path.is_file() else -1 for path in files]
    rows = [repr(row) for row in manifest.rows]
    return hashlib.sha256(json.dumps([manifest.name, rows, sizes]).encode()).hexdigest()


def _read(path: Path, key: str) -> Json | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return dict(found["content"]) if found.get("key") == key else None


def _write(path: Path, key: str, content: Json) -> None:
    with tables.whole(path) as beside:
        beside.write_text(json.dumps({"key": key, "content": content}, allow_nan=False), encoding="utf-8")


def _name(*parts: str) -> str:
    """A file's name of any words: what cannot stand in one is told apart by a digest."""
    plain = "-".join("".join(c if c.isalnum() or c in "._" else "_" for c in part)[:60] for part in parts)
    return f"{plain}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:8]}.json"


def _stated(cell: Json) -> Iterator[tuple[str, str]]:
    for modality, group in ((cell["result"] or {}).get("modalities") or {}).items():
        yield from ((modality, concept) for concept in group["concepts"])


def _blank() -> Json:
    figures = ("auroc", "auroc_low", "auroc_high", "auprc", "auroc_without_leaked")
    names = ("model", "table", "domain", "modality", "concept", "n_present", "n_absent", *figures)
    return dict.fromkeys((*names, "leaked", "shortcut", "worst_groups", "reason"), None)


def _line(cell: Json, found: Mapping[str, Any], modality: str, concept: str) -> Json:
    result = cell["result"]
    entry = result["modalities"].get(modality, {}).get("concepts", {}).get(concept)
    if entry is None:
        return {"reason": f"no image of the split {found['split']!r} states it as present"}
    leakage = result["leakage"]
    without = (leakage.get("without") or {}).get("modalities", {}).get(modality, {}).get("concepts", {})
    alarms = found["shortcuts"].get(cell["table"], {}).get("alarms", ())
    worst = [
        f"{column}: {name} {told['groups'][name]['auroc']['value']:.3f}"
        for column, parts in result["subgroups"].items()
        if (told := parts["modalities"].get(modality, {}).get(concept)) and (name := told["worst"])
    ]
    auroc = entry["auroc"]
    return {
        "n_present": entry["n_present"],
        "n_absent": entry["n_absent"],
        "auroc": auroc["value"],
        "auroc_low": auroc["low"],
        "auroc_high": auroc["high"],
        "auprc": entry["auprc"]["value"],
        "auroc_without_leaked": without.get(concept, {}).get("auroc", {}).get("value"),
        "leaked": entry["n_leaked"],
        "shortcut": ", ".join(a["cue"] for a in alarms if (a["modality"], a["concept"]) == (modality, concept)),
        "worst_groups": "; ".join(worst),
        "reason": auroc.get("reason"),
    }
