"""Whether a mention is there, is not, is in doubt or is past: from the cues around it.

After NegEx and ConText: a cue reaches forward or backward through its segment until something ends
its scope (`_scope`). Where several cues reach a mention, `_decide` says which holds.
"""

from collections.abc import Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _cues, _treatments
from mmfundus.knowledge.captions._cues import Cue
from mmfundus.knowledge.captions._note import Mention, Note
from mmfundus.knowledge.captions._scope import Scope
from mmfundus.knowledge.captions._text import shorthand

SEARCH = frozenset({"to look for", "looking for", "rule out", "r/o", "to rule out", "to exclude", "exclude", "to assess for", "assess for", "evaluate for", "to evaluate for", "consider"})
LATER, VISIT = frozenset({"next", "future", "later", "subsequent"}), frozenset({"week", "visit", "time", "month", "appointment", "year", "exam", "wk", "appt", "clinic"})
ACTIVE = frozenset({"no active", "without active", "no activity of"})


def read(note: Note) -> None:
    """Set the status of every mention; those that state nothing are dropped."""
    kept: list[Mention] = []
    for segment in note.segments:
        mentions = note.within(segment)
        if not mentions:
            continue
        scope = Scope(note, segment, mentions)
        asked = segment.section == "asked" or any(note.low(p) in _cues.words("doubt", "asked") for p in range(segment.first, segment.last))
        later = any(note.low(p) in LATER and note.low(p + 1) in VISIT for p in range(segment.first, segment.last))
        for mention in mentions:
            before, behind = scope.reaching(mention)
            if later and any(cue.text in SEARCH for cue in before):
                continue
            mention.certainty = " ".join(dict.fromkeys(cue.text for cue in (*before, *behind)))
            if mention.done:
                said = _treatments.settle(note, segment, mention, {c.before for c in before} | {c.behind for c in behind})
            else:
                said = _settle(mention, before, behind, segment.section)
            new = mention.status == "absent" and note.low(mention.first - 1) == "new" and mention.first > segment.first
            if said and not new and (not mention.only or mention.status == mention.only):
                mention.asked = asked
                kept.append(mention)
    note.mentions = kept


def _settle(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue], section: str) -> bool:
    """Set the status from all cues that reach a mention; False where it states nothing."""
    if section in ("family", "nothing"):
        return False
    nothing = [c for c in before if c.before == "nothing"] + [c for c in behind if c.behind == "nothing"]
    if nothing:
        mention.unless = any(cue.text in ACTIVE for cue in nothing)
        mention.status = "absent"
        return mention.unless
    status = _status(mention, before, behind)
    if section == "earlier":
        status = "history" if status in ("present", "history") else ""
    if section == "history" and status == "present" and mention.concept not in shorthand()["lasting"]["implants"]:
        status = "history"
    mention.status = status
    return bool(status)


def _status(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue]) -> str:
    given = mention.status or "present"
    first, then = {c.before for c in before}, {c.behind for c in behind}
    if "uncertain" in first | then:
        if "uncertain" in first and "absent" in then and "uncertain" not in then:
            return "absent"  # "a suspected tear was not found"
        return "uncertain" if given == "present" else ""
    if any(cue.text in _cues.words("overcome", "words") for cue in behind):
        return "present"
    if "absent" in first | then:
        if "history" in first | then and not _denied_past(before):
            return "history"
        return "absent" if given == "present" else ""
    if "history" in first | then and given == "present" and not _lasts(mention, before, behind):
        return "history"
    return given


def _denied_past(before: Sequence[Cue]) -> bool:
    """ "no prior RD", "never had": the past itself is denied."""
    told = [cue.before for cue in before if cue.before in ("absent", "history")]
    return len(told) > 1 and told[0] == "absent" and told[-1] == "history"


def _lasts(mention: Mention, before: Sequence[Cue], behind: Sequence[Cue]) -> bool:
    """Whether the words for the past leave a thing where it is: an old scar, glaucoma of 2010."""
    told = [c for c in before if c.before == "history"] + [c for c in behind if c.behind == "history"]
    lasting = shorthand()["lasting"]
    if mention.concept in lasting["scars"]:
        return all(cue.text in ("old", "year", "ago", "previous", "prior", "prev", "treated", "after", "following", "s/p", "status post") for cue in told)
    above = concepts.implied((mention.concept,), ())[0]
    return bool(above & set(lasting["diseases"])) and all(cue.text in ("year", "after", "following") for cue in told)
