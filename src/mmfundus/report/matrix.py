"""Models x tables x concepts as a table, as figures and as a page."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmfundus import tables
from mmfundus.report import pages
from mmfundus.report.evaluation import as_interval
from mmfundus.report.files import write_text
from mmfundus.report.marks import shortcuts_view, subgroups_view
from mmfundus.report.pages import Section
from mmfundus.tasks import _matrix

Json = Mapping[str, Any]


def write(found: dict[str, Any], out: Path) -> None:
    """`matrix.csv`, `metrics.json` and `matrix.html` into `out`."""
    lines = list(_matrix.lines(found))
    tables.write(out / "matrix.csv", {name: [line[name] for line in lines] for name in lines[0]})
    write_text(out / "metrics.json", json.dumps(found, indent=1, allow_nan=False) + "\n")
    write_text(out / "matrix.html", page(found))


def page(found: Json) -> str:
    """The overview, then each table: its concepts by model, what cues tell of it, and its subgroups."""
    sections = [Section("Overview", "matrix.html", overview_view(found))]
    for table in found["tables"]:
        sections.append(Section(table, "matrix_table.html", table_view(found, table)))
        if table in found["shortcuts"]:
            sections.append(
                Section(f"Shortcuts of {table}", "shortcuts.html", shortcuts_view(found["shortcuts"][table]))
            )
        for cell in _cells(found, table):
            if cell["result"] and cell["result"]["subgroups"]:
                title = f"Subgroups: {cell['model']} on {table}"
                sections.append(Section(title, "subgroups.html", subgroups_view(cell["result"]["subgroups"])))
    lead = f"{len(found['models'])} models on {len(found['tables'])} tables, split {found['split']}"
    return pages.page("Models and tables", lead, sections)


def overview_view(found: Json) -> dict[str, Any]:
    """What templates/matrix.html shows: the macro AUROC of each cell, with its marks."""
    rows = [
        {"table": table, "cells": [_shown(cell, found) for cell in _cells(found, table)]} for table in found["tables"]
    ]
    failed = [(f"{c['model']} on {c['table']}", c["reason"]) for c in found["cells"] if c["result"] is None]
    domains = [(f"{c['model']} on {c['table']}", c["domain"], c.get("why", "")) for c in found["cells"] if c["result"]]
    return {"heads": _heads(found), "rows": rows, "failed": failed, "domains": domains}


def table_view(found: Json, table: str) -> dict[str, Any]:
    """What templates/matrix_table.html shows: a row a concept, a column a model."""
    lines = [line for line in _matrix.lines(found) if line["table"] == table and line["concept"]]
    asked = dict.fromkeys((line["modality"], line["concept"]) for line in lines if line["n_present"] is not None)
    by = {(line["model"], line["modality"], line["concept"]): line for line in lines}
    rows = []
    for modality, concept in asked:
        cells = [by.get((model, modality, concept)) for model in found["models"]]
        one = next(line for line in cells if line and line["n_present"] is not None)
        rows.append(
            {
                "concept": f"{concept.replace('_', ' ')}, {modality}",
                "stated": f"{one['n_present']} / {one['n_absent']}",
                "cells": [_figure(line) for line in cells],
                "shortcut": one["shortcut"],
            }
        )
    return {"name": table, "heads": _heads(found), "rows": rows}


def _cells(found: Json, table: str) -> list[Json]:
    return [cell for cell in found["cells"] if cell["table"] == table]


def _shown(cell: Json, found: Json) -> dict[str, Any]:
    result = cell["result"]
    if result is None:
        return {"figure": as_interval(None), "marks": ["failed"]}
    macro, leakage = result["macro"]["auroc"], result["leakage"]
    marks = [cell["domain"], f"over {macro['over']} of {macro['of']}"]
    if leakage["n_rows"] is None:
        marks.append("leakage unknown")
    elif leakage["n_rows"]:
        marks.append(f"{leakage['n_rows']} of {result['n_images']} LEAKED")
    alarms = {(a["modality"], a["concept"]) for a in found["shortcuts"].get(cell["table"], {}).get("alarms", ())}
    asked = {(m, concept) for m, group in result["modalities"].items() for concept in group["concepts"]}
    if alarms & asked:
        marks.append(f"{len(alarms & asked)} with SHORTCUT")
    if cell.get("lacks_columns"):
        marks.append(f"no column {', '.join(cell['lacks_columns'])}")
    if result["n_refused"]:
        marks.append(f"{result['n_refused']} refused")
    return {"figure": as_interval(macro), "marks": marks}


def _figure(line: Json | None) -> dict[str, Any]:
    if line is None or line["auroc"] is None:
        return {"figure": as_interval(None), "notes": []}
    figure = as_interval({"value": line["auroc"], "low": line["auroc_low"], "high": line["auroc_high"]})
    notes = [f"{line['leaked']} LEAKED"] if line["leaked"] else []
    if line["auroc_without_leaked"] is not None:
        notes.append(f"without them {line['auroc_without_leaked']:.3f}")
    if line["worst_groups"]:
        notes += [f"worst {group}" for group in line["worst_groups"].split("; ")]
    return {"figure": figure, "notes": notes}


def _heads(found: Json) -> list[tuple[str, str]]:
    return [(model, "number") for model in found["models"]]
