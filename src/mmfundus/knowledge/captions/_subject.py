"""Short words for the disease that a note is about: "no tumour" beside a melanoma, "the hole is closed"."""

import functools
from collections.abc import Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions._note import Mention, Note, Segment

RETINOPATHIES = (
    ("hydroxychloroquine_retinopathy", ("hydroxychloroquine", "hcq", "plaquenil", "chloroquine")),
    ("hypertensive_retinopathy", ("hypertensive", "hypertension", "htn")),
    ("retinopathy_of_prematurity", ("rop", "premature", "prematurity", "preterm")),
    ("sickle_cell_retinopathy", ("sickle", "hbss", "hbsc")),
    ("radiation_retinopathy", ("radiation", "plaque", "radiotherapy")),
)
DIABETIC = frozenset("diabetic diabetes diabetics dm dm1 dm2 t1dm t2dm iddm niddm t1d t2d hba1c a1c dr npdr pdr bdr dme dmo csme csmo".split())
TUMOURS = frozenset({"tumor", "tumour", "tumors", "tumours", "mass", "masses"})
SCARS = frozenset({"scar", "scars", "scarring"})
LASER = frozenset({"laser", "lasered", "prp", "photocoagulation", "retinopexy", "barrage", "barricade"})


def narrow(note: Note) -> None:
    """Replace wide short words by the disease that they stand for."""
    words = {token.low for token in note.tokens}
    diabetic = bool(words & DIABETIC) or any(m.concept in ("microaneurysms", "irma", "venous_beading") for m in note.mentions) or any("diabetic_retinopathy" in _above(m.concept) or m.concept == "diabetic_macular_edema" for m in note.mentions)
    kept: list[Mention] = []
    for segment in note.segments:
        for mention in note.within(segment):
            if _replaced(note, segment, mention, kept, words, diabetic):
                kept.append(mention)
    note.mentions = kept


def _replaced(note: Note, segment: Segment, mention: Mention, before: Sequence[Mention], words: set[str], diabetic: bool) -> bool:
    """Whether a mention stays; what it stands for is put in its place."""
    said = "".join(mention.words)
    if mention.concept == "maculopathy" and mention.kind == "name":
        if note.low(mention.last) in (":", "grade", "grading", "score"):
            return False
        if mention.words[0] == "maculopathy" and (diabetic or "retinopathy" in words):
            mention.concept = "diabetic_macular_edema"
    elif mention.concept == "macular_edema" and _with_diabetic(note, segment, before):
        mention.concept = "diabetic_macular_edema"
    elif mention.concept == "chorioretinitis" and len(mention.words) == 1:
        _as_before(mention, before, "posterior_uveitis")
    elif mention.concept == "uveitis" and said == "uveitis":
        _as_before(mention, before, "uveitis")
    elif said == "hole" and mention.concept in ("retinal_hole", "macular_hole"):
        return _hole(note, segment, mention, before)
    elif mention.concept == "chorioretinal_scar" and said in SCARS:
        last = before[-1] if before and before[-1].last == mention.first else None
        if last and not last.done:  # "toxoplasmosis scar": what scarred is past, its scar is there
            mention.concept = "disciform_scar" if "choroidal_neovascularization" in _above(last.concept) else "chorioretinal_scar"
            mention.status = last.status if last.status != "history" else "present"
            last.status = "history" if last.status == "present" else last.status
        elif _lasered(note, segment, mention):
            mention.concept = "laser_scar"
    return True


SYSTEMIC = {
    "sarcoid": "sarcoid_uveitis", "sarcoidosis": "sarcoid_uveitis", "syphilis": "syphilitic_chorioretinitis",
    "tb": "tuberculous_choroiditis", "tuberculosis": "tuberculous_choroiditis", "behcet": "behcet_uveitis", "behcet's": "behcet_uveitis",
}  # fmt: skip


def find(note: Note, segment: Segment, taken: frozenset[int], before: Sequence[Mention]) -> list[Mention]:
    """Mentions by words that mean something only beside what was named before: tumour, retinopathy."""
    found = []
    words = {token.low for token in note.tokens} if any(note.low(p) in ("retinopathy", "retinop") for p in range(segment.first, segment.last)) else set()
    for place in range(segment.first, segment.last):
        if place in taken:
            continue
        low = note.low(place)
        if low in TUMOURS:
            last = next((m for m in reversed(before) if _chapter(m.concept) == "tumours"), None)
            if last:
                found.append(Mention(place, place + 1, last.concept, "name", ("tumor",)))
        elif low in SYSTEMIC and any(_above(m.concept) & {"uveitis", "retinal_vasculitis"} for m in before):
            found.append(Mention(place, place + 1, SYSTEMIC[low], "name", (low,), only="uncertain"))
        elif low in ("retinopathy", "retinop") and note.low(place + 1) not in (":", "grade", "grading", "screening", "score", "clinic"):
            concept = next((name for name, signs in RETINOPATHIES if words & set(signs)), "diabetic_retinopathy")
            only = "" if words & DIABETIC else "absent"
            found.append(Mention(place, place + 1, concept, "name", ("retinopathy",), only=only))
    return found


@functools.cache
def _above(concept: str) -> frozenset[str]:
    return concepts.implied((concept,), ())[0]


def _chapter(concept: str) -> str:
    return concepts.concepts()[concept].chapter


def _with_diabetic(note: Note, segment: Segment, before: Sequence[Mention]) -> bool:
    """Whether the sentence names diabetic retinopathy and no other cause of oedema."""
    sentence = [s for s in note.segments if s.sentence == segment.sentence and s.line == segment.line]
    named = [m.concept for s in sentence for m in note.within(s)]
    diabetic = any("diabetic_retinopathy" in _above(name) for name in named)
    other = any(_above(name) & {"retinal_vein_occlusion", "uveitis", "radiation_retinopathy", "retinitis_pigmentosa"} for name in named)
    return diabetic and not other


def _as_before(mention: Mention, before: Sequence[Mention], wide: str) -> None:
    last = next((m for m in reversed(before) if wide in _above(m.concept) and m.concept != wide), None)
    if last:
        mention.concept = last.concept


def _hole(note: Note, segment: Segment, mention: Mention, before: Sequence[Mention]) -> bool:
    """Of the macula where one was named or its stage is; else as found."""
    around = {note.low(p) for p in range(segment.first, segment.last)}
    if around & {"lattice", "tear", "tears", "break", "breaks", "round", "atrophic", "peripheral", "periphery", "operculated", "holes", "laser", "rd"}:
        return True
    last = next((m for m in reversed(before) if "macular_hole" in _above(m.concept)), None)
    staged = note.low(mention.first - 2) == "stage" or note.low(mention.last) == "stage"
    other = next((m for m in reversed(before) if m.concept in ("vitreomacular_traction", "lamellar_macular_hole", "macular_pseudohole", "epiretinal_membrane")), None)
    if last or staged or other:
        mention.concept = last.concept if last and mention.status != "absent" else "macular_hole"
    return True


def _lasered(note: Note, segment: Segment, mention: Mention) -> bool:
    """Whether the scars of a list are those of the laser named in it."""
    sentence = [s for s in note.segments if s.sentence == segment.sentence and s.line == segment.line]
    return any(note.low(p) in LASER for s in sentence for p in range(s.first, min(s.last, mention.first)))
