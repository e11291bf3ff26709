"""Words that stand for a concept named before: "IRF OD, none OS", "OS never", "definite in the right".

Such a word counts where it stands with a side (or for "neither", alone) and names nothing itself.
"""

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note, Segment

ABSENT = frozenset({"none", "nil", "never", "no", "neither", "not", "nothing"})
PRESENT = frozenset({"definite", "definitely", "confirmed", "present", "recurred", "persists", "persistent", "still", "there", "same", "similar", "likewise", "ditto", "also", "too", "yes", "recurrent"})
YES = frozenset({"yes", "y", "present", "+", "++", "pos", "positive", "seen", "trace", "mild", "moderate", "severe", "1+", "2+", "3+"})
DOUBT = frozenset({"possible", "possibly", "likely", "probable", "probably", "suspected", "questionable", "?", "equivocal"})
FILLING = frozenset(
    "is are was has had have been seen found noted detected visible any in on the of there then at this time involved affected disease findings finding changes change "
    "side eye a an one lesion hx h/o history s/p evidence again well as it with to , ( ) - : . in which i examined last year also , disease".split()
)
BREAKS = frozenset({",", "—", "but", "and", "while"})
SINGLE = frozenset({"not", "no", "there", "also", "too", "still"})  # too weak to stand for a name alone


def find(note: Note) -> list[Mention]:
    """Mentions by words that echo an earlier one, in order; labels that cells answer leave the note's mentions."""
    found = _answers(note)
    for number, segment in enumerate(note.segments):
        for first, last in _chunks(note, segment):
            echo = _echo(note, first, last)
            if not echo:
                continue
            place, status = echo
            disease = any(note.low(p) in ("involved", "affected", "disease", "same", "similar") for p in range(first, last))
            targets = _targets(note, number, segment, first, note.low(place) == "neither", disease)
            found += [Mention(place, place + 1, m.concept, "echo", status="absent" if status == "absent" else "", head=m) for m in targets]
    return found


def _answers(note: Note) -> list[Mention]:
    """Cells under a right and a left that answer the label of their row: "Disc haemorrhage | yes | no"."""
    found: list[Mention] = []
    answered: set[int] = set()
    for segment in note.segments:
        low = note.low(segment.first)
        status = "absent" if low in ABSENT or low == "—" else "" if low in YES else None
        if not segment.side or status is None or note.within(segment):
            continue
        labels = [m for s in note.segments if s.line == segment.line and not s.side for m in note.within(s)]
        found += [Mention(segment.first, segment.first + 1, m.concept, "echo", status=status) for m in labels]
        answered |= {id(m) for m in labels}
    note.mentions = [m for m in note.mentions if id(m) not in answered]
    return found


def _chunks(note: Note, segment: Segment) -> list[tuple[int, int]]:
    """Stretches between commas that name no concept."""
    cuts = [segment.first - 1, *(p for p in range(segment.first, segment.last) if note.low(p) in BREAKS), segment.last]
    if not note.within(segment):
        return [(segment.first, segment.last)]
    named = {place for m in note.within(segment) for place in range(m.first, m.last)}
    chunks = [(a + 1, b) for a, b in zip(cuts, cuts[1:], strict=False) if a + 1 < b]
    return [(first, last) for first, last in chunks if not named & set(range(first, last))]


def _echo(note: Note, first: int, last: int) -> tuple[int, str] | None:
    """Where the word stands that echoes, and what it says; None where other words stand beside it."""
    sides = list(note.sides_in(first, last))
    sided = {place for side in sides for place in range(side.first, side.last)}
    words: list[tuple[int, str]] = []
    for place in range(first, last):
        low = note.low(place)
        if place in sided or note.tokens[place].kind in ("number", "date") or (low == "'" or low.startswith("'")):
            continue
        if low in ABSENT:
            words.append((place, "absent"))
        elif low in PRESENT:
            words.append((place, "present"))
        elif low in DOUBT:
            words.append((place, "uncertain"))
        elif low not in FILLING:
            return None
    words = sorted(words, key=lambda one: note.low(one[0]) in SINGLE)
    if not words or (not sides and note.low(words[0][0]) not in ("neither",)):
        return None
    if all(note.low(place) in SINGLE for place, _ in words) and len(words) < 2:
        return None
    statuses = [status for _, status in words]
    return words[0][0], "absent" if "absent" in statuses else statuses[0]


def _targets(note: Note, number: int, segment: Segment, place: int, several: bool, disease: bool) -> list[Mention]:
    """What is echoed: the last concept of the sentence, else the first of the one before; of a disease, the first one."""
    if disease:
        diseases = [m for m in note.mentions if m.last <= place and concepts.concepts()[m.concept].kind == "disease"]
        if diseases:
            return diseases[:1]
    here = [m for m in note.within(segment) if m.last <= place]
    if here:
        return here if several else here[-1:]
    for earlier in reversed(note.segments[:number]):
        if segment.paragraph - earlier.paragraph > 1 and not segment.side:
            return []
        named = [m for m in note.within(earlier) if m.kind in ("name", "short", "part", "grade")]
        if named:
            same = earlier.sentence == segment.sentence
            return named if several else named[-1:] if same else named[:1]
    return []
