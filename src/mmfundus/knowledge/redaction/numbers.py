"""Numbers and addresses of wires in a clinical note: of records, telephones, mail and web, postcodes, ages over 89.

Ages over 89 identify a person by the US rule (45 CFR 164.514(b)(2)(i)(C)); others stay. A number without a word that
says what it is counts from six digits on, or with letters from five: no measure of an eye has so many. Codes of ICD
are looked up and stay.
"""

import re
from collections.abc import Iterator

from mmfundus.knowledge import concepts
from mmfundus.knowledge.redaction.cuts import Cut

UNIT = r"(?:[µμu]m|mm|nm|cm|ml|mg|mcg|ms|db|%)"
# After these a code is a record's; after other words only with "no.", "number" or "#" between.
RECORD = r"(?:mrn|m\.r\.n|nhs|chi|ssn|urn|uhid|hcn|pid|i\.?d|nin|gmc|npi|medicare|medicaid|s/n)\b\.?"
FILED = (
    r"(?:hosp(?:ital)?|chart|record|acc(?:oun)?t|accession|case|file|unit|patient|pt|px|reg(?:istration)?|policy|insurance"
    r"|member|licen[cs]e|study|visit|encounter|specimen|serial|lot|ref(?:erence)?|clinic|order|claim|passport|security"
    r"|screening|episode|booking)\b\.?"
)
NUMBER = r"(?:nos?\b\.?|num(?:ber)?s?\b\.?|nr\b\.?|#|id\b)"
SURE_NUMBER = r"(?:no\.|number\b|nr\.|#)"
CODE = r"(?P<it>(?:[a-z]{1,2} )?(?=[\w./-]{0,30}\d)\w+(?:[/._-]\w+)*(?:[ ]\d{3,4}\b){0,2})"
DOMAIN = r"(?:com|org|net|edu|gov|info|health|example|(?:co|nhs|ac|org|gov)\.uk|com\.au)"
CALL = r"\b(?:tel(?:ephone)?|phone|ph|mob(?:ile)?|cell|fax|contact|call(?:ed)?)\b\.?(?:\s(?:no|number|on|at)\b)?\.?"
PAGER = r"\b(?:pager|bleep|beep|ext(?:ension)?|extn)\b\.?(?:\s(?:no|number)\b)?\.?"
YEARS = r"(?:y(?:ea)?rs?\b|y/?o\b|y\.o\.|male\b|female\b|man\b|woman\b|lady\b|gentleman\b|(?-i:[MF]\b))"
OVER_89 = r"(?:9\d|1[0-4]\d)"

PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("EMAIL", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
        ("URL", r"\b(?:https?://|ftp://|www\.)[^\s<>\"]{1,2000}(?<![.,;:)])"),
        ("URL", rf"(?<![\w.@-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}{DOMAIN}\b(?:/[^\s<>\"]{{0,2000}})?(?<![.,;:)])"),
        ("URL", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)"),
        ("PHONE", rf"{CALL}[\s.:#]{{0,4}}(?P<it>[+(]?\d(?:[\s().-]{{0,3}}\d){{5,15}})"),
        ("PHONE", rf"{PAGER}[\s.:#]{{0,4}}(?P<it>\d{{2,8}})\b"),
        ("PHONE", r"(?<![\w+])\+(?:[\s.()-]{0,2}\d){8,15}(?!\d)"),
        ("PHONE", r"\(\d{3,5}\)\s?\d{3,4}(?:[\s.-]?\d{3,4})?(?!\d)"),
        ("PHONE", r"(?<![\d.])0\d{2,4}[\s-]\d{3,4}(?:[\s-]?\d{3,4})?(?!\d|\.\d)"),
        ("PHONE", rf"(?<![\d.])(?:\d{{3}}[-.\s])?\d{{3}}[-.]\d{{4}}(?!\d|\.\d|\s?{UNIT})"),
        ("ID", rf"\b{RECORD}\s?{NUMBER}?\s?[:=#]?\s{{0,3}}{CODE}"),
        ("ID", rf"\b{FILED}\s?{NUMBER}\s?[:=#]?\s{{0,3}}{CODE}"),
        ("ID", rf"\b[a-z]{{2,16}}\s{SURE_NUMBER}\s?[:=#]?\s{{0,3}}{CODE}"),
        (
            "ID",
            rf"\b(?:ref(?:erence)?|accession|policy|serial)\b\.?\s?[:=]?\s{{0,2}}(?=[\w/-]{{0,20}}[a-z])(?=(?:[a-z/-]{{0,12}}\d){{3}}){CODE}",
        ),
        ("ID", r"\b(?:insurance|insurer|payer|policy)\s?[:=]\s{0,3}(?P<it>[^\s.;][^\n.;]{0,60})"),
        ("ID", r"(?<![\w.-])\d{3}-\d\d-\d{4}(?![\w-])"),
        ("ID", r"(?<![\w.-])\d{3}[ -]\d{3}[ -]\d{4}(?![\w-])"),
        ("ID", r"(?<![\w.,])\d{6,}(?!\w|\.\d)"),
        ("ID", r"(?<![\w.-])(?=[\w-]{0,30}[a-z]-?\d)(?:[a-z-]{0,12}\d){5}[\w-]{0,30}(?!\w)"),
        ("PLACE", r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b)"),
        ("PLACE", r"(?-i:\b[A-Z]{2}),? \d{5}(?:-\d{4})?(?![\d.])"),  # MA 02139
        ("PLACE", r"\bp\.?o\.? ?box \d+"),
        ("AGE", rf"(?<![\d./-]){OVER_89}(?=[\s-]?{YEARS})"),
        ("AGE", rf"\b(?:aged?|age:)\s?(?:of\s)?(?P<it>{OVER_89})(?!\d|\.\d|[%/])"),
    )
)


def cuts(note: str) -> Iterator[Cut]:
    """Every such number; they may overlap."""
    for kind, pattern in PATTERNS:
        for found in pattern.finditer(note):
            cut = Cut(kind, *found.span("it" if "it" in pattern.groupindex else 0))
            if kind != "ID" or _of_a_record(note[cut.start : cut.end]):
                yield cut


def _of_a_record(text: str) -> bool:
    """Not one digit after a word that may be another ("lens no 2"), and no code of a disease."""
    digits = sum(map(str.isdigit, text))
    return (digits > 1 or not text.isdigit()) and not concepts.coded(text)
