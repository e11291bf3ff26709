"""From the best checkpoint to a model directory."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from mmfundus import __version__, plugins
from mmfundus.data import fingerprints
from mmfundus.errors import BrokenModel
from mmfundus.evaluate import zero_shot
from mmfundus.knowledge import prompts
from mmfundus.knowledge.concepts import concepts
from mmfundus.models import graphs, trained
from mmfundus.models.bundle import modality_versions
from mmfundus.models.tower_reader import TowerReader
from mmfundus.train import adapt, checkpoint, start, state
from mmfundus.train.start import Run
from mmfundus.types import Row

Json = dict[str, Any]
MODALITIES = "mmfundus.modalities"


def write_model(run: Run, card: Callable[[Json], str]) -> None:
    """Write `model/` of the run from its `best/`: towers of their own, on the CPU and in one piece."""
    found = checkpoint.read(run.out / "best", run.on_damage)
    if found is None:
        raise BrokenModel(f"{run.out.name} has no best checkpoint to make a model of.")
    facts, tensors = found
    model = start.model_of(run.config)
    merge = adapt.add_lora(model, run.config.lora_rank) if run.config.lora_rank else lambda: None
    state.restore(tensors, model)
    merge()
    name, config = run.config.name or run.out.resolve().name, run.config.told()
    training = {
        "manifest": run.manifest.name,
        "images": len(run.rows),
        "refused": len(run.progress.refused),
        "patients": len({row.patient for row in run.rows}),
        "step": facts["step"],
        "watched": run.config.watch,
        "validation": facts["best"],
        "config": config,
    }
    info = {
        "name": name,
        "trained_on": sorted({row.modality for row in run.rows}),
        "concepts": zero_shot.asked(run.rows),
        "prompts": prompts.digest(),
        "training": training,
    }
    described = {
        "name": name,
        "modalities": info["trained_on"],
        "data": {"manifest": run.manifest.name, "counts": counts(run), "concepts": concept_counts(run)},
        "start_weights": config["model"],
        "architecture": model.architecture["spec"],
        "prompts": info["prompts"],
        "preprocessing": modality_versions(),
        "seed": config["seed"],
        "versions": {"mmfundus": __version__, "torch": torch.__version__},
        "limits": [f"Chosen by validation at step {facts['step']} of {run.steps}."],
    }
    also = partial(_known_by, run, TowerReader(model, name)) if run.config.fingerprints else lambda part: None
    graphs.save(model, run.out / "model", prompts=book(), card=card(described), info=info, also=also)


def _known_by(run: Run, reader: TowerReader, part: Path) -> None:
    """Write what the rows are known by; an image that is not at hand, as with shards alone, has no fingerprint."""
    rows, root = _used(run), run.manifest.root
    found = fingerprints.take(rows, root, run.manifest.name)
    fingerprints.write(trained.seen_by(reader, found, rows, root), part / fingerprints.FILE)


def book() -> dict[str, dict[str, list[tuple[str, float]]]]:
    """Every prompt of every concept that a modality can show: what is sealed with a model."""
    return {
        modality: {
            name: [(prompt.text, prompt.weight) for prompt in prompts.ensemble(name, modality)]
            for name, concept in concepts().items()
            if modality in concept.modalities
        }
        for modality in plugins.names(MODALITIES)
    }


def counts(run: Run) -> list[Json]:
    """Images and patients of each modality and split that the run learned from or was judged on."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in _used(run):
        groups.setdefault((row.modality, row.split), []).append(row)
    return [
        {"modality": m, "split": split, "images": len(rows), "patients": len({row.patient for row in rows})}
        for (m, split), rows in sorted(groups.items())
    ]


def concept_counts(run: Run) -> list[Json]:
    """How often each concept is stated present or absent, by modality and split."""
    present = Counter((row.modality, name, row.split) for row in _used(run) for name in row.present)
    absent = Counter((row.modality, name, row.split) for row in _used(run) for name in row.absent)
    return [
        {"modality": key[0], "concept": key[1], "split": key[2], "present": present[key], "absent": absent[key]}
        for key in sorted(present | absent)
    ]


def _used(run: Run) -> tuple[Row, ...]:
    return run.rows + run.validation.rows
