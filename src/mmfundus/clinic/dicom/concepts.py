"""A label as a coded concept: the WHO's ICD-10 code where ours is exactly that, else our own scheme, which is stated.

ICD-10-CM codes are not written: those of the eye carry side and stage in further characters, so none of them is
exactly a concept. Nor is SNOMED CT: the knowledge base has no SNOMED codes.
"""

import hashlib

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept

from mmfundus.knowledge.concepts import concepts

PRIVATE = "99MMFUNDUS"  # PS3.16 8.2: private designators begin with 99
ICD10 = "I10"
MEANING = 64  # characters of a code's meaning (LO)


def scheme() -> CodingSchemeIdentificationItem:
    """What the private scheme is, for the header of whatever uses it."""
    return CodingSchemeIdentificationItem(
        designator=PRIVATE, name="mmfundus concept ids", responsible_organization="mmfundus"
    )


def of_label(label: str) -> CodedConcept:
    """The code of a concept id; free text gets a code of its own, made from the text."""
    known = concepts().get(label)
    if known is None:
        return CodedConcept(f"text_{hashlib.sha256(label.encode()).hexdigest()[:8]}", PRIVATE, label[:MEANING])
    exact = [code for code, match in known.icd10.items() if match == "exact"]
    if len(exact) == 1:
        return CodedConcept(exact[0], ICD10, known.name[:MEANING])
    return CodedConcept(label, PRIVATE, known.name[:MEANING])


def own(value: str, meaning: str) -> CodedConcept:
    """A code of ours that is no concept of the eye."""
    return CodedConcept(value, PRIVATE, meaning[:MEANING])
