"""Codes of diseases: how they are written, and which of a concept's codes cover a given one.

`icd10cm` is the clinical modification of the United States, `icd10` the WHO's own. They share
most categories and differ in the details: WHO H35.3 holds all degeneration of the macula. In
ICD-10-CM a trailing "-" stands for further characters (side, stage); WHO codes have none.
"""

import re

from mmfundus.errors import WorkError

SYSTEMS = ("icd10cm", "icd10")
MATCHES = ("exact", "broad", "narrow")  # the code is the same, is wider, is a part of the concept
WRITTEN = {
    "icd10cm": re.compile(r"[A-Z]\d[0-9A-Z](\.-|(\.[0-9A-Z]{1,4})?-?)"),
    "icd10": re.compile(r"[A-Z]\d\d(\.\d)?"),
}
EXAMPLE = {"icd10cm": "'H35.31-' or 'H47.11'", "icd10": "'H35.3' or 'H33'"}


def check(concept: str, system: str, code: str, match: str) -> None:
    """Refuse a code that cannot be one, or a match that means nothing. Raises WorkError."""
    if match not in MATCHES:
        raise WorkError(f"The concept {concept!r} maps {code} as {match!r}; say one of: {', '.join(MATCHES)}.")
    if not WRITTEN[system].fullmatch(code):
        raise WorkError(
            f"The concept {concept!r} has the {system} code {code!r}, which is not written as one: {EXAMPLE[system]}."
        )


def plain(code: str) -> str:
    """A code as records hold it, with or without its point, in one way: capitals without point, space or "-"."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())


def covers(system: str, pattern: str, code: str) -> bool:
    """Whether a code of a record falls under a concept's code: the same, or longer where that may be.

    ICD-10-CM codes may be longer where they end in "-"; WHO codes always may, for records carry
    national additions. A record's code that is shorter ("H35.3" against "H35.31-") says less and is
    not covered.
    """
    given, wanted = plain(code), plain(pattern)
    return given == wanted or (given.startswith(wanted) and (system == "icd10" or pattern.endswith("-")))
