"""Finding by likeness: an image's text, a text's image, and the same eye and patient in another modality.

Each caption stands in the gallery of texts once, however many images carry it, and any image that carries it is a right
answer to it. A query is one caption of one image, so a caption of many images asks as often. Galleries are one
modality's. Intervals draw patients, and their queries with them; the gallery stays.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mmfundus.errors import ManifestError
from mmfundus.evaluate import bootstrap
from mmfundus.evaluate.retrieval import Places, places
from mmfundus.models import vectors
from mmfundus.models.reader import Reader
from mmfundus.tasks import Judged, _rows
from mmfundus.types import Manifest, Predictions, Row

OPTIONS = ("embeddings",)
KS = (1, 5, 10)
TEXTS = 1024  # encoded at a time

Json = dict[str, Any]


def judge(
    reader: Reader,
    manifest: Manifest,
    split: str,
    seed: int = 0,
    resamples: int = 1000,
    embeddings: Path | None = None,
) -> Judged:
    """Recall@1, 5 and 10, median rank and mean average precision of each direction, beside chance.

    Nothing is chosen, so no other split is needed. Images without a caption are counted in `no_caption` and stay out
    of image-text galleries. Raises ManifestError where the split has no rows, or nothing to be found.
    """
    rows = manifest.split(split)
    if not rows:
        raise ManifestError(f"{manifest.name}: the split {split!r} has no rows, so there is nothing to judge.")
    found = vectors.embedded(reader, rows, manifest.root, embeddings, manifest.name)
    blank = _rows.empty(found, {})
    read = [i for i, reason in enumerate(blank.refused) if not reason]
    seen = [rows[i] for i in read]
    tables = [*_with_text(reader, seen, found.vectors[read]), *_between(seen, found.vectors[read])]
    if not tables:
        raise ManifestError(
            f"{manifest.name}: the split {split!r} has no captions, and no eye or patient in two modalities, so there "
            "is nothing to find. Give a manifest with a column 'caption'."
        )
    parts = _rows.Parts(split, {}, {split: found}, {})
    test = Predictions(found.rows, (), np.zeros((len(rows), 0)), blank.refused)
    done = _rows.judged("retrieval", reader, manifest, parts, test, None, seed, 0)
    done.result["retrieval"] = [{**told, **_figures(where, owners, resamples, seed)} for told, where, owners in tables]
    done.result["no_caption"] = sum(not row.captions for row in rows)
    return done


Found = tuple[Json, Places, list[str]]  # what was asked of what, where the answers stand, each query's patient


def _with_text(reader: Reader, rows: Sequence[Row], x: np.ndarray) -> Iterator[Found]:
    """Image to text and text to image, a modality at a time."""
    for modality in sorted({row.modality for row in rows}):
        here = [i for i, row in enumerate(rows) if row.modality == modality and row.captions]
        texts = sorted({text for i in here for text in rows[i].captions})
        if not texts:
            continue
        at = {text: i for i, text in enumerate(texts)}
        said = np.concatenate([reader.texts(texts[i : i + TEXTS]) for i in range(0, len(texts), TEXTS)])
        own = [np.array(sorted({at[text] for text in rows[i].captions}), np.int64) for i in here]
        carriers: list[list[int]] = [[] for _ in texts]
        for place, captions in enumerate(own):
            for text in captions:
                carriers[text].append(place)
        counts = {"n_images": len(here), "n_texts": len(texts)}
        patients = [rows[i].patient for i in here]
        yield {"query": modality, "gallery": "text", "of": "caption", **counts}, places(x[here], said, own), patients
        by_text = places(said, x[here], [np.array(images, np.int64) for images in carriers])
        asked = np.array([text for captions in own for text in captions])
        owners = [patient for patient, captions in zip(patients, own, strict=True) for _ in captions]
        yield {"query": "text", "gallery": modality, "of": "caption", **counts}, _picked(by_text, asked), owners


def _between(rows: Sequence[Row], x: np.ndarray) -> Iterator[Found]:
    """Images of one modality to those of another: the same eye, and the same patient."""
    modalities = sorted({row.modality for row in rows})
    for what in ("eye", "patient"):
        keys = [(row.patient, row.eye if what == "eye" else "") for row in rows]
        for first in modalities:
            for second in (name for name in modalities if name != first):
                gallery = [i for i, row in enumerate(rows) if row.modality == second and (what != "eye" or row.eye)]
                owned: dict[tuple[str, str], list[int]] = {}
                for place, i in enumerate(gallery):
                    owned.setdefault(keys[i], []).append(place)
                queries = [i for i, row in enumerate(rows)
                           if row.modality == first and (what != "eye" or row.eye) and keys[i] in owned]  # fmt: skip
                if queries:
                    relevant = [np.array(owned[keys[i]], np.int64) for i in queries]
                    where = places(x[queries], x[gallery], relevant)
                    yield {"query": first, "gallery": second, "of": what}, where, [rows[i].patient for i in queries]


def _picked(found: Places, at: Int64[np.ndarray, "_"]) -> Places:
    """The same queries, each as often as it is asked."""
    each = (found.above[at], found.tied[at], found.right[at], found.relevant[at])
    return Places(*each, found.precision[at], found.size)


def _figures(found: Places, owners: Sequence[str], resamples: int, seed: int) -> Json:
    """Every figure with its interval over patients and its chance level."""
    names, owner = np.unique(owners, return_inverse=True)
    draws = [times[owner] for times in bootstrap.draws(len(names), resamples, seed)] if len(names) > 1 else []
    means = {f"recall@{k}": (found.hits(k), found.chance_hits(k)) for k in KS}
    means["map"] = (found.precision, found.chance_precision())
    shown: Json = {"n_queries": len(owners), "n_patients": len(names), "n_gallery": found.size}
    for name, (values, chance) in means.items():
        drawn = [float(values @ times / times.sum()) for times in draws]
        shown[name] = _interval(float(values.mean()), drawn, float(chance.mean()))
    rank, order = found.rank(), np.argsort(found.rank(), kind="stable")
    drawn = [_median(rank[order], times[order]) for times in draws]
    at_chance = found.chance_rank()
    shown["median_rank"] = _interval(_median(rank[order], np.ones(len(rank))), drawn, float(np.median(at_chance)))
    return shown


def _median(ordered: Float64[np.ndarray, "q"], times: np.ndarray) -> float:
    """The middle of values in order, each counted so many times; of two middles the mean."""
    total = np.cumsum(times)
    middles = np.searchsorted(total, [total[-1] / 2, total[-1] / 2 + 0.5], side="left")
    return float(ordered[middles].mean())


def _interval(value: float, drawn: Sequence[float], chance: float) -> Json:
    none = "all queries are of one patient, or no resamples were asked for"
    return {**bootstrap.of_draws(value, drawn, none).json(), "chance": chance}
