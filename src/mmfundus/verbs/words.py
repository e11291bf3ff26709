"""What is known of the eye, and how a model is asked for it."""

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from mmfundus.errors import UsageError
from mmfundus.tables import writable


def concepts(modality: str = "", out: Path | None = None) -> int:
    """List all concepts by id: where each is seen, its name and abbreviations.

    Research software, not a medical device.

    Args:
        modality: Only those that such pictures can show.
        out: Also write a page (HTML) with their names, codes, grades, findings and sources.
    """
    from mmfundus.knowledge.wording import words
    from mmfundus.report import files, knowledge, pages

    if modality:
        words(modality)  # refuses a modality that is none
    if out is not None:
        if out.suffix.lower() != ".html":
            raise UsageError(f"{out.name!r} does not end in .html; the page is written as HTML.")
        writable(out.parent)
        files.write_text(out, pages.knowledge_page())
    print("\n".join(knowledge.concept_lines(modality)))
    return 0


def prompts(
    concept: Positional[str],
    modality: str,
    style: Literal["name", "synonyms", "findings"] = "findings",
    denied: bool = False,
    location: str = "",
    severity: str = "",
) -> int:
    """Print what a model is asked for a concept, with each sentence's weight.

    Research software, not a medical device.

    Args:
        concept: An id, name, synonym, abbreviation or free text; or a scale, such as icdr, for all its grades.
        modality: Of the pictures that are asked.
        style: Say the preferred name alone, its synonyms too, or what is typically seen too.
        denied: Ask for its absence.
        location: Where it is: fovea, macula, disc, periphery and others.
        severity: How severe it is: mild, moderate, severe, early, advanced.
    """
    from mmfundus.knowledge import concepts
    from mmfundus.knowledge import prompts as asking
    from mmfundus.report import knowledge

    facets = {name: value for name, value in (("location", location), ("severity", severity)) if value}
    if concept in concepts.shipped().scales:
        if denied or facets:
            raise UsageError(f"{concept!r} is a scale; --denied, --location and --severity are for a concept.")
        lines = knowledge.scale_lines(asking.scale(concept, modality, style))
    else:
        lines = knowledge.prompt_lines(asking.ensemble(concept, modality, style, denied=denied, **facets))
    print("\n".join(lines))
    return 0
