"""Whether a mention is there, is not, is in doubt or is past: from the cues that reach it."""

from collections.abc import Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _alternatives, _cues, _treatments
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._direction import Cues
from mmfundus.knowledge.captions._note import Mention, Note, Segment
from mmfundus.knowledge.captions._scope import Scope
from mmfundus.knowledge.captions._text import shorthand

FOLLOWED = 7  # tokens within which "f/u" says why the visit is
UNSAID = ("family", "nothing", "leaflet", "plan", "earlier")  # sections whose answers say nothing of today
TREATED = frozenset({"treated", "successfully treated", "previously", "old"})  # beside a break that stays to be seen


def read(note: Note) -> None:
    """Set the status of every mention; those that state nothing are dropped."""
    kept: list[Mention] = []
    for segment in note.segments:
        mentions = note.within(segment)
        if not mentions:
            continue
        scope = Scope(Cues(note, segment, mentions))
        lows = set(note.lows(segment.first, segment.last))
        asked = (
            segment.section == "asked" or _followed(note, segment) or not lows.isdisjoint(_cues.words("doubt", "asked"))
        )
        later = _later(note, segment)
        for mention in mentions:
            before, behind = _reaching(scope, mention)
            if later and any(cue.text in _cues.words("doubt", "search") for cue in before):
                continue
            if mention.kind == "same" and mention.head:
                mention.status, mention.certainty = mention.head.status, mention.head.certainty
                kept += [mention] if mention.head in kept else []
                continue
            if mention.kind == "answer":
                said = segment.section not in UNSAID and mention.only in ("", mention.status)
                kept += [mention] if said else []
                continue
            mention.certainty = " ".join(dict.fromkeys(cue.text for cue in (*before, *behind)))
            mention.asked = asked and not _replied(note, segment, mention, before)
            if _states(note, segment, mention, before, behind):
                kept.append(mention)
    note.mentions = kept


def _reaching(scope: Scope, mention: Mention) -> tuple[list[Cue], list[Cue]]:
    """The cues before and behind a mention whose scope it is in."""
    if mention.kind == "code":
        return [], _alternatives.of_code(scope, mention)
    before, behind = scope.before(mention), scope.behind(mention)
    if _alternatives.doubted(scope, mention, before):
        before.append(Cue(mention.first, mention.first, "uncertain", "", "or"))
    if scope.note.low(mention.last) == "eye":  # "watch for NVG in the CRVO eye"
        before = [cue for cue in before if cue.before != "nothing"]
    if cure := _alternatives.cured(scope, mention):
        (before if cure.before else behind).append(cure)
    return before, behind


def _followed(note: Note, segment: Segment) -> bool:
    """Whether a segment only says why the visit is: "3 month f/u CSC OS"."""
    lows = note.lows(segment.first, min(segment.first + FOLLOWED, segment.last))
    pairs = list(zip(lows, lows[1:], lows[2:], strict=False))
    return ("f", "/", "u") in pairs or any(a == "follow" and c == "up" for a, _, c in pairs)


def _later(note: Note, segment: Segment) -> bool:
    """Whether a segment speaks of a visit to come: "rule out at the next visit"."""
    first, then = _cues.words("doubt", "later"), _cues.words("doubt", "visit")
    for place in range(segment.first, segment.last):
        ahead = note.low(place) == "in" and note.low(place + 1).isdecimal()
        if (note.low(place) in first or ahead) and note.low(place + 1 + ahead) in then:
            return True
    return False


def _replied(note: Note, segment: Segment, mention: Mention, before: Sequence[Cue]) -> bool:
    """Whether a statement behind a dash denies what the referral asked: "referred ?NPDR - no NPDR"."""
    dashed = any(
        note.low(p) in ("-", "—") and note.tokens[p].gap and note.tokens[p + 1].gap
        for p in range(segment.first + 1, mention.first)
    )
    return dashed and any(cue.before == "absent" for cue in before)


def _states(note: Note, segment: Segment, mention: Mention, before: list[Cue], behind: list[Cue]) -> bool:
    """Set a mention's status; False where it states nothing."""
    if mention.kind == "treatment":
        said = _treatments.settle(note, segment, mention, {c.before for c in before} | {c.behind for c in behind})
    else:
        said = _settle(mention, before, behind, segment.section)
    new = mention.status == "absent" and mention.first > segment.first and note.low(mention.first - 1) == "new"
    return said and not new and mention.only in ("", mention.status)


def _settle(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue], section: str) -> bool:
    if section in ("family", "nothing", "leaflet"):
        return False
    nothing = [c for c in before if c.before == "nothing"] + [c for c in behind if c.behind == "nothing"]
    if nothing:
        mention.unless = any(cue.text in _cues.words("doubt", "active") for cue in nothing)
        mention.status = "absent"
        return mention.unless
    status = _status(mention, before, behind)
    implant = mention.concept in shorthand()["lasting"]["implants"]
    if section == "earlier" and not (implant and status == "present"):
        status = "history" if status in ("present", "history") else ""
    again = any(cue.text in _cues.words("overcome", "words") for cue in behind)
    if section == "history" and status == "present" and not implant and not again:
        status = "history"
    mention.status = status
    return bool(status)


def _status(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue]) -> str:
    given = mention.status or "present"
    first, then = {c.before for c in before}, {c.behind for c in behind}
    if "uncertain" in first | then:
        if "uncertain" in first and "absent" in then and "uncertain" not in then:
            return "absent"  # "a suspected tear was not found"
        return "uncertain" if given in ("present", "uncertain") else ""
    if any(cue.text in _cues.words("overcome", "words") for cue in behind):
        return "present"
    if "absent" in first | then:
        if "history" in first | then and not _denied_past(before):
            return "history"
        return "absent" if given == "present" or mention.kind == "part" else ""  # "no NV, macula dry"
    if "history" in first | then and given == "present" and not _lasts(mention, before, behind):
        return "history"
    return given


def _denied_past(before: Sequence[Cue]) -> bool:
    """ "no prior RD", "never had": the past itself is denied."""
    told = [cue.before for cue in before if cue.before in ("absent", "history")]
    return len(told) > 1 and told[0] == "absent" and told[-1] == "history"


def _lasts(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue]) -> bool:
    """Whether the words for the past leave a thing where it is: an old scar, glaucoma of 2010."""
    above = concepts.implied((mention.concept,), ())[0]
    if "retinal_break" in above and not behind and {c.text for c in before} <= TREATED:
        return True  # a treated tear is still seen
    told = {c.text for c in before if c.before == "history"} | {c.text for c in behind if c.behind == "history"}
    lasting = shorthand()["lasting"]
    if mention.concept in lasting["scars"]:
        return told <= _cues.words("times", "old")
    return not above.isdisjoint(lasting["diseases"]) and told <= {"year", "after", "following"}
