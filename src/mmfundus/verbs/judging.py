"""How good a model is."""

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from mmfundus import NOTICE
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
