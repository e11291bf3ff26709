"""Short words for the disease that a note is about: "no tumour" beside a melanoma, "the hole is closed"."""

import functools
from collections.abc import Sequence, Set

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._text import shorthand

RECENT = 200  # mentions that a short word may go back to
NONE = frozenset({"none", "nil", "no", "absent"})  # answers of a label
OTHER_CAUSES = frozenset({"retinal_vein_occlusion", "uveitis", "radiation_retinopathy", "retinitis_pigmentosa"})
DIABETIC_SIGNS = frozenset({"microaneurysms", "irma", "venous_beading", "diabetic_macular_edema"})
BESIDE_HOLES = frozenset(
    {
        "vitreomacular_traction",
        "lamellar_macular_hole",
        "macular_pseudohole",
        "epiretinal_membrane",
        "myopic_foveoschisis",
        "optic_disc_pit",
    }
)
MACULAR = frozenset({"oct", "fovea", "foveal", "macula", "macular", "mac"})
SCANNED = frozenset(
    {"scan", "b-scan", "bscan", "ultrasound", "us", "faf", "autofluorescence", "disc", "discs", "disk", "ct"}
)


def find(note: Note, segment: Segment, taken: Set[int], before: Sequence[Mention]) -> list[Mention]:
    """Mentions by words that mean something only beside what was named before: tumour, retinopathy, sarcoid."""
    found = []
    words = shorthand()["subject"]
    for place in range(segment.first, segment.last):
        low = note.low(place)
        if place in taken or low not in _short():
            continue
        if low == "rh":
            found += _rh(note, segment, place)
        elif low in words["suspects"]:
            found += _suspect(note, segment, place, before)
        elif low in words["tumours"]:
            last = next((m for m in reversed(before) if concepts.concepts()[m.concept].chapter == "tumours"), None)
            found += [Mention(place, place + 1, last.concept, "name", ("tumor",))] if last else []
        elif low in words["retinopathy"]:
            found += _answers(note, segment, place) if note.low(place + 1) in (":", "—", "-", "=") else []
            if note.low(place + 1) not in words["titles"]:
                found.append(_retinopathy(note, place))
        elif low in words["short"]:
            found += _short_for(note, place, words["short"][low], before)
        elif any(_above(m.concept) & {"uveitis", "retinal_vasculitis"} for m in before):
            found.append(Mention(place, place + 1, words["causes"][low], "name", (low,), only="uncertain"))
    return found


@functools.cache
def _short() -> frozenset[str]:
    words = shorthand()["subject"]
    return frozenset(
        ("rh", *words["suspects"], *words["tumours"], *words["retinopathy"], *words["causes"], *words["short"])
    )


def _suspect(note: Note, segment: Segment, place: int, before: Sequence[Mention]) -> list[Mention]:
    """ "POAG OS, OD suspect": an eye that is a suspect beside glaucoma of the other."""
    known = any("glaucoma" in _above(m.concept) or m.concept == "glaucoma_suspect" for m in before)
    closed = place + 1 >= segment.last or note.low(place + 1) in (",", ")") or place + 1 in note.sided
    sided = place - 1 in note.sided or (
        place + 1 in note.sided and place - 1 not in note.sided and note.low(place - 1) in (",", "&", "and", ";", ".")
    )
    if not (known and closed and sided):
        return []
    return [Mention(place, place + 1, "glaucoma_suspect", "name", ("suspect",))]


def _rh(note: Note, segment: Segment, place: int) -> list[Mention]:
    """RH: a hole beside tears and detachments, a haemorrhage in infants; else nobody knows."""
    beside = {*note.lows(max(place - 4, segment.first), place), *note.lows(place + 1, min(place + 5, segment.last))}
    if note.tokens[place].text != "RH":
        return []
    if beside & {"rt", "rd", "tear", "tears", "hst", "rb", "lattice", "break", "breaks"}:
        return [Mention(place, place + 1, "retinal_hole", "short", ("rh",))]
    infant = note.words() & {"rop", "birth", "newborn", "infant", "stage", "abusive", "nat", "aht", "sbs", "nicu"}
    return [Mention(place, place + 1, "retinal_hemorrhage", "short", ("rh",))] if infant else []


def _short_for(note: Note, place: int, meant: Sequence[str], before: Sequence[Mention]) -> list[Mention]:
    """What a short word denies beside what was named before, or beside a drug of the note; it states nothing else."""
    concept, *beside = meant
    words = note.words()
    named = any(not _above(m.concept).isdisjoint(beside) for m in before[-RECENT:])
    told = named or not words.isdisjoint(beside)
    if "*" in beside and not words.isdisjoint(shorthand()["subject"]["kidney"]):
        return []
    return (
        [Mention(place, place + 1, concept, "name", (note.low(place),), only="absent")] if told or "*" in beside else []
    )


def _answered(note: Note, place: int) -> bool:
    """Whether a label is denied rather than a heading: "Maculopathy: none"."""
    while note.low(place) in (":", "(", "-") or place in note.sided:
        place += 1
    return note.low(place) in NONE


def _answers(note: Note, segment: Segment, place: int) -> list[Mention]:
    """Where the label "Retinopathy:" is answered: "RE none, LE background"."""
    label = _retinopathy(note, place).concept
    found = []
    for at in range(place + 2, segment.last):
        graded = shorthand()["subject"]["answers"].get(note.low(at), "") if label == "diabetic_retinopathy" else ""
        if note.low(at) in NONE:
            found.append(Mention(at, at + 1, label, "echo", ("retinopathy",), "absent"))
        elif graded and note.low(at + 1) not in ("retinopathy", "dr", "npdr", "diabetic"):
            found.append(Mention(at, at + 1, graded, "name", ("retinopathy",)))
    return found


def _retinopathy(note: Note, place: int) -> Mention:
    """Retinopathy alone: of the cause that the note names, else diabetic; then it counts only as denied."""
    words = note.words()
    known = shorthand()["subject"]
    concept = next((name for name, signs in known["kinds"].items() if words & set(signs)), "diabetic_retinopathy")
    only = "" if words & set(known["diabetic"]) else "absent"
    return Mention(place, place + 1, concept, "name", ("retinopathy",), only=only)


def narrow(note: Note) -> None:
    """Replace wide short words by the disease that they stand for."""
    words = note.words()
    diabetic = bool(words & set(shorthand()["subject"]["diabetic"])) or any(
        m.concept in DIABETIC_SIGNS or "diabetic_retinopathy" in _above(m.concept) for m in note.mentions
    )
    graded = _graded(note)
    kept: list[Mention] = []
    for segment in note.segments:
        for mention in note.within(segment):
            if mention.status == "absent" and " ".join(mention.words) in shorthand()["subject"]["signs"]:
                continue  # a sign of a disease that is not there denies the sign alone
            named = " ".join(mention.words)
            if mention.concept == "diabetic_macular_ischemia" and not diabetic and "diabetic" not in named:
                continue
            if mention.status == "present" and named in shorthand()["subject"]["signs"] and _told_better(note, mention):
                continue
            if mention.concept == "maculopathy" and mention.words[:1] == ("maculopathy",):
                if note.low(mention.last) in shorthand()["subject"]["titles"] and not _answered(note, mention.last):
                    continue
                if diabetic or "retinopathy" in words:
                    mention.concept = "diabetic_macular_edema"
            else:
                _replace(note, segment, mention, kept, graded)
            kept.append(mention)
    note.mentions = kept


def _told_better(note: Note, sign: Mention) -> bool:
    """Whether the note names the disease of a sign by another name: snowballs in panuveitis."""
    wide = _above(sign.concept) - {sign.concept}
    return any(m is not sign and m.concept != sign.concept and wide & _above(m.concept) for m in note.mentions[:RECENT])


def _replace(note: Note, segment: Segment, mention: Mention, before: Sequence[Mention], graded: bool) -> None:
    """Put what a mention stands for in its place."""
    alone = len(mention.words) == 1
    if mention.concept == "macular_edema" and (
        (graded and mention.status == "absent") or _with_diabetic(note, segment)
    ):
        mention.concept = "diabetic_macular_edema"
    elif mention.concept == "chorioretinitis" and alone:
        _as_before(mention, before, "posterior_uveitis")
    elif mention.concept == "uveitis" and alone and "never" not in mention.certainty:
        _as_before(mention, before, "uveitis")
    elif mention.concept == "fluorescein_leakage" and segment.part == "disc":
        mention.concept = "disc_leakage"
    elif mention.concept == "toxic_maculopathy" and note.words() & _signs("hydroxychloroquine_retinopathy"):
        mention.concept = "hydroxychloroquine_retinopathy"
    elif mention.concept == "retinal_schisis" and {"myopic", "myopia", "myope"} & note.words():
        mention.concept = "myopic_foveoschisis" if mention.words[0].startswith("foveo") else mention.concept
    elif mention.words == ("schisis",) and mention.concept == "retinoschisis" and _of_macula(note, segment, before):
        mention.concept = "retinal_schisis"
    elif mention.words == ("drusen",) and mention.status == "absent" and _of_disc(note, segment, before):
        mention.concept = "optic_disc_drusen"
    elif mention.words == ("hole",):
        _hole(note, segment, mention, before)
    elif mention.concept == "chorioretinal_scar" and mention.words[:1] in (("scar",), ("scarring",)) and alone:
        _scar(note, segment, mention, before)


@functools.cache
def _above(concept: str) -> frozenset[str]:
    return concepts.implied((concept,), ())[0]


@functools.cache
def _signs(kind: str) -> frozenset[str]:
    return frozenset(shorthand()["subject"]["kinds"][kind])


def _with_diabetic(note: Note, segment: Segment) -> bool:
    """Whether the sentence names diabetic retinopathy and no other cause of oedema."""
    named = [m.concept for s in _sentence(note, segment) for m in note.within(s)]
    other = any(_above(name) & OTHER_CAUSES for name in named)
    return any("diabetic_retinopathy" in _above(name) for name in named) and not other


def _sentence(note: Note, segment: Segment) -> list[Segment]:
    """The segments of the same sentence and line."""
    at = note.segments.index(segment)
    first = last = at
    while first and note.segments[first - 1].sentence == segment.sentence:
        first -= 1
    while last + 1 < len(note.segments) and note.segments[last + 1].sentence == segment.sentence:
        last += 1
    return [one for one in note.segments[first : last + 1] if one.line == segment.line]


def _as_before(mention: Mention, before: Sequence[Mention], wide: str) -> None:
    """The last narrower disease that was named."""
    last = next((m for m in reversed(before) if wide in _above(m.concept) and m.concept != wide), None)
    if last:
        mention.concept = last.concept


def _hole(note: Note, segment: Segment, mention: Mention, before: Sequence[Mention]) -> None:
    """Of the macula where one was named, or its stage or neighbours are; else as found."""
    around = note.lows(segment.first, segment.last)
    peripheral = set(around) & set(shorthand()["subject"]["retinal_holes"])
    if peripheral == {"rd"} and any(m.concept in BESIDE_HOLES for m in before):
        peripheral = set()
    if mention.concept not in ("retinal_hole", "macular_hole") or peripheral:
        return
    last = next((m for m in reversed(before) if "macular_hole" in _above(m.concept)), None)
    staged = "stage" in (note.low(mention.first - 2), note.low(mention.last))
    if last or staged or _of_macula(note, segment, before):
        mention.concept = last.concept if last and mention.status != "absent" else "macular_hole"


def _of_macula(note: Note, segment: Segment, before: Sequence[Mention]) -> bool:
    """Whether a hole or a split that is named without its place is one of the macula: on OCT, beside its like."""
    if segment.part == "periphery":
        return False
    around = {low for one in _sentence(note, segment) for low in note.lows(one.first - 2, one.last)}
    return bool(around & MACULAR) or any(m.concept in BESIDE_HOLES for m in before[-RECENT:])


def _of_disc(note: Note, segment: Segment, before: Sequence[Mention]) -> bool:
    """Whether the drusen that a scan does not show are those of the disc that were asked for."""
    around = {low for one in _sentence(note, segment) for low in note.lows(one.first - 4, one.last)}
    return bool(around & SCANNED) and any(m.concept == "optic_disc_drusen" for m in before[-RECENT:])


def _graded(note: Note) -> bool:
    """Whether a note grades diabetic retinopathy and names no other cause of oedema."""
    other = any(_above(m.concept) & OTHER_CAUSES for m in note.mentions)
    graded = any(m.status == "present" and "diabetic_retinopathy" in _above(m.concept) for m in note.mentions)
    return graded and not other


def _scar(note: Note, segment: Segment, mention: Mention, before: Sequence[Mention]) -> None:
    """Of what stands right before it ("toxoplasmosis scar": the disease is past), or of the laser of its sentence."""
    last = before[-1] if before and before[-1].last == mention.first else None
    if last and last.kind != "treatment":
        if "choroidal_neovascularization" in _above(last.concept):
            mention.concept = "disciform_scar"
        mention.status = last.status if last.status != "history" else "present"
        last.status = "history" if last.status == "present" else last.status
        return
    laser = set(shorthand()["subject"]["laser"])
    around = {"tear", "tears", "hole", "holes", "break", "breaks", "lattice"} & set(
        note.lows(mention.last, mention.last + 5)
    )
    beside = any(not laser.isdisjoint(note.lows(s.first, min(s.last, mention.first))) for s in _sentence(note, segment))
    if beside or (around and not laser.isdisjoint(token.low for token in note.tokens)):
        mention.concept = "laser_scar"
