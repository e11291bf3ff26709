"""Coded values of a header, old and new spelling alike.

SNOMED codes of before 2019 are written in SNOMED RT's style ("R-1021A", scheme SRT); pydicom carries the standard's
own table (PS3.16 annex O) of what each is called now.
"""

from collections.abc import Iterator

from pydicom import Dataset
from pydicom.sr._snomed_dict import mapping

SNOMED_RT = ("SRT", "SNM3", "99SDM")


def values(found: Dataset, attribute: str) -> Iterator[str]:
    """The code values of a sequence of codes, each as `SCHEME:value` with SNOMED as SCT."""
    for item in found.get(attribute) or ():
        scheme, value = str(item.get("CodingSchemeDesignator", "")), str(item.get("CodeValue", ""))
        if scheme in SNOMED_RT:
            scheme, value = "SCT", str(mapping["SRT"].get(value, value))
        if value:
            yield f"{scheme}:{value}"


def first(found: Dataset, *attributes: str) -> set[str]:
    """All code values of several sequences."""
    return {value for attribute in attributes for value in values(found, attribute)}
