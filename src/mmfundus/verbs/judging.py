"""How good a model is."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, listed, named

if TYPE_CHECKING:
    from mmfundus.tasks import Judged

Split = Literal["train", "val", "test"]


def evaluate(
    task: Positional[str],
    manifest: Positional[str],
    model: str,
    out: Path,
    split: Split = "test",
    root: Path | None = None,
    seed: int = 0,
    resamples: int = 1000,
    against: str = "",
    embeddings: Path | None = None,
    shots: tuple[int, ...] | None = None,
    draws: int | None = None,
    methods: str | None = None,
    preset: str = "",
    subgroups: str = "",
    shortcuts: bool = True,
) -> int:
    """Judge a model on a manifest: metrics.json, predictions.parquet and report.html.

    Research software, not a medical device.

    Args:
        task: zero-shot (by words alone), probe (linear, on frozen vectors), few-shot, retrieval; matrix: see its help.
        manifest: Table of images with stated concepts (CSV or Parquet), or "sample".
        model: Model directory; with the train install, anything open_clip loads.
        out: Folder to write to.
        split: Rows to judge. Thresholds are chosen on the validation rows alone.
        root: Folder that image paths are relative to; the manifest's own if not given.
        seed: Of the bootstrap.
        resamples: Of patients, for the 95 % intervals.
        against: Another model, judged on the same rows: the difference of every figure, with its interval.
        embeddings: Parquet table of image vectors: used if it is this model's, and what it lacks is added.
        shots: few-shot: patients a class, as in --shots 1 2 4 8 16.
        draws: few-shot: how often the patients are drawn.
        methods: few-shot: names with commas; all that need frozen vectors if not given. lora needs the train install.
        preset: zero-shot: composites of a programme, such as dr-screening, glaucoma, amd or oct-macula.
        subgroups: Columns of the manifest to judge parts of the patients by, as in sex,age,camera.
        shortcuts: Also say how well colour, size, frame and a blind network tell the labels.
    """
    from mmfundus import tasks
    from mmfundus.data import sample
    from mmfundus.models.reader import open_reader
    from mmfundus.report import files, judging
    from mmfundus.tasks._marks import mark

    at_least(0, seed=seed, resamples=resamples)
    own: dict[str, Any] = {"against": against or None, "embeddings": embeddings, "shots": shots, "draws": draws}
    own |= {"methods": methods and listed(methods), "preset": preset or None}
    chosen = tasks.load(task)
    options = _taken(task, chosen.OPTIONS, own)
    writable(out)
    reader, table = open_reader(model), sample.named(manifest, root)
    if against:
        options["against"] = open_reader(against)
    judged = chosen.judge(reader, table, split, seed, resamples, **options)
    mark(judged, reader, table, seed, resamples, listed(subgroups), shortcuts)
    seen = judging.look(reader, table, split, judged) if task == "zero-shot" else None
    files.write_evaluation(judged, files.examples(reader, table, split), out, seen=seen)
    return _end(judged, out)


def _end(judged: "Judged", out: Path) -> int:
    """Print the figures and what was written; name what was refused."""
    from mmfundus.report import words

    print("\n".join(words.result_lines(judged.result)))
    made = ", ".join(sorted(path.name for path in out.iterdir() if path.is_file()))
    print(f"Written to {out}: {made}. {NOTICE}")
    return named([item.reason for item in judged.refused])


def embed(manifest: Positional[str], model: str, out: Path, root: Path | None = None) -> int:
    """Vectors of all images of a manifest, as a Parquet table; a run that was cut off goes on.

    Research software, not a medical device.

    Args:
        manifest: Table of images (CSV or Parquet), or "sample".
        model: Model directory; with the train install, anything open_clip loads.
        out: Parquet file; what it holds of this model is kept, what it lacks is added.
        root: Folder that image paths are relative to; the manifest's own if not given.
    """
    from mmfundus.data import sample
    from mmfundus.models import vectors
    from mmfundus.models.reader import open_reader

    if out.suffix.lower() != ".parquet":
        raise UsageError(f"{out.name!r} cannot hold embeddings: they are kept as .parquet. Give such a name.")
    writable(out.parent)
    reader, table = open_reader(model), sample.named(manifest, root)
    found = vectors.embedded(reader, table.rows, table.root, out, table.name)
    refused = [reason for reason in found.refused if reason]
    print(f"{len(found.rows)} images: {len(found.rows) - len(refused)} vectors of width {found.vectors.shape[1]}, "
          f"{len(refused)} refused. Written to {out}. {NOTICE}")  # fmt: skip
    return named(refused)


def _taken(task: str, options: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given. Raises UsageError for one that the task does not take."""
    told = {name: value for name, value in given.items() if value is not None}
    for name in told:
        if name not in options:
            takes = f"of its own it takes {', '.join(f'--{one}' for one in options)}"
            raise UsageError(f"{task} has no use for --{name}; {takes}. Leave it out.")
    return told


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
