"""What lies near what in the model's space, as sections of a page: nearest images, and the vectors on a plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmfundus.evaluate.neighbours import Neighbours, nearest
from mmfundus.evaluate.projection import principal
from mmfundus.models import embed
from mmfundus.report import pictures, plots
from mmfundus.types import Embeddings, Row

ROWS = 400  # of the judged ones that the page shows: spread evenly over the table
QUERIES = 6
NEAREST = 4
SIDE = 112  # pixels of a picture
GROUPS = 8  # drawn with a shape of their own; the rest is "other"


@dataclass(frozen=True, slots=True)
class Nearby:
    """Vectors of some judged rows, and the pictures of those that are shown."""

    embeddings: Embeddings
    asked: tuple[int, ...]  # rows whose neighbours are shown
    found: Neighbours
    pictures: Mapping[int, np.ndarray]  # by row
    of: int  # how many rows were judged


def look(root: Path, size: int, judged: Embeddings) -> Nearby:
    """Of up to ROWS of the judged rows, the nearest of QUERIES of them, and the pictures that are shown.

    `root` is where the images are, `size` the side of the model's picture.
    """
    vectors = judged.only(_spread(len(judged.rows), ROWS))
    readable = [i for i, refused in enumerate(vectors.refused) if not refused]
    asked = tuple(readable[i] for i in _spread(len(readable), QUERIES))
    found = nearest(vectors.only(asked), vectors, NEAREST)
    shown = sorted({*asked, *(int(i) for i in found.row.ravel() if i >= 0)})
    picture = embed.from_files(root, size)
    drawn = {i: pictures.smaller(picture(vectors.rows[i]), SIDE) for i in shown}
    return Nearby(vectors, asked, found, drawn, len(judged.rows))


def _spread(n: int, most: int) -> list[int]:
    """At most `most` of n places, evenly, the first among them."""
    return sorted({i * n // min(n, most) for i in range(min(n, most))})


def nearest_view(it: Nearby) -> dict[str, Any]:
    """What templates/nearest.html shows."""
    lines = [
        {
            "asked": _picture(it, i),
            "found": [
                {**_picture(it, int(j)), "cosine": f"{cosine:.3f}"}
                for j, cosine in zip(it.found.row[n], it.found.cosine[n], strict=True)
                if j >= 0
            ],
        }
        for n, i in enumerate(it.asked)
    ]
    return {"lines": lines, "rows": len(it.embeddings.rows), "of": it.of}


def _picture(it: Nearby, i: int) -> dict[str, Any]:
    row, pixels = it.embeddings.rows[i], it.pictures[i]
    stated = ", ".join(concept.replace("_", " ") for concept in row.present) or "nothing stated as present"
    return {
        "image": row.image,
        "words": f"{row.modality}: {stated}",
        "picture": pictures.data_uri(pixels, quality=75),
        "side": pixels.shape[0],
        "alt": f"{row.image}, {row.modality}: {stated}",
    }


def projection_view(it: Nearby) -> dict[str, Any]:
    """What templates/projection.html shows: the same plane by modality and by what is stated."""
    plane = principal(it.embeddings)
    rows = [it.embeddings.rows[i] for i in plane.rows]
    first, second = (f"{100 * share:.0f} %" for share in plane.share)
    charts = []
    for name, key in (("modality", lambda row: row.modality), ("stated concept", _concept)):
        groups = _groups([key(row) for row in rows])
        places = {group: plane.places[members] for group, members in groups.items()}
        sizes = ", ".join(f"{group} {len(members)}" for group, members in groups.items())
        alt = f"{len(rows)} images on a plane that shows {first} and {second} of the variance, by {name}: {sizes}."
        cloud = plots.cloud(places, alt, f"first component ({first})", f"second component ({second})")
        charts.append((f"By {name}: {sizes}.", cloud))
    return {"charts": charts, "share": f"{100 * sum(plane.share):.0f} %", "rows": len(rows), "of": it.of}


def _concept(row: Row) -> str:
    """The one concept that is stated; several are a group of their own."""
    if not row.present:
        return "none stated"
    return row.present[0].replace("_", " ") if len(row.present) == 1 else "several"


def _groups(names: Sequence[str]) -> dict[str, list[int]]:
    """Members by group, the largest first; what is beyond GROUPS together as "other"."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        found.setdefault(name, []).append(i)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    if len(ordered) <= GROUPS:
        return dict(ordered)
    rest = sorted(i for _, members in ordered[GROUPS - 1 :] for i in members)
    return {**dict(ordered[: GROUPS - 1]), "other": rest}
