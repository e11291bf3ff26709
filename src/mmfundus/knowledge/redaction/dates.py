"""Dates in a clinical note; of them the year may stay, for without it what is past cannot be told from today.

All parts of a date but the year identify a person by the US rule for de-identified records ("safe harbor", 45 CFR
164.514(b)(2)(i)(C)). Relative times ("two weeks ago"), weekdays and times of day stay. So do clinical figures: 6/9 and
20/40 are acuities, 24-2 is a field test, and OCT is a scan and no October. A year before 1990 goes with its date,
and so does one of a birth: it might tell an age over 89.
"""

import re
from collections.abc import Iterator

from mmfundus.knowledge.redaction.cuts import Cut

DAY = r"(?:0?[1-9]|[12]\d|3[01])"
ORDINAL = rf"{DAY}(?:st|nd|rd|th)"
YEAR = r"(?:(?:18|19|20)\d\d|['’]\d\d)"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)(?![^\W\d_])\.?"
)
# Months that need no day and year beside them: as one writes a month and not a scan, a verb or "decreased".
SURE_MONTH = (
    r"(?:(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|May|March|June|July)\b\.?"
    r"|(?:[Jj]anuary|[Ff]ebruary|[Aa]pril|[Aa]ugust|[Ss]eptember|[Oo]ctober|[Nn]ovember|[Dd]ecember)\b"
    r"|(?:JAN|FEB|APR|JUN|JUL|AUG|SEPT?|NOV)\b\.?"
    r"|(?:JANUARY|FEBRUARY|MARCH|APRIL|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)\b)"
)
BEFORE_MONTH = r"(?i:\b(?:in|since|from|until|till|by|on|last|next|this|early|mid|late|of|during|before|after))"
FREE = r"(?<![\d.,/-])"  # not the rest of a longer number
ENDED = r"(?![\d/]|[.-]\d)"
MEASURE = r"(?![\w/%]|\.\d|\s?(?:[µμu]m|mm|cm|ml|mg|%))"
BIRTH = r"(?i:\bd\.?\s?o\.?\s?b\b|\bborn\b|\bbirth\b|\byob\b)\W{0,4}(?i:in |year )?"
VISIT = r"(?i:\bd\.?o\.?b|\bdated?|\bseen on|\bappointment|\bappt|\bbe seen|\bvisit|\bw/c)\W{1,3}"

MAY_STAY = re.compile(r"(?<!\d)(?:199|20\d)\d(?!\d)")
OF_BIRTH = re.compile(r"(?:\bd\.?\s?o\.?\s?b\b|\bborn\b|\bbirth\b)\W{0,4}(?:on |date )?\W{0,3}$", re.IGNORECASE)

# The group "it" is the date where the pattern holds more.
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # In figures; days and months that no calendar has are dates too.
        rf"{FREE}(?:18|19|20)\d\d ?([-/.]) ?\d{{1,2}} ?\1 ?\d{{1,2}}{ENDED}",
        rf"{FREE}\d{{1,2}} ?([-/]) ?\d{{1,2}} ?\1 ?(?:\d{{4}}|\d\d){ENDED}",
        rf"{FREE}\d{{1,2}}\.\d{{1,2}}\.(?:\d{{4}}|\d\d){ENDED}",
        rf"{FREE}(?:0?[1-9]|1[0-2]) ?[-/.] ?(?:18|19|20)\d\d{ENDED}",
        rf"{VISIT}(?P<it>(?!6/|20/)\d{{1,2}}[/.-](?!(?:7|12|52)\b)\d{{1,2}})(?![\d/])",
        rf"{BIRTH}(?P<it>(?:18|19|20)\d\d)\b",
        # With the month's name: in any case where day and year stand beside it or the day is counted.
        rf"(?i:\b{DAY}(?:st|nd|rd|th)?(?:\sof)?[\s.-]?{MONTH}[\s,.-]{{0,2}}(?:{YEAR}|\d\d)\b(?![/%]|\.\d))",
        rf"(?i:\b{MONTH}[\s-]?{DAY}(?:st|nd|rd|th)?[\s,.-]{{1,2}}{YEAR}\b)",
        rf"(?i:\b{YEAR}[\s.-]{MONTH}[\s.-]?{DAY}\b)",
        rf"(?i:\b{ORDINAL}(?:\sof)?\s{MONTH})",
        rf"(?i:\b{MONTH}\s{ORDINAL}\b)",
        # With less beside it only where it is surely a month.
        rf"(?<![\d/.]){DAY}(?: of)?[ -]?{SURE_MONTH}",
        rf"\b{SURE_MONTH}[ -]?{DAY}{MEASURE}",
        rf"\b{SURE_MONTH}[ ,.-]{{0,2}}{YEAR}(?!\d)",
        rf"{BEFORE_MONTH}\s(?P<it>{SURE_MONTH})(?!\w)",
    )
)


def cuts(note: str) -> Iterator[Cut]:
    """Every date; they may overlap."""
    for pattern in PATTERNS:
        for found in pattern.finditer(note):
            start, end = found.span("it" if "it" in pattern.groupindex else 0)
            year = MAY_STAY.search(note, start, end)
            birth = OF_BIRTH.search(note, max(0, start - 30), start)
            yield Cut("DATE", start, end, year[0] if year and not birth else "")
