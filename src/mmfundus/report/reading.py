"""Readings as a section of a page: each image beside its map, and its likeliest findings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from mmfundus.report import pictures
from mmfundus.types import Finding, Reading, Refusal

SHOWN = 5  # findings of an image
EXACT = 1e-4  # how far a map's sum may lie from its cosine to be called that cosine's parts
EYES = {"R": "right eye", "L": "left eye", "": "eye not stated"}


def reading_view(readings: Sequence[Reading]) -> dict[str, Any]:
    """What templates/reading.html shows; one colour scale for all maps."""
    read = [reading for reading in readings if not reading.refused]
    firsts = [reading.findings[0] for reading in read if reading.findings]
    scale = pictures.shared_scale([finding.map for finding in firsts if finding.map is not None])
    return {
        "cards": [_card(reading, scale) for reading in read],
        "refused": [Refusal(reading.row.image, reading.refused) for reading in readings if reading.refused],
        "scale": f"{scale:.3g}",
        "gradient": gradient(),
    }


def _card(reading: Reading, scale: float) -> dict[str, Any]:
    row, pixels = reading.row, reading.pixels
    assert pixels is not None, "a reading that was not refused has its picture"
    first = reading.findings[0] if reading.findings else None
    shown = reading.findings[:SHOWN]
    eye = EYES.get(row.eye, row.eye)
    modality = row.modality or "modality unknown"
    recognised = ", as the model recognised" if row.extra.get("modality_by") else ""
    stated = ", ".join(map(_words, row.present)) or "nothing"
    overlay = None if first is None or first.map is None else pictures.overlay(pixels, first.map, scale)
    return {
        "image": row.image,
        "words": f"{modality}{recognised}, {eye}. Stated as present in the manifest: {stated}.",
        "side": pixels.shape[0],
        "picture": pictures.data_uri(pixels),
        "alt": f"{row.image} ({modality}, {eye}), as prepared for the model.",
        "overlay": overlay is not None and pictures.data_uri(overlay),
        "overlay_alt": _map_alt(first),
        "map_words": map_words(first),
        "findings_words": f"{len(shown)} likeliest of {len(reading.findings)} findings asked",
        "findings": [_bar(finding) for finding in shown],
    }


def _bar(finding: Finding) -> dict[str, str]:
    return {
        "label": _words(finding.label),
        "call": finding.call,
        "percent": f"{100 * finding.probability:.1f}",
        "probability": f"{100 * finding.probability:.1f} %",
        "cosine": f"{finding.cosine:+.3f}",
    }


def map_words(finding: Finding | None) -> str:
    """What the map is of, and whether it adds up; said of this map, not of maps in general."""
    if finding is None:
        return "No finding was asked, so there is no map."
    if finding.map is None:
        return f"This model has no map of {_words(finding.label)}."
    height, width = finding.map.shape
    total = float(finding.map.sum(dtype=np.float64))
    values = f"Map of {_words(finding.label)}: its {height} × {width} values add up"
    if abs(total - finding.cosine) <= EXACT:
        return f"{values} exactly to the cosine score, {finding.cosine:+.3f}."
    return f"{values} to {total:+.3f}, not to the cosine score {finding.cosine:+.3f}: an approximate map."


def _map_alt(finding: Finding | None) -> str:
    if finding is None or finding.map is None:
        return ""
    return f"The same picture under the map of {_words(finding.label)}, greatest in the {_place(finding.map)}."


def _place(map: Float[np.ndarray, "h w"]) -> str:
    """The third of the picture, each way, where the map is greatest."""
    row, column = np.unravel_index(int(map.argmax()), map.shape)
    across = ("left", "centre", "right")[3 * int(column) // map.shape[1]]
    return f"{('upper', 'middle', 'lower')[3 * int(row) // map.shape[0]]} {across}"


def gradient() -> str:
    """The overlay's colours over mid grey, as a CSS background."""
    against, favour = (" ".join(map(str, colour)) for colour in (pictures.AGAINST, pictures.FOR))
    ends = (f"rgb({against} / {pictures.STRONGEST})", f"rgb({against} / 0) 50%", f"rgb({favour} / 0) 50%",
            f"rgb({favour} / {pictures.STRONGEST})")  # fmt: skip
    return f"linear-gradient(to right, {', '.join(ends)}), rgb(128 128 128)"


def _words(label: str) -> str:
    """A concept id as words; free text has no underscore to lose."""
    return label.replace("_", " ")
