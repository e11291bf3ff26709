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

from mmfundus.types import Extraction

KIND = "captioner"

# (note, eye, icd10 codes) -> what was understood
Captioner = Callable[[str, str, Sequence[str]], Extraction]
