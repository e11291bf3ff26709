"""A DICOM file as rows, one a frame, and the answer of a volume from those of its B-scans.

The rule: a finding's probability is the mean over the tenth of the B-scans where it is likeliest, at least one, for a
lesion may lie in few of them and one scan may be wrong; of `normal` it is the tenth where it is least likely, for an
eye is normal where no part of it is not. It is an order, not calibrated, whatever the scans' own probabilities are.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from mmfundus.data.dicom import address, files
from mmfundus.knowledge.concepts import NORMAL
from mmfundus.types import Finding, Reading, Row

SHARE = 0.1
RULE = "mean of the tenth of the B-scans where it is likeliest (of normal: least likely)"
OTHER = "other"
VOLUME = "volume"  # key of a row's extra: the file that the frame is of


def rows(path: Path, modality: str = "") -> list[Row]:
    """A row for each frame that a path names; an empty modality is one the file does not tell.

    Raises UnreadableImage.
    """
    file, number = address.split(path)
    found = files.facts(file)
    kind = modality or found.modality
    told = Row(str(file), kind, found.patient or str(file), found.eye, found.study, extra=_extra(found))
    if number:
        return [replace(told, image=str(path))]
    if found.frames == 1:
        return [told]
    each = {VOLUME: str(file), **told.extra}
    frames = range(1, found.frames + 1)
    return [replace(told, image=address.join(str(file), i), extra=each) for i in frames]


def _extra(found: Any) -> dict[str, str]:
    return {"why": found.why, "device": found.device, "acquired": found.acquired}


def with_answers(readings: Sequence[Reading], most: int | None = None) -> list[Reading]:
    """The readings, before the frames of each volume its answer; all findings of the frames must be there."""
    found: list[Reading] = []
    for volume, frames in groupby(readings, key=lambda one: one.row.extra.get(VOLUME, "")):
        each = list(frames)
        found += [answer(each), *each] if volume else each
    return [replace(one, findings=one.findings[:most]) for one in found]


def answer(frames: Sequence[Reading]) -> Reading:
    """What the frames say together. A refused frame says nothing; if all are refused, so is the volume."""
    first = frames[0].row
    read = [one for one in frames if not one.refused]
    extra = {**first.extra, "rule": RULE, "frames": str(len(frames)), "frames_refused": str(len(frames) - len(read))}
    extra.pop(VOLUME, None)
    row = replace(first, image=first.extra[VOLUME], extra=extra)
    if not read:
        return Reading(row, None, refused=frames[0].refused)
    by_label: dict[str, list[tuple[Finding, Reading]]] = {}
    for one in read:
        for finding in one.findings:
            by_label.setdefault(finding.label, []).append((finding, one))
    together = sorted((_together(label, said) for label, said in by_label.items()), key=_likeliest)
    shown = together[0][1] if together else read[0]
    row = replace(row, extra={**extra, "shown": shown.row.image.rpartition("#")[2]})  # the B-scan in the picture
    return Reading(row, shown.pixels, tuple(finding for finding, _ in together))


def _together(label: str, said: Sequence[tuple[Finding, Reading]]) -> tuple[Finding, Reading]:
    """One finding of all frames, with cosine, map and picture of the frame that decides most."""
    order = sorted(said, key=lambda pair: pair[0].probability, reverse=label != NORMAL)
    tenth = order[: math.ceil(SHARE * len(order))]
    mean = math.fsum(finding.probability for finding, _ in tenth) / len(tenth)
    return replace(order[0][0], probability=mean, calibrated=False), order[0][1]


def _likeliest(pair: tuple[Finding, Reading]) -> tuple[float, str]:
    return -pair[0].probability, pair[0].label
