"""How good a model is."""

import json
from pathlib import Path
from typing import Any, Literal

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, named

Split = Literal["train", "val", "test"]


def evaluate(
    task: Positional[Literal["zero-shot"]],
    manifest: Positional[str],
    model: str,
    out: Path,
    split: Split = "test",
    root: Path | None = None,
    seed: int = 0,
    resamples: int = 1000,
) -> int:
    """Judge a model on a manifest: metrics.json, predictions.parquet and report.html.

    Research software, not a medical device.

    Args:
        task: What to judge.
        manifest: Table of images with stated concepts (CSV or Parquet), or "sample".
        model: Model directory; with the train install, anything open_clip loads.
        out: Folder to write to.
        split: Rows to judge. Thresholds are chosen on the validation rows alone.
        root: Folder that image paths are relative to; the manifest's own if not given.
        seed: Of the bootstrap.
        resamples: Of patients, for the 95 % intervals.
    """
    from mmfundus.data import sample
    from mmfundus.models.reader import open_reader
    from mmfundus.report import files, judging, words
    from mmfundus.tasks import zero_shot

    at_least(0, seed=seed, resamples=resamples)
    writable(out)
    reader, table = open_reader(model), sample.named(manifest, root)
    judged = zero_shot.judge(reader, table, split, seed, resamples)
    seen = judging.look(reader, table, split, judged)
    files.write_evaluation(judged, files.examples(reader, table, split), out, seen=seen)
    print("\n".join(words.result_lines(judged.result)))
    print(f"Written to {out}: metrics.json, predictions.parquet, report.html. {NOTICE}")
    return named([item.reason for item in judged.refused])


def card(
    model: Positional[Path],
    out: Path,
    metrics: Path | None = None,
    datasets: tuple[str, ...] = (),
) -> int:
    """A model directory's card in the form that hubs read, with the figures of an evaluation.

    Research software, not a medical device.

    Args:
        model: Model directory.
        out: Markdown file to write; hubs read README.md.
        metrics: metrics.json of an evaluation of this model.
        datasets: Ids of the training data on the hub, if it is there.
    """
    from mmfundus.models.bundle import open_bundle
    from mmfundus.report import card as cards
    from mmfundus.report import files

    writable(out.parent)
    bundle = open_bundle(model)
    figures = None if metrics is None else _result(metrics, bundle.name)
    files.write_text(out, cards.card({**cards.of_model(bundle.info, figures), "datasets": datasets}))
    print(f"Written to {out}. {NOTICE}")
    return 0


def _result(path: Path, name: str) -> dict[str, Any]:
    """The content of a metrics.json. Raises UsageError if it is none, or judges another model."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        judged = found["model"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} is no metrics.json that an evaluation wrote ({error}). Give its path.") from None
    if judged != name:
        raise UsageError(
            f"{path.name} judges the model {judged!r}, not {name!r}. Evaluate this model, or give its own."
        )
    return dict(found)
