"""Each concept as a section of a page: its curves, what they say in figures, and the table behind them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mmfundus.data.manifest import labels
from mmfundus.evaluate import curves
from mmfundus.evaluate.curves import CHANCES, Curve, Curves
from mmfundus.evaluate.questions import Stated, stated
from mmfundus.report import plots
from mmfundus.report.evaluation import as_interval, span
from mmfundus.tasks import Judged

Json = Mapping[str, Any]
UNFOLDED = 3  # questions from which on each is folded away
MOST = 60  # questions that are drawn: the page stays below five megabytes
DRAWS = 200  # for bands: the first of those that intervals come from
FLOOR = -0.05  # of net benefit: what lies below is worse than not testing anybody, however much
TABLED = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)  # places at which the curves are also written down


def each_view(judged: Judged) -> dict[str, Any]:
    """What templates/each.html shows of the judged concepts."""
    found = judged.predictions
    return questions_view(stated(found, labels(found.rows, found.concepts)), judged.result, judged.result["seed"])


def questions_view(
    table: Stated,
    result: Json,
    seed: int,
    published: Mapping[str, Sequence[Json]] | None = None,
    counted: str = "images",
) -> dict[str, Any]:
    """The same of any table; `published` are points of others to draw in the ROC, by concept.

    `counted` is what a row of the table is; how charts are read is said once, where rows are images.
    """
    drawn = DRAWS if table.n_patients > 1 else 0
    found_of = list(_questions(table))
    asked = [
        _question(
            *question, table, entry_of(result, *question[:2]), (published or {}).get(question[1], ()), drawn, seed
        )
        for question in found_of[:MOST]
    ]
    return {
        "counted": counted,
        "introduced": counted == "images",
        "left_out": len(found_of) - len(asked),
        "questions": asked,
        "unfolded": len(asked) <= UNFOLDED,
        "draws": drawn,
        "bins": curves.BINS,
        "least": curves.LEAST,
    }


def entry_of(result: Json, modality: str, concept: str) -> Json:
    """What `metrics.json` has of a concept in a modality; empty if nothing."""
    part = (result.get("modalities") or {}).get(modality) or {}
    return (part.get("concepts") or {}).get(concept) or {}


def _questions(table: Stated) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Modality, concept, and the rows and column of the images that were read and have a stated label."""
    for modality in table.modalities:
        read = table.read(modality)
        for column, concept in enumerate(table.predictions.concepts):
            known = ~np.isnan(table.predictions.probability[read, column]) & ~np.isnan(table.labels[read, column])
            if known.any():
                yield modality, concept, read[known], np.array(column)


def _question(
    modality: str,
    concept: str,
    rows: np.ndarray,
    column: np.ndarray,
    table: Stated,
    entry: Json,
    published: Sequence[Json],
    drawn: int,
    seed: int,
) -> dict[str, Any]:
    threshold = entry.get("threshold")
    found = curves.measure(
        table.predictions.probability[rows, int(column)], table.labels[rows, int(column)], table.patient[rows],
        table.n_patients, threshold, drawn, seed,
    )  # fmt: skip
    name = f"{concept.replace('_', ' ')} ({modality})"
    return {
        "name": name,
        "present": found.n_present,
        "images": found.n_present + found.n_absent,
        "auroc": span(as_interval(entry.get("auroc"))),
        "charts": list(_charts(name, found, entry, published)),
        "confusion": found.confusion,
        "threshold": None if threshold is None else f"{threshold:.3f}",
        "places": _places(found),
        "bins": _bins(found),
        "bars": _bars(found),
        "published": published,
    }


def _charts(name: str, found: Curves, entry: Json, published: Sequence[Json]) -> Iterator[tuple[str, Any]]:
    auroc, auprc = (span(as_interval(entry.get(metric))) for metric in ("auroc", "auprc"))
    prevalence = found.n_present / (found.n_present + found.n_absent)
    if found.roc is not None and found.pr is not None and found.benefit is not None:
        marks, caption = _marks(found, published)
        alt = f"ROC of {name}: AUROC {auroc}; sensitivity {at(found.roc, 0.1):.2f} at a false-positive rate of 0.10."
        yield f"ROC: AUROC {auroc}. Dashed: chance.{caption}", plots.line(
            found.roc, alt, "1 − specificity", "sensitivity", dashed=[((0, 1), (0, 1))], marks=marks)  # fmt: skip
        alt = f"Precision and recall of {name}: AUPRC {auprc}, where chance is the prevalence, {prevalence:.3f}."
        level = [((0, 1), (prevalence, prevalence))]
        yield f"Precision and recall: AUPRC {auprc}. Dashed: prevalence, {prevalence:.3f}.", plots.line(
            found.pr, alt, "recall (sensitivity)", "precision", steps=True, dashed=level)  # fmt: skip
        yield _benefit(name, found.benefit, found.benefit_all)
    far = np.abs(found.reliability.observed - found.reliability.predicted).max()
    alt = f"Reliability of {name}: in {len(found.reliability.images)} bins, at most {far:.2f} from the diagonal."
    yield f"Reliability: at most {far:.2f} from the diagonal.", plots.reliability(found.reliability, alt)
    alt = f"Scores of {name}: {found.n_present} present and {found.n_absent} absent images; the table has the counts."
    dotted = "" if entry.get("threshold") is None else " Dotted: the threshold."
    words = f"Scores: {found.n_present} present (filled), {found.n_absent} absent (dashed outline).{dotted}"
    yield words, plots.scores(found.histogram, alt, entry.get("threshold"))


def _benefit(name: str, benefit: Curve, treat_all: np.ndarray) -> tuple[str, Any]:
    better = benefit.y > np.maximum(treat_all, 0) + 1e-12
    where = f"{CHANCES[better].min():.2f} to {CHANCES[better].max():.2f}" if better.any() else "nowhere"
    alt = f"Decision curve of {name}: above calling all and calling none present at threshold probabilities {where}."
    top = max(0.05, 1.1 * float(max(benefit.y.max(), treat_all.max())))
    shown = treat_all >= FLOOR
    dashed = [(CHANCES[shown].tolist(), treat_all[shown].tolist()), ([0, 1], [0, 0])]
    words = f"Decision curve: above both dashed lines (all present, none present) at {where}."
    kept = Curve(benefit.x, np.maximum(benefit.y, FLOOR), benefit.at, benefit.low, benefit.high)
    return words, plots.line(
        kept, alt, "threshold probability", "net benefit", dashed=dashed, bottom=FLOOR, top=top)  # fmt: skip


def _marks(found: Curves, published: Sequence[Json]) -> tuple[list[plots.Mark], str]:
    """Points of the ROC: ours at the threshold, and those of others, each with a shape of its own."""
    marks, words, it = [], "", found.confusion
    if it is not None:
        false, true = it.false_present / found.n_absent, it.true_present / found.n_present
        marks.append(plots.Mark(false, true))
        words = " Dot: at the threshold."
    for (shape, called), other in zip(plots.OTHERS.items(), published, strict=False):
        marks.append(plots.Mark(1 - other["specificity"], other["sensitivity"], shape))
        words += f" Hollow {called}: {other['name']}."
    return marks, words


def at(curve: Curve, x: float) -> float:
    """The curve's height at a place, by interpolation."""
    return float(np.interp(x, curve.x, curve.y))


def _places(found: Curves) -> list[dict[str, str]]:
    """The curves at a few places, with their bands where they stand on the grid."""
    if found.roc is None or found.pr is None or found.benefit is None:
        return []
    return [
        {
            "at": f"{x:.2f}",
            "roc": _with_band(found.roc, x),
            "pr": _with_band(found.pr, x, steps=True),
            "benefit": _with_band(found.benefit, x),
            "all": _figure(float(np.interp(x, CHANCES, found.benefit_all)), math.nan, math.nan),
        }
        for x in TABLED
    ]


def _with_band(curve: Curve, x: float, steps: bool = False) -> str:
    first = min(int(np.searchsorted(curve.x, x - 1e-12)), curve.x.size - 1)
    y = float(curve.y[first]) if steps else at(curve, x)
    low, high = np.interp(x, curve.at, curve.low), np.interp(x, curve.at, curve.high)
    return _figure(y, float(low), float(high))


def _figure(value: float, low: float, high: float) -> str:
    """A figure and its interval; "to" rather than a dash, for net benefit may be negative."""
    text = f"{value:.3f}" if math.isnan(low) else f"{value:.3f} ({low:.3f} to {high:.3f})"
    return text.replace("-", "−")


def _bins(found: Curves) -> list[dict[str, Any]]:
    it = found.reliability
    return [
        {
            "images": int(images),
            "predicted": f"{predicted:.3f}",
            "observed": _figure(observed, low, high),
        }
        for images, predicted, observed, low, high in zip(
            it.images, it.predicted, it.observed, it.low, it.high, strict=True
        )
    ]


def _bars(found: Curves) -> list[tuple[str, int, int]]:
    """Per step of the histogram that is not empty: where, present, absent."""
    step = 1 / curves.BARS
    rows = enumerate(zip(found.histogram[1].tolist(), found.histogram[0].tolist(), strict=True))
    return [(f"{i * step:.2f}–{(i + 1) * step:.2f}", p, a) for i, (p, a) in rows if p + a]
