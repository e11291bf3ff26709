"""What the words that are asked do to zero-shot: names alone, with synonyms, with findings; validation rows only.

    python benchmarks/prompts.py sample --model demo/run/model
    mmfundus manifest prepared ../shared/data/tvhl_oct_cfp --out tvhl.csv
    python benchmarks/prompts.py tvhl.csv --root ../shared/data/tvhl_oct_cfp --model runs/joint/with/model

Images are read once and asked three times. AUROC is the mean over the concepts of a modality; intervals
and differences to the names alone are from the same draws of patients.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmfundus.data import sample
from mmfundus.data.manifest import labels
from mmfundus.evaluate import zero_shot
from mmfundus.evaluate.bootstrap import PERCENTILES, interval, resample
from mmfundus.evaluate.metrics import METRICS, measure
from mmfundus.evaluate.questions import questions, stated
from mmfundus.knowledge import prompts
from mmfundus.models.embed import embed
from mmfundus.models.reader import open_reader

AUROC = METRICS.index("auroc")


def main() -> None:
    """Read the validation rows, ask them in each style, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--root", default="")
    parser.add_argument("--model", required=True)
    parser.add_argument("--resamples", type=int, default=2000)
    asked = parser.parse_args()
    table, reader = sample.named(asked.manifest, Path(asked.root) if asked.root else None), open_reader(asked.model)
    rows = table.split("val")
    concepts = {modality: found for modality, found in zero_shot.asked(rows).items() if found}
    seen = embed(reader, [row for row in rows if row.modality in concepts], table.root)
    found = {}
    for style in prompts.STYLES:
        vectors = zero_shot.label_vectors(
            reader.texts, lambda label, modality, style=style: prompts.ensemble(label, modality, style), concepts
        )
        said = zero_shot.predict(seen, concepts, vectors, reader.scale)
        judged = stated(said, labels(seen.rows, said.concepts))
        every = questions(judged, None)
        found[style] = (
            [(question.modality, question.ranking.patients().size) for question in every],
            np.array([measure(question.ranking.tally())[AUROC] for question in every]),
            resample(every, judged.n_patients, asked.resamples, 0)[:, :, AUROC],
        )
    print(f"{reader.name} on the {len(seen.rows)} validation images of {table.name}")
    for modality in (*sorted(concepts), "all"):
        report(modality, found)


def report(modality: str, found: Mapping[str, tuple[list[tuple[str, int]], np.ndarray, np.ndarray]]) -> None:
    """A line a style: the mean AUROC, and how far it is from the names alone."""
    base = None
    for style, (asked, values, resampled) in found.items():
        chosen = [k for k, (name, _) in enumerate(asked) if modality in (name, "all")]
        mean = interval(values[chosen], resampled[:, chosen], max(asked[k][1] for k in chosen))
        drawn = np.nanmean(resampled[:, chosen], axis=1)
        line = f"{modality:4} {len(chosen):3} concepts  {style:9} {mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"
        if base is None:
            base = mean.value, drawn
        else:
            low, high = np.nanpercentile(drawn - base[1], PERCENTILES)
            line += f"   against names {mean.value - base[0]:+.3f} ({low:+.3f} to {high:+.3f})"
        print(line)


if __name__ == "__main__":
    main()
