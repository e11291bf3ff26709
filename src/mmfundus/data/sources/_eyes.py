"""Which eye: read from the words and letters that data sets use for it."""

import re

SIDES = {
    **dict.fromkeys(("r", "right", "od", "re", "right_eye", "right eye"), "R"),
    # OI is "ojo izquierdo"; OS is "oculus sinister"
    **dict.fromkeys(("l", "left", "os", "le", "oi", "left_eye", "left eye"), "L"),
}
TOKEN = re.compile(r"(?<![a-z])(left|right|od|os|oi)(?![a-z])")


def side(word: str) -> str:
    """`R`, `L`, or empty for a word that names no eye, such as `OU`."""
    return SIDES.get(word.strip().casefold(), "")


def from_name(name: str) -> str:
    """The eye that a file's name states, as in `10_left.jpeg` and `1221_OD_f_3.jpg`; empty for none or for both."""
    found = {SIDES[token] for token in TOKEN.findall(name.casefold().replace("_", " "))}
    return found.pop() if len(found) == 1 else ""
