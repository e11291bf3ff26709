"""Worst errors as a section of a page: where the model was most sure and wrong, with picture and map."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmfundus.clinic import reading
from mmfundus.data.manifest import labels
from mmfundus.evaluate.questions import stated
from mmfundus.models.reader import Reader
from mmfundus.report import pictures
from mmfundus.report.each import entry_of
from mmfundus.report.reading import gradient, map_words
from mmfundus.tasks import Judged
from mmfundus.types import Finding, Manifest, Reading, Row

SHOWN = 16  # pictures on a page
SIDE = 224  # pixels of a picture here: what is wrong is seen, and the page stays small


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image that the model was wrong about, and what was stated of it."""

    row: Row
    concept: str
    present: bool
    probability: float
    rank: int  # its place among the images of its stated class, the most wrong first
    of: int


def worst(judged: Judged, most: int = SHOWN) -> list[Mistake]:
    """Per question the absent image scored highest and the present one scored lowest, in turn, at most `most`.

    Where a threshold was chosen, only images on its wrong side. The first of each question come before
    the second of any.
    """
    lists = [list(found) for found in _wrong(judged)]
    ordered = [
        found[depth] for depth in range(max(map(len, lists), default=0)) for found in lists if depth < len(found)
    ]
    return ordered[:most]


def _wrong(judged: Judged) -> Iterator[Iterator[Mistake]]:
    """Per question and stated class, its wrong images, the most confident first."""
    found = judged.predictions
    table = stated(found, labels(found.rows, found.concepts))
    for modality in table.modalities:
        read = table.read(modality)
        for column, concept in enumerate(found.concepts):
            threshold = entry_of(judged.result, modality, concept).get("threshold")
            for present in (False, True):
                scores = found.probability[read, column]
                here = (table.labels[read, column] == present) & ~np.isnan(scores)
                yield _of_class(judged, concept, present, read[here], scores[here], threshold)


def _of_class(
    judged: Judged, concept: str, present: bool, rows: np.ndarray, scores: np.ndarray, threshold: float | None
) -> Iterator[Mistake]:
    order = np.argsort(scores if present else -scores, kind="stable")
    for rank, i in enumerate(order[:SHOWN].tolist(), start=1):
        wrong = threshold is None or (scores[i] < threshold) == present
        if wrong:
            yield Mistake(judged.predictions.rows[rows[i]], concept, present, float(scores[i]), rank, len(order))


def look(reader: Reader, manifest: Manifest, judged: Judged, most: int = SHOWN) -> list[tuple[Mistake, Reading]]:
    """The worst errors, read again for their picture and map."""
    found = worst(judged, most)
    asked = {
        modality: tuple(part["concepts"]) for modality, part in judged.result["modalities"].items() if part["concepts"]
    }
    rows = list({it.row.image: it.row for it in found}.values())
    seen = {one.row.image: one for one in reading.read(reader, rows, manifest.root, asked, most=None)}
    return [(it, seen[it.row.image]) for it in found if not seen[it.row.image].refused]


def mistakes_view(seen: Sequence[tuple[Mistake, Reading]]) -> dict[str, Any]:
    """What templates/mistakes.html shows; one colour scale for all maps."""
    found = [(it, one, _finding(one, it.concept)) for it, one in seen]
    scale = pictures.shared_scale([f.map for _, _, f in found if f is not None and f.map is not None])
    return {
        "cards": [_card(it, one, finding, scale) for it, one, finding in found],
        "scale": f"{scale:.3g}",
        "gradient": gradient(),
    }


def _finding(one: Reading, concept: str) -> Finding | None:
    return next((finding for finding in one.findings if finding.label == concept), None)


def _card(it: Mistake, one: Reading, finding: Finding | None, scale: float) -> Mapping[str, Any]:
    assert one.pixels is not None, "a reading that was not refused has its picture"
    concept = it.concept.replace("_", " ")
    pixels = pictures.smaller(one.pixels, SIDE)
    map = None if finding is None else finding.map
    state = "present" if it.present else "absent"
    extreme = "lowest" if it.present else "highest"
    return {
        "image": it.row.image,
        "head": f"{concept}: stated {state}, probability {it.probability:.3f}",
        "words": f"{it.row.modality}; {_ordinal(it.rank)} {extreme} of {it.of} images stated {state}.",
        "side": pixels.shape[0],
        "picture": pictures.data_uri(pixels, quality=80),
        "alt": f"{it.row.image} ({it.row.modality}), as prepared for the model.",
        "overlay": "" if map is None else pictures.data_uri(pictures.overlay(pixels, map, scale), quality=80),
        "overlay_alt": "" if map is None else f"The same picture under the map of {concept}.",
        "map_words": map_words(finding),
    }


def _ordinal(rank: int) -> str:
    return "" if rank == 1 else f"{rank}{ {2: 'nd', 3: 'rd'}.get(rank, 'th') }"
