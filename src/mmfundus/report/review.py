"""Notes beside what was read out of them, for a reviewer: what two captioners say differently comes first."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmfundus.knowledge import concepts
from mmfundus.knowledge.disagreements import DISAGREE, KINDS, Compared, Reviewed
from mmfundus.report.reading import EYES

Json = Mapping[str, Any]

MOST = 400  # notes on a page; more than a browser likes, and than a person reads


def review_view(items: Sequence[Reviewed], names: Sequence[str]) -> Json:
    """What templates/review.html shows: of all notes the figures, of the first MOST the notes themselves.

    Args:
        items: notes in any order; those with most to look at are shown first.
        names: of the captioner, or of the two.
    """
    ordered = sorted(items, key=lambda item: (-item.disagreements, not _refusals(item, names), item.row))
    cards = [_card(item, names) for item in ordered[:MOST]]
    labels = _labels(names)
    return {
        "names": list(names),
        "facts": _facts(items, names),
        "cards": cards,
        "left": max(0, len(items) - MOST),
        "filters": [
            (kind, label, count) for kind, label in labels.items() if (count := sum(kind in c["kinds"] for c in cards))
        ],
        "labels": labels,
    }


def _labels(names: Sequence[str]) -> dict[str, str]:
    """The kinds of what is shown, in words; with one captioner nothing can differ."""
    if len(names) < 2:
        return {"same": "found", "refused": "refused", "rejected": "rejected"}
    first, second = names
    return {
        "differ": "said differently",
        "first": f"{first} alone",
        "second": f"{second} alone",
        "rejected": "rejected",
        "refused": "refused",
        "implied": "in a narrower or wider word",
        "same": "said alike",
    }


def _facts(items: Sequence[Reviewed], names: Sequence[str]) -> list[tuple[str, str]]:
    counts = {kind: sum(one.kind == kind for item in items for one in item.compared) for kind in KINDS}
    labels = _labels(names)
    found = [("notes", f"{len(items):,}")]
    if len(names) > 1:
        found.append(("notes with a disagreement", f"{sum(item.disagreements > 0 for item in items):,}"))
    found += [(f"findings {labels[kind]}", f"{counts[kind]:,}") for kind in KINDS if kind in labels and counts[kind]]
    rejected = sum(len(item.first.rejected) + len(item.second.rejected if item.second else ()) for item in items)
    refused = sum(bool(_refusals(item, names)) for item in items)
    return [*found, ("statements rejected", f"{rejected:,}"), ("notes refused", f"{refused:,}")]


def _card(item: Reviewed, names: Sequence[str]) -> Json:
    findings = [_finding(number, one, item) for number, one in enumerate(item.compared, start=1)]
    spans = [(*place, f["number"], f["kind"]) for f in findings for place in f["places"]]
    rejected = [*item.first.rejected, *(item.second.rejected if item.second else ())]
    refused = _refusals(item, names)
    kinds = [one.kind for one in item.compared] + ["rejected"] * bool(rejected) + ["refused"] * bool(refused)
    return {
        "row": item.row,
        "kinds": sorted(set(kinds)),
        "words": _words(item, len(rejected), bool(refused)),
        "text": segments(item.note.text, spans),
        "findings": findings,
        "rejected": [(EYES.get(one.eye, one.eye), one) for one in rejected],
        "refused": refused,
    }


def _words(item: Reviewed, rejected: int, refused: bool) -> str:
    """What there is to look at, counted; with nothing of that kind, how much was found."""
    parts = [(item.disagreements, "disagreement"), (rejected, "rejected statement")]
    said = [f"{count} {what}{'s' if count > 1 else ''}" for count, what in parts if count] + ["refused"] * refused
    return ", ".join(said) or f"{len(item.compared)} finding{'s' if len(item.compared) != 1 else ''}"


def _finding(number: int, one: Compared, item: Reviewed) -> dict[str, Any]:
    return {
        "number": number,
        "kind": one.kind,
        "eye": EYES[one.eye].removesuffix(" eye"),
        "name": concepts.concepts()[one.concept].name,
        "id": one.concept,
        "said": [one.first, one.second][: 1 if item.second is None else 2],
        "disagree": one.kind in DISAGREE,
        "places": [item.note.shown(*place) for place in one.places],
    }


def _refusals(item: Reviewed, names: Sequence[str]) -> list[tuple[str, str]]:
    both = zip(names, (item.first, item.second), strict=False)
    return [(name, found.refused) for name, found in both if found is not None and found.refused]


def segments(text: str, spans: Iterable[tuple[int, int, int, str]]) -> list[Json]:
    """A text in pieces: each with the gravest kind of the findings that rest on it, and the numbers that end there.

    Args:
        text: what is shown.
        spans: start, end, the finding's number and its kind; they may overlap.
    """
    known = [span for span in spans if span[1] > span[0]]
    edges = sorted({0, len(text), *(edge for start, end, *_ in known for edge in (start, end))})
    pieces: list[Json] = []
    for start, end in itertools.pairwise(edges):
        over = [span for span in known if span[0] <= start and end <= span[1]]
        kinds = sorted((kind for *_, kind in over), key=KINDS.index)
        numbers = sorted({number for _, last, number, _ in over if last == end})
        pieces.append({"text": text[start:end], "kind": kinds[0] if kinds else "", "numbers": numbers})
    return pieces
