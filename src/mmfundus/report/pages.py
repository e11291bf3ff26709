"""Pages: one HTML file each, without network or script, from data alone.

A page is a list of sections; a section is a template and what it shows. The templates hold all
HTML and escape all they are given. `demo_page` shows the same sections as the others, together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmfundus import NOTICE, __version__
from mmfundus.knowledge.concepts import shipped
from mmfundus.knowledge.disagreements import Reviewed
from mmfundus.report import knowledge
from mmfundus.report.evaluation import evaluation_view, headline
from mmfundus.report.reading import reading_view
from mmfundus.report.review import review_view
from mmfundus.report.run import run_view
from mmfundus.report.shots import retrieval_view, shots_view
from mmfundus.report.words import leaked_mark
from mmfundus.types import Reading

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: its heading, its template and the view that the template shows."""

    title: str
    template: str
    view: Json


def run_page(events: Sequence[Json], config: Json) -> str:
    """A training run, finished or not, from the events of `metrics.jsonl` and its configuration."""
    return page("Training run", "", [Section("The run", "run.html", run_view(events, config))])


def evaluation_page(
    result: Json, readings: Sequence[Reading] = (), baseline: Json | None = None, more: Sequence[Section] = ()
) -> str:
    """The content of `metrics.json`; `baseline` is that of the weights training started from; then `more`."""
    if "retrieval" in result:  # which asks for no concept, so there is nothing else to show
        sections = [Section("Retrieval", "retrieval.html", retrieval_view(result))]
    else:
        sections = [Section("Evaluation", "evaluation.html", evaluation_view(result, baseline))]
    if "few_shot" in result:
        sections.insert(0, Section("Few shots", "shots.html", shots_view(result["few_shot"])))
    sections += more
    if readings:
        sections.append(_reading_section(readings))
    return page(
        "Evaluation",
        f"{result.get('model', 'unknown model')} on {result.get('manifest', 'unknown manifest')}",
        sections,
        leaked_mark(result),
    )


def reading_page(readings: Sequence[Reading], title: str = "Readings") -> str:
    """Image cards with maps and likeliest findings; refused images with their reason."""
    return page(title, "", [_reading_section(readings)])


def demo_page(
    events: Sequence[Json],
    config: Json,
    result: Json,
    readings: Sequence[Reading],
    commands: Sequence[tuple[str, str]],
    baseline: Json | None = None,
) -> str:
    """The whole way on one page; `commands` are pairs of what a command does and the command."""
    sections = [
        Section("What this is", "about.html", {"headline": headline(result, baseline)}),
        Section("Training", "run.html", run_view(events, config)),
        Section("Evaluation", "evaluation.html", evaluation_view(result, baseline)),
        _reading_section(readings),
        Section("What to try next", "commands.html", {"commands": commands}),
    ]
    return page("mmfundus: the whole way once", "Trained, judged and read on the sample in the package.", sections)


def review_page(items: Sequence[Reviewed], names: Sequence[str], title: str = "Review of notes") -> str:
    """Redacted notes beside what one captioner, or two, read out of them; disagreements first."""
    return page(title, f"Read by {' and '.join(names)}.", [Section("Notes", "review.html", review_view(items, names))])


def knowledge_page() -> str:
    """All concepts by chapter, scales, referral policies and sources, as they ship: docs/concepts.html."""
    found = shipped()
    sections = [Section(title, "concepts.html", view) for title, view in knowledge.chapters_view(found)]
    sections += [
        Section("Scales and groups", "scales.html", knowledge.scales_view(found.scales)),
        Section("Referral policies", "policies.html", knowledge.policies_view()),
        Section("Sources", "sources.html", knowledge.sources_view(found)),
    ]
    return page("What mmfundus knows", "Concepts, scales and policies, unreviewed unless a source is named.", sections)


def _reading_section(readings: Sequence[Reading]) -> Section:
    return Section("Images read", "reading.html", reading_view(readings))


def page(title: str, lead: str, sections: Sequence[Section], leaked: str = "") -> str:
    """A page of sections, whatever they show; `leaked` stands in the caption of each table and chart of figures."""
    shown = {"title": title, "lead": lead, "sections": sections, "leaked": leaked}
    shown |= {"notice": NOTICE, "version": __version__}
    return _environment().get_template("page.html").render(shown)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("mmfundus.report"),
        autoescape=True,  # every template, whatever its name
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
