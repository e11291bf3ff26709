"""Captions from what is known of one eye: several wordings of the same, none of them copied from the note.

The first says all that the record says of the eye today, the second the same in other names, the
third only what is there, the fourth adds what is past and what was measured. What is merely
implied is left out: of "diabetic retinopathy" and "severe NPDR" only the narrower is said.
"""

from collections.abc import Iterable, Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.spelling import words
from mmfundus.types import EyeFacts, Measure, Statement

MAX_NEGATED = 4  # a sentence that denies more says little of the picture
SEVERITIES = ("mild", "moderate", "severe", "early", "advanced", "trace", "chronic", "acute", "dense", "extensive")


def captions(facts: EyeFacts, said: Sequence[Statement], measures: Sequence[Measure] = ()) -> tuple[str, ...]:
    """The wordings, each once; none where the record says nothing of the eye."""
    facets = _facets(said)
    here = [_named(name, facets, 0) for name in narrowest(facts.present)]
    others = [_named(name, facets, 1) for name in narrowest(facts.present)]
    short = join([_shortest(name) for name in narrowest(facts.present)], "with")
    today = _whole(here, facts)
    past = f"history of {_list(facts.history, 'and')}" if facts.history else ""
    sizes = [f"{m.name} {m.value}" for m in {(m.name, m.value): m for m in measures}.values()]
    full = ", ".join(part for part in (today, past, *sizes) if part)
    return tuple(dict.fromkeys(text for text in (today, _whole(others, facts), short, full) if text))


def narrowest(names: Sequence[str]) -> list[str]:
    """Without what a narrower one among them implies."""
    wider = {above for name in names for above in concepts.implied((name,), ())[0] if above != name}
    return [name for name in names if name not in wider]


def join(parts: Sequence[str], last: str) -> str:
    """A list as English writes it: "a, b and c"; "with" stands after the first part."""
    if len(parts) < 2:
        return "".join(parts)
    if last == "with":
        return f"{parts[0]} with {join(parts[1:], 'and')}"
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def _whole(here: Sequence[str], facts: EyeFacts) -> str:
    denied = _list(_widest(facts.absent)[:MAX_NEGATED], "or")
    absence = (f"without {denied}" if here else f"no {denied}") if denied else ""
    doubt = f"possible {_list(facts.uncertain, 'and')}" if facts.uncertain else ""
    return ", ".join(part for part in (join(here, "and"), absence, doubt) if part)


def _widest(names: Sequence[str]) -> list[str]:
    """Without what the absence of a wider one among them implies."""
    implied = {below for name in names for below in concepts.implied((), (name,))[1] if below != name}
    return [name for name in names if name not in implied]


def _list(names: Iterable[str], last: str) -> str:
    return join([concepts.concepts()[name].name for name in names], last)


def _facets(said: Sequence[Statement]) -> dict[str, tuple[str, str]]:
    """Severity and location of each concept that is present, where a statement has them."""
    found: dict[str, tuple[str, str]] = {}
    for one in said:
        if one.status == "present":
            severity, location = found.get(one.concept, ("", ""))
            found[one.concept] = (severity or one.severity.lower(), location or one.location.lower())
    return found


def _named(name: str, facets: dict[str, tuple[str, str]], turn: int) -> str:
    """A name with its severity before it and its place behind it, where the name does not say them itself."""
    names = concepts.concepts()[name].names
    label = names[turn % len(names)]
    severity, location = facets.get(name, ("", ""))
    before = severity if severity in SEVERITIES and not set(words(severity)) & set(words(label)) else ""
    after = location if not set(words(location)) & set(words(label)) else ""
    return " ".join(part for part in (before, after, label) if part)


def _shortest(name: str) -> str:
    """An abbreviation that means nothing else, or the name."""
    concept, known = concepts.concepts()[name], concepts.shipped()
    sure = (short for short in concept.abbreviations if known.meanings(short) == (name,))
    return next(sure, concept.name)
