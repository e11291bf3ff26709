"""When "normal" is said of a whole eye, fundus, retina or examination, and not of a part of it."""

from mmfundus.knowledge.captions import _parts
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.concepts import NORMAL

WORDS = frozenset({"normal", "healthy", "unremarkable", "wnl", "nad", "nl", "nml", "norm"})
PHRASES = (
    ("within", "normal", "limits"),
    ("nothing", "abnormal", "detected"),
    ("nothing", "abnormal"),
    ("no", "abnormality", "detected"),
    ("no", "abnormalities", "detected"),
    ("no", "abnormality"),
    ("no", "abnormalities"),
    ("no", "abnormal", "findings"),
    ("no", "pathology"),
    ("n", "/", "a", "/", "d"),
)
# What may stand beside it: the whole thing that it is said of, and words that add nothing.
WHOLE = frozenset(
    "eye eyes fundus fundi retina retinas retinae exam examination examinations oct octs fa ffa ivfa icga angiogram angiography scan scans "
    "study dfe posterior segment photo photos photograph photographs image images imaging widefield ultra-widefield uwf optos fundoscopy ophthalmoscopy "
    "dilated sd ss autofluorescence faf macular report result results finding findings visit".split()
)
FILLING = frozenset(
    "everything all is are was were the a an his her appears appear looks look remains remain seems entirely completely perfectly otherwise both in all respects on "
    "patient pt patient's baby child today also of and no x very quite clinically ophthalmically apparently essentially grossly : - — , ( ) [ ] < > = . imp impression again my has have been entire whole it shows "
    "showed reveals with within limits for age baby's other fellow on at this stage".split()
)


def find(note: Note, segment: Segment, carried: str, taken: frozenset[int]) -> list[Mention]:
    """Where a segment calls an eye normal. `carried` is the part that the sentence spoke of before."""
    found = []
    place = segment.first
    while place < segment.last:
        size = 0 if place in taken else _size(note, place)
        if size and _whole(note, segment, place, place + size, carried, taken):
            found.append(Mention(place, place + size, NORMAL, "normal"))
        place += max(size, 1)
    return found


def _size(note: Note, place: int) -> int:
    for phrase in PHRASES:
        if all(note.low(place + i) == word for i, word in enumerate(phrase)):
            return len(phrase)
    return int(note.low(place) in WORDS)


def _whole(note: Note, segment: Segment, first: int, last: int, carried: str, taken: frozenset[int]) -> bool:
    if segment.part not in ("", "retina", "image") or carried not in ("", "retina", "image"):
        return False
    start, end = first, last
    while start > segment.first and note.low(start - 1) not in (",", "&", "—", "but") and not _breaks(note, start - 1, taken):
        start -= 1
    while end < segment.last and note.low(end) not in (",", "&", "—", "but") and not _breaks(note, end, taken):
        end += 1
    if note.low(first - 1) == "otherwise":
        return False
    for place in range(start, end):
        if first <= place < last or any(side.first <= place < side.last for side in note.sides):
            continue
        if note.low(place) not in WHOLE and note.low(place) not in FILLING:
            return False
    subject = _parts.spoken_of(note, Segment(segment.first, first), taken)
    return subject in ("", "retina", "image") or start > segment.first and _own_side(note, start, first)


def _breaks(note: Note, place: int, taken: frozenset[int]) -> bool:
    return place in taken


def _own_side(note: Note, first: int, last: int) -> bool:
    return any(True for _ in note.sides_in(first, last))
