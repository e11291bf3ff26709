"""Results as lines of text and as JSON: what a verb prints."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmfundus import NOTICE
from mmfundus.data.check import Report
from mmfundus.types import Finding, Reading

VOLUME = ("rule", "frames", "frames_refused")  # what is said of the answer of a volume
SHOWN = 5  # findings a line of the table shows
CALLS = (
    "Present, absent or unsure as the model's card promises, for patients like those it was calibrated on; it is no "
    "statement about this one eye."
)


def one_line(text: str) -> str:
    """The text as a terminal may get it: line ends, control characters and broken encodings as escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def result_lines(result: Mapping[str, Any], baseline: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Macro AUROC of an evaluation, in all and per modality, with 95 % intervals."""
    yield f"{result['task']} of {result['model']} on {result['manifest']}: {_counts(result)}"
    yield from _retrieval_lines(result.get("retrieval", ()))
    for point in result.get("few_shot", {}).get("curve", ()):
        yield f"  {point['shots']:2} shots  {point['method']:14} mean AUROC {_figure(point['auroc'])}"
    judged = [] if "retrieval" in result else [("all", result), *result["modalities"].items()]
    for name, part in judged:
        beside = None if baseline is None else baseline if name == "all" else baseline["modalities"].get(name)
        start = f"   start weights {_figure(beside['macro']['auroc'])}" if beside else ""
        auroc = part["macro"]["auroc"]
        yield f"  {name:5} macro AUROC {_figure(auroc)} over {auroc['over']} of {auroc['of']} concepts{start}"
    yield from _calibration_lines(result.get("calibration", {}))
    yield from _preset_lines(result.get("preset", {}))
    for modality, images in result.get("not_judged", {}).items():
        yield f"  {images} {modality} images state no concept and are not judged"
    yield from (f"  {sentence}" for sentence in alerts(result))


def _calibration_lines(found: Mapping[str, Any]) -> Iterator[str]:
    for modality, part in found.get("modalities", {}).items():
        if not part["applied"]:
            yield f"  {modality:5} not calibrated: {part['reason']}"
            continue
        bent = [one for one in part["concepts"].values() if one["calibrated"]]
        yield f"  {modality:5} calibrated by {found['method']}: {len(bent)} of {len(part['concepts'])} concepts"


def _preset_lines(found: Mapping[str, Any]) -> Iterator[str]:
    units = {"image": found, **found.get("units", {})}
    for modality in found.get("modalities", {}):
        for unit, part in units.items():
            for composite, entry in part["modalities"].get(modality, {}).get("concepts", {}).items():
                of = f"{entry['n_present']} with it, {entry['n_absent']} without"
                yield f"  {modality:5} {composite:22} by {unit:7} AUROC {_figure(entry['auroc'])}; {of}"


def _retrieval_lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for line in found:
        first, chance = line["recall@1"], line["recall@1"]["chance"]
        asked = f"{line['query']} to {line['gallery']}, same {line['of']}"
        yield f"  {asked:28} Recall@1 {_figure(first)} of {line['n_gallery']}; by chance {chance:.3f}"


def leaked_mark(result: Mapping[str, Any]) -> str:
    """What stands beside every figure of images of which some were seen in training; empty where none was found."""
    number = (result.get("leakage") or {}).get("n_rows")
    return f"{number} of {result['n_images']} LEAKED" if number else ""


def alerts(result: Mapping[str, Any]) -> Iterator[str]:
    """What must be known before any figure is read: leaked rows, and labels that a cue without content tells."""
    leaked = result.get("leakage") or {}
    if leaked.get("n_rows"):
        kinds = ", ".join(f"{kind} {number}" for kind, number in leaked["by_kind"].items() if number)
        yield f"LEAKED: {leaked['n_rows']} of {result['n_images']} images were seen in training ({kinds})."
    told: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for alarm in (result.get("shortcuts") or {}).get("alarms", ()):
        told.setdefault((alarm["concept"], alarm["modality"]), []).append(alarm)
    for (concept, modality), alarms in told.items():
        cues = ", ".join(f"{alarm['cue']} {_figure(alarm['auroc'])}" for alarm in alarms)
        yield f"SHORTCUT: {concept} on {modality} is told without the eye, AUROC of {cues}. It is no result."


def check_lines(report: Report) -> Iterator[str]:
    """What `check` found: the count, each refused file with its reason, what is said of others, and of the set."""
    yield f"{len(report.entries)} files: {len(report.entries) - len(report.refused)} ok, {len(report.refused)} refused"
    for entry in report.entries:
        if entry.reason:
            yield f"  {entry.status:7}  {one_line(entry.image)}: {entry.reason}"
    yield from report.findings


def reading_lines(readings: Sequence[Reading]) -> Iterator[str]:
    """One block an image: its likeliest findings, or why there are none."""
    for one in readings:
        by = " (recognised)" if one.row.extra.get("modality_by") else ""
        yield f"{one_line(one.row.image)}   {one.row.modality or 'modality unknown'}{by}"
        if "rule" in one.row.extra:
            yield f"  of {one.row.extra['frames']} B-scans: {one.row.extra['rule']}"
        if one.refused:
            yield f"  refused: {one_line(one.refused)}"
        for finding in one.findings[:SHOWN]:
            yield f"  {finding.probability:6.3f}  {finding.label}{_called(finding)}{_uncalibrated(finding, readings)}"
        if len(one.findings) > SHOWN:
            yield f"  and {len(one.findings) - SHOWN} less likely"
    if any(finding.call for one in readings for finding in one.findings):
        yield CALLS
    yield f"Probabilities are relative to the labels asked and {_calibration(readings)}. {NOTICE}"


def _calibration(readings: Sequence[Reading]) -> str:
    """Whether probabilities are calibrated: all, none or some of them."""
    said = {finding.calibrated for one in readings for finding in one.findings}
    if said == {True}:
        return "calibrated on the model's validation rows"
    return "calibrated on the model's validation rows where not marked" if True in said else "not calibrated"


def _called(finding: Finding) -> str:
    return f"   {finding.call}" if finding.call else ""


def _uncalibrated(finding: Finding, readings: Sequence[Reading]) -> str:
    """A mark where others beside it are calibrated."""
    any_is = any(other.calibrated for one in readings for other in one.findings)
    return "   (not calibrated)" if any_is and not finding.calibrated else ""


def readings_json(readings: Sequence[Reading], model: str) -> str:
    """All findings of all images, strict JSON."""
    items = [
        {
            "image": one.row.image,
            "modality": one.row.modality,
            "modality_recognised": bool(one.row.extra.get("modality_by")),
            "findings": [
                {"label": f.label, "probability": f.probability, "calibrated": f.calibrated, "cosine": f.cosine}
                | ({"call": f.call} if f.call else {})
                for f in one.findings
            ],
            "refused_because": one.refused or None,
            **({"volume": {key: one.row.extra[key] for key in VOLUME}} if "rule" in one.row.extra else {}),
        }
        for one in readings
    ]
    return json.dumps({"model": model, "notice": NOTICE, "images": items}, indent=1, allow_nan=False)


def _counts(result: Mapping[str, Any]) -> str:
    return f"{result['n_images']} images of {result['n_patients']} patients, {result['n_refused']} refused"


def _figure(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return "undefined"
    interval = "no interval" if entry["low"] is None else f"{entry['low']:.3f} to {entry['high']:.3f}"
    return f"{entry['value']:.3f} ({interval})"
