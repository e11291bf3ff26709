"""How an evaluation came about, as a section of a page: who was judged, and by which rules.

What a reviewer asks for first: the flow of images and patients from the table to the figures, the unit
of analysis, where thresholds come from, how intervals are made, what became of missing values.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmfundus.report.evaluation import calibrated_by
from mmfundus.tasks import Judged
from mmfundus.types import Manifest, Row

Json = Mapping[str, Any]


def flow(manifest: Manifest, split: str, judged: Judged) -> list[dict[str, Any]]:
    """Images and patients that are left after each step, and who went and why; as STARD's diagram has it."""
    of_split, asked = manifest.split(split), judged.predictions.rows
    refused = [row for row, no in zip(asked, judged.predictions.refused, strict=True) if no]
    read = [row for row, no in zip(asked, judged.predictions.refused, strict=True) if not no]
    labelled = [row for row in read if row.present or row.absent]
    went = [row for row in manifest.rows if row.split != split]
    return [
        _step(f"in {manifest.name}", manifest.rows, ""),
        _step(f"in the split {split!r}", of_split, _gone(went, "in other splits")),
        _step("asked", asked, _gone(set_apart(of_split, asked), "of modalities of which no concept is stated")),
        _step("read by the model", read, _gone(refused, "refused; each is named with its reason")),
        _step("with a stated label", labelled, _gone(set_apart(read, labelled), "of which nothing is stated")),
    ]


def set_apart(rows: Sequence[Row], kept: Sequence[Row]) -> list[Row]:
    """The rows that are not among those kept."""
    names = {row.image for row in kept}
    return [row for row in rows if row.image not in names]


def _step(name: str, rows: Sequence[Row], left: str) -> dict[str, Any]:
    return {"name": name, "images": len(rows), "patients": _patients(rows), "left": left}


def _gone(rows: Sequence[Row], why: str) -> str:
    return f"{len(rows)} images of {_patients(rows)} patients: {why}" if rows else ""


def _patients(rows: Iterable[Row]) -> int:
    return len({row.patient for row in rows})


def methods_view(result: Json, steps: Sequence[Json] = ()) -> dict[str, Any]:
    """What templates/methods.html shows."""
    return {"flow": steps, "methods": methods(result)}


def methods(result: Json) -> list[tuple[str, str]]:
    """By what a reviewer asks, what was done; only what this result bears out."""
    entries = [entry for part in (result.get("modalities") or {}).values() for entry in part["concepts"].values()]
    return [
        ("Unit of analysis", _unit(result)),
        ("Labels", "As the manifest states them, with what follows from them by the concepts' relations (a grade "
         "implies its disease and excludes the other grades). Who stated them and how is not known here."),
        ("Missing labels", "An image of which nobody stated a concept as present or absent counts neither for nor "
         "against it: every concept has images of its own, and no label was guessed."),
        ("Refused images", _refused(result.get("n_refused", 0))),
        ("Thresholds", _thresholds(entries)),
        ("Intervals", f"95 %, percentiles of resampling whole patients with replacement (seed {result.get('seed')}). "
         "They say how much another such sample of patients would move the figure; they do not speak of other cameras, "
         "countries or ways of choosing images, are not corrected for the number of concepts, are too narrow where few "
         "patients have a finding, and have no width where no pair is misordered, which is not certainty."),
        ("What was tuned on what", _tuned(result)),
    ]  # fmt: skip


def _unit(result: Json) -> str:
    more = (
        "; figures by eye and by patient (the worst image decides) are in metrics.json" if result.get("units") else ""
    )
    return (
        f"The image{more}. {result.get('n_images', 'unknown')} images of {result.get('n_patients', 'unknown')} "
        "patients; patients are the unit of intervals, as two images of one patient are not two independent proofs. "
        "Images are ranked within their modality only. An average is over questions (a concept in a modality), each "
        "counting alike, however many images it has."
    )


def _refused(n: int) -> str:
    if not n:
        return "None: every image that was asked could be read."
    return (
        f"{n} of the images asked could not be read. They are left out of every figure, which assumes that they are "
        "like those that could; their list says which they are and why."
    )


def _thresholds(entries: Sequence[Json]) -> str:
    chosen = sum(entry.get("threshold") is not None for entry in entries)
    if not chosen:
        return (
            "None: there were no validation rows of other patients to choose one on, so nothing is called present or "
            "absent, and there is no sensitivity or specificity."
        )
    return (
        f"For {chosen} of {len(entries)} questions a threshold was chosen: where sensitivity + specificity − 1 is "
        "greatest (Youden) on the rows of the split 'val', whose patients are not among those judged. Where that was "
        "not possible there is none, and nothing is called present or absent."
    )


def _tuned(result: Json) -> str:
    split = str(result.get("manifest", "")).rpartition(", split ")[2]
    used = {
        "val": "The judged rows are of the split 'val', on which training chooses its best step: if this model was "
        "trained with this manifest, these figures are flattered.",
        "train": "The judged rows are of the split 'train': if this model was trained with this manifest, it has seen "
        "them, and these figures say how well it remembers.",
    }.get(split, "The judged rows were used by this command for nothing but these figures.")
    after = " Calibration was fitted on validation rows and came with the model." if calibrated_by(result) else ""
    return (
        f"{used} Prompts: those sealed with the model.{after} What the model was trained on, and whether judged "
        "patients were among them, the model's card and a leakage check must say; this page cannot."
    )
