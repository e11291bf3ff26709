"""From the text of a record to what it says of each eye, a captioner a file.

A captioner offers one function, `captioner(**settings) -> Captioner`. What it returns is called
with a note, the eye of statements that name none ("R", "L" or ""), and codes of ICD-10-CM, and
answers with an `Extraction`. It raises for what stops the whole work (no server, a missing
install); a note that it cannot understand is an Extraction with `refused`.

Captioners find statements; `_facts` makes the four lists of each eye from them and `_sentences`
writes the captions, so that two captioners that found the same say the same. `_facts.extraction`
does both. Captions are written from concepts and measures, never copied from the note: a name or
an address in it cannot come through.
"""

from collections.abc import Callable, Sequence

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _sentences
from mmfundus.types import Extraction, EyeFacts

KIND = "captioner"

# (note, eye, icd10 codes) -> what was understood
Captioner = Callable[[str, str, Sequence[str]], Extraction]


def seen(extraction: Extraction, eye: str, modality: str) -> tuple[EyeFacts, tuple[str, ...]]:
    """What a record says of an eye that a picture of a modality can show, and captions of that alone."""
    known = concepts.concepts()
    told = extraction.eyes.get(eye, EyeFacts())

    def kept(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if modality in known[name].modalities)

    facts = EyeFacts(kept(told.present), kept(told.absent), kept(told.uncertain), kept(told.history))
    if facts == EyeFacts():
        return facts, ()
    said = [statement for statement in extraction.statements if statement.eye == eye]
    return facts, _sentences.captions(facts, said, [one for one in extraction.measures if one.eye == eye])
