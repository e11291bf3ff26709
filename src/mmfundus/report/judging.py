"""The parts of an evaluation's page beside its tables, in their order."""

from dataclasses import dataclass
from typing import Any

from mmfundus.models.reader import Reader
from mmfundus.report import beside, checklists, each, methods, mistakes, nearby, preset
from mmfundus.report.evaluation import calibrated_by
from mmfundus.report.pages import Section
from mmfundus.tasks import Judged
from mmfundus.types import Manifest, Reading


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of the images themselves, for which the model and the manifest are needed once more."""

    flow: list[dict[str, Any]]
    mistakes: list[tuple[mistakes.Mistake, Reading]]
    nearby: nearby.Nearby


def look(reader: Reader, manifest: Manifest, split: str, judged: Judged) -> Seen:
    """The flow of participants, the worst errors with their maps, and what lies near what."""
    assert judged.seen is not None, "a zero-shot evaluation keeps its vectors"
    return Seen(
        methods.flow(manifest, split, judged),
        mistakes.look(reader, manifest, judged),
        nearby.look(manifest.root, reader.size, judged.seen),
    )


def sections(judged: Judged, seen: Seen | None = None) -> list[Section]:
    """Everything after the tables; what shows images only where they were looked at."""
    result = judged.result
    found = [Section("How it was judged", "methods.html", methods.methods_view(result, seen.flow if seen else ()))]
    if result.get("preset"):
        found.append(Section("Preset", "preset.html", preset.preset_view(judged)))
    view = each.each_view(judged)
    if view["questions"]:
        found.append(Section("Each concept", "each.html", view))
    if calibrated_by(result):
        found.append(Section("Calibration", "calibration.html", beside.calibration_view(result)))
    if result.get("scales") or result.get("exclusive"):
        found.append(Section("Grades and classes", "grades.html", beside.grades_view(result)))
    if result.get("comparison"):
        found.append(Section("Two models", "comparison.html", beside.comparison_view(result["comparison"])))
    if seen:
        found += [
            Section("Worst errors", "mistakes.html", mistakes.mistakes_view(seen.mistakes)),
            Section("Nearest images", "nearest.html", nearby.nearest_view(seen.nearby)),
            Section("The space", "projection.html", nearby.projection_view(seen.nearby)),
        ]
    checked = checklists.checklists_view(result, seen is not None)
    return [*found, Section("Reporting checklists", "checklists.html", checked)]
