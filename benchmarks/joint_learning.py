"""Does `cross_modal` help to find an eye's other picture? Two runs that differ in it alone, compared on validation.

    mmfundus manifest prepared ../shared/data/tvhl_oct_cfp --out tvhl.csv
    python benchmarks/joint_learning.py tvhl.csv --root ../shared/data/tvhl_oct_cfp --out runs/joint

Both runs have the recipe `small`, the same seed, batches and steps. A query is a photograph of an eye
that also has a scan; the gallery is all scans of the validation rows. The difference of Recall@k has a
95 % interval by bootstrap over patients, the same draws for both. Runs that are there are not repeated.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmfundus.data import sample
from mmfundus.data.splits import patient_key
from mmfundus.evaluate.bootstrap import PERCENTILES, draws
from mmfundus.evaluate.retrieval import hits
from mmfundus.models.embed import embed
from mmfundus.models.reader import open_reader
from mmfundus.train import log, loop, recipes
from mmfundus.types import Manifest, Row

KS = (1, 5, 10)
RUNS = {"without": 0.0, "with": 1.0}  # weight of the loss
Found = dict[int, np.ndarray]


def main() -> None:
    """Train what is not there yet, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--root", default="")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--split", choices=("val", "test"), default="val")
    asked = parser.parse_args()
    for name, weight in RUNS.items():
        train(asked, asked.out / name, weight)
    table = sample.named(asked.manifest, Path(asked.root) if asked.root else None)
    for query, gallery in (("cfp", "oct"), ("oct", "cfp")):
        report(asked, table, query, gallery)


def train(asked: argparse.Namespace, out: Path, weight: float) -> None:
    """One run; its curve of same-eye recall is printed."""
    recipe = replace(
        recipes.load("small"),
        manifest=asked.manifest,
        root=asked.root,
        size=asked.size,
        epochs=asked.epochs,
        losses={"soft_labels": 1.0, "cross_modal": weight},
        balance="none",
        lr=1e-4,
        layer_decay=1.0,
        warmup=10,
        ema=0.95,
        watch="eye_recall",
        caption_share=1.0,
    )
    loop.train(recipe, out)
    curve = [event["eye_recall"] for event in log.read(out / "metrics.jsonl") if event["event"] == "evaluate"]
    print(f"{out.name} cross_modal, same-eye recall by epoch: " + " ".join(f"{value:.3f}" for value in curve))


def report(asked: argparse.Namespace, table: Manifest, query: str, gallery: str) -> None:
    """Print Recall@k of both runs, and their difference with its interval."""
    found = {name: recalls(asked.out / name / "model", table, asked.split, query, gallery) for name in RUNS}
    patients = found["with"][1]
    number = int(patients.max()) + 1
    print(f"{query} to {gallery}, {len(patients)} queries of {number} patients, {asked.split}:")
    for k in KS:
        one, other = (found[name][0][k] for name in RUNS)
        drawn = [times[patients] for times in draws(number, 2000, seed=0)]
        apart = [np.average(other - one, weights=weights) for weights in drawn if weights.any()]
        low, high = np.percentile(apart, PERCENTILES)
        print(
            f"  Recall@{k}: without {one.mean():.3f}, with {other.mean():.3f}, "
            f"difference {np.mean(other - one):+.3f} ({low:+.3f} to {high:+.3f})"
        )


def recalls(model: Path, table: Manifest, split: str, query: str, gallery: str) -> tuple[Found, np.ndarray]:
    """Each query's hits by k, and the number of its patient."""
    rows = [row for row in table.split(split) if row.modality in (query, gallery)]
    seen = embed(open_reader(str(model)), rows, table.root)
    asking, answering = ([i for i, row in enumerate(rows) if row.modality == kind] for kind in (query, gallery))
    relevant = np.array([[eye(rows[i]) == eye(rows[j]) for j in answering] for i in asking])
    answered = relevant.any(axis=1)
    similarity = seen.vectors[asking] @ seen.vectors[answering].T
    place = {key: i for i, key in enumerate(dict.fromkeys(patient_key(rows[i]) for i in np.array(asking)[answered]))}
    patients = np.array([place[patient_key(rows[i])] for i in np.array(asking)[answered]])
    return {k: hits(similarity[answered], relevant[answered], k) for k in KS}, patients


def eye(row: Row) -> tuple[str, str]:
    """What is sought: the same eye of the same patient."""
    return patient_key(row), row.eye


if __name__ == "__main__":
    main()
