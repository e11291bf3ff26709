"""Words that stand for a concept named before: "IRF OD, none OS", "OS never", "definite in the right".

Such a word counts where it stands with a side (or for "neither", alone) and names nothing itself.
"""

import itertools

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues
from mmfundus.knowledge.captions._note import Mention, Note, Segment, places

BREAKS = frozenset({",", "—", "but", "and", "while"})
SUCH = frozenset({"such", "lesion", "lesions"})  # "no such change", "no lesion": of what was named
REPEATING = frozenset({"same", "similar", "ditto", "identical", "likewise", "similarly"})
FILLING = frozenset(
    {
        ":",
        "-",
        "—",
        ",",
        "=",
        "the",
        "eye",
        "is",
        "appears",
        "looks",
        "findings",
        "picture",
        "appearance",
        "exam",
        "as",
        "shows",
        "fundus",
    }
)
NAMED = frozenset({"name", "short", "part", "grade"})


def find(note: Note) -> list[Mention]:
    """Mentions by words that echo an earlier one."""
    found = [*_repeated(note), *_listed(note)]
    whole = {m.first for m in found if m.kind == "same"}
    for number, segment in enumerate(note.segments):
        for first, last in _chunks(note, segment):
            if echo := _echo(note, first, last):
                place, status = echo
                if place in whole or (segment.section == "history" and status == "absent"):
                    continue  # "POH OS: none"
                targets = _targets(note, number, first, last, note.low(place) == "neither")
                opened = all(p in note.sided or note.low(p) in FILLING for p in range(first, place))
                again = opened and note.low(place) in REPEATING and status == "present"  # "OD same" of what was denied
                kind = "same" if again else "echo"
                found += [
                    Mention(place, place + 1, _meant(m, status), kind, status=_given(m, status), head=m)
                    for m in targets
                ]
    return found


def _repeated(note: Note) -> list[Mention]:
    """ "OS: same" behind all that was said of the right eye: each of it again, with the status that it has there."""
    found: list[Mention] = []
    for number, segment in enumerate(note.segments):
        sides = note.sides_in(segment.first, segment.last)
        rest = [p for p in range(segment.first, segment.last) if p not in note.sided and note.low(p) not in FILLING]
        alone = len(sides) == 1 and len(rest) == 1 and note.low(rest[0]) in REPEATING
        opened = sides and segment.first in (sides[0].first, *rest[:1]) and sides[0].eyes in ("R", "L")
        if not (alone and opened):
            continue
        heads: list[Mention] = []
        for earlier in reversed(note.segments[:number]):
            heads += [m for m in note.within(earlier) if m.kind != "code"]
            named = note.sides_in(earlier.first, earlier.last)
            first, only = named[:1], len({side.eyes for side in named}) == 1
            if first and first[0].eyes != sides[0].eyes and (only or _leads(note, earlier, first[0].first)):
                found += [Mention(rest[0], rest[0] + 1, m.concept, "same", m.words, head=m) for m in heads]
                break
            if first:
                break
    return found


def _listed(note: Note) -> list[Mention]:
    """ "LE: all absent", "OS with all three", "left none of these": each of what was said of the other eye."""
    found: list[Mention] = []
    denying = _cues.words("echo", "absent") | _cues.words("answers", "absent")
    small = (
        denying
        | FILLING
        | _cues.words("echo", "filling")
        | _cues.words("echo", "listing")
        | _cues.words("echo", "present")
    )
    for number, segment in enumerate(note.segments[1:], 1):
        sides = note.sides_in(segment.first, segment.last)
        lows = [note.low(p) for p in range(segment.first, segment.last) if p not in note.sided]
        absent = not (set(lows) - {"-", "—"}).isdisjoint(denying) or lows[-3:] == ["(", "-", ")"]
        several = "all" in lows or ("none" in lows and not {"these", "those", "them", "above"}.isdisjoint(lows))
        known = all(low in small for low in lows)
        if not (several and known and len(sides) == 1 and sides[0].eyes in ("R", "L")) or note.within(segment):
            continue
        for earlier in reversed(note.segments[:number]):
            named = note.sides_in(earlier.first, earlier.last)
            if any(side.eyes == sides[0].eyes for side in named) or earlier.paragraph != segment.paragraph:
                break
            found += [
                Mention(
                    segment.first,
                    segment.last,
                    m.concept,
                    "answer",
                    m.words,
                    "absent" if absent else "present",
                    eyes=sides[0].eyes,
                )
                for m in note.within(earlier)
                if m.kind in NAMED
            ]
            if named:
                break
    return found


def _leads(note: Note, segment: Segment, place: int) -> bool:
    """Whether a side stands over its segment: at its start, or before a colon near it ("Clarus OD:")."""
    return place == segment.first or (place - segment.first < 4 and note.low(place + 1) == ":")


def _meant(head: Mention, status: str) -> str:
    """What an echo speaks of: "mild NPDR OD, none OS" denies any retinopathy."""
    graded = "npdr" in concepts.implied((head.concept,), ())[0]
    return "diabetic_retinopathy" if status == "absent" and graded else head.concept


def _given(head: Mention, status: str) -> str:
    """The status of an echo; of what denies by itself ("Gradable: RE yes, LE no") the other way round."""
    if head.status == "absent" and status != "uncertain":
        return "" if status == "absent" else "absent"
    return "" if status == "present" else status


def _chunks(note: Note, segment: Segment) -> list[tuple[int, int]]:
    """Stretches between commas that name no concept."""
    here = note.within(segment)
    if not here:
        return [(segment.first, segment.last)]
    cuts = [p for p in range(segment.first, segment.last) if note.low(p) in BREAKS]
    chunks = [(a + 1, b) for a, b in itertools.pairwise([segment.first - 1, *cuts, segment.last]) if a + 1 < b]
    named = places(here)
    return [(first, last) for first, last in chunks if named.isdisjoint(range(first, last))]


def _echo(note: Note, first: int, last: int) -> tuple[int, str] | None:
    """Where the word stands that echoes, and what it says; None where other words stand beside it."""
    words: list[tuple[int, str]] = []
    for place in range(first, last):
        low = note.low(place)
        if place in note.sided or note.tokens[place].kind in ("number", "date") or low.startswith("'"):
            continue
        says = next((s for s in ("absent", "present", "uncertain") if low in _cues.words("echo", s)), "")
        if says:
            words.append((place, says))
        elif low not in _cues.words("echo", "filling"):
            return None
    single = _cues.words("echo", "single")
    words.sort(key=lambda one: note.low(one[0]) in single)
    if not words or not (note.sides_in(first, last) or note.low(words[0][0]) == "neither"):
        return None
    if len(words) == 1 and note.low(words[0][0]) in single and note.low(words[0][0] + 1) not in SUCH:
        return None
    statuses = [status for _, status in words]
    return words[0][0], next((one for one in ("absent", "uncertain") if one in statuses), "present")


def _targets(note: Note, number: int, first: int, last: int, several: bool) -> list[Mention]:
    """What is echoed: the last concept of the sentence, else the first of the one before; or the first disease."""
    segment = note.segments[number]
    if not {"lesion", "lesions"}.isdisjoint(note.lows(first, last)):
        lesion = next((m for m in note.mentions if m.last <= first and _known(m).chapter == "tumours"), None)
        if lesion:
            return [lesion]
    if not _cues.words("echo", "disease").isdisjoint(note.lows(first, last)):
        diseases = (m for m in note.mentions if m.last <= first and _known(m).kind == "disease")
        disease = next(diseases, None)
        if disease:
            return [disease]
    here = [m for m in note.within(segment) if m.last <= first]
    if here:
        return here if several else here[-1:]
    for earlier in reversed(note.segments[:number]):
        if segment.paragraph - earlier.paragraph > 1:
            return []
        named = [m for m in note.within(earlier) if m.kind in NAMED]
        if named:
            same = earlier.sentence == segment.sentence
            if not same and "nil" in note.lows(first, last):
                return []  # "RE nil" by itself is vague
            return named if several else named[-1:] if same else named[:1]
    return []


def _known(mention: Mention) -> concepts.Concept:
    return concepts.concepts()[mention.concept]
