"""What two spellings of one name have in common.

A name is compared by its key: letters and digits alone, American, singular, nouns for adjectives.
"Oedema of the maculae", "macular edema" and "Macula-Oedema" have one key once the words are turned
round (`turned`). Names are short; rules that would be rash in running text are safe here, because
a key that no name has finds nothing, and two names with one key are refused when they are loaded.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

# British to American, and what is often confused, within a word.
SPELLING = tuple(
    (re.compile(pattern), american)
    for pattern, american in (
        ("aem", "em"),
        ("aev", "ev"),
        ("oed", "ed"),
        ("our", "or"),
        ("aneurism", "aneurysm"),
        ("artefact", "artifact"),
        ("dilatation", "dilation"),
        ("fibre", "fiber"),
        ("centre", "center"),
        ("tesselat", "tessellat"),
        ("ageing", "aging"),
        ("disk", "disc"),
        ("grey", "gray"),
        ("is(e|ed|ing|ation)$", r"iz\1"),
    )
)
# Plurals that are not formed with an s.
PLURALS = {
    "druse": "drusen",
    "emboli": "embolus",
    "foci": "focus",
    "metastases": "metastasis",
    "naevi": "naevus",
    "nevi": "nevus",
    "stenoses": "stenosis",
    "thrombi": "thrombus",
    "thromboses": "thrombosis",
}
ENDINGS = (
    ("itides", "itis"),  # uveitides
    ("mata", "ma"),  # haemangiomata
    ("ae", "a"),  # foveae
    ("ies", "y"),  # opacities
    ("sses", "ss"),  # masses
    ("ches", "ch"),  # patches
    ("xes", "x"),  # reflexes
)
# Not plurals, though they end in s.
SINGULAR = frozenset({"lens", "pars", "trans"})
# One stem for a part of the eye, whether it stands as adjective or noun. At the end of a word, so
# that "pre-retinal" and "preretinal" stay one.
STEMS = {
    "arterial": "artery",
    "arteriolar": "arteriole",
    "choroidal": "choroid",
    "epithelial": "epithelium",
    "foveal": "fovea",
    "macular": "macula",
    "retinal": "retina",
    "venous": "vein",
    "vitreal": "vitreous",
}
COUNTED = ("grade", "stage", "type", "category", "class", "level")
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
WORD = re.compile(r"[^\W_]+")
POSSESSIVE = re.compile(r"['’ʼ`]s(?![^\W_])")
OF = re.compile(r"(?P<what>.+?)\s+(?:of|in|at)\s+(?:(?:the|an?)\s+)?(?P<where>.+)", re.IGNORECASE)


def key(text: str) -> str:
    """The key of a name; empty where it holds neither letter nor digit."""
    return "".join(words(text))


def words(text: str) -> tuple[str, ...]:
    """The words of a text as `key` compares them, in order."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = [_stem(word) for word in WORD.findall(POSSESSIVE.sub("", plain))]
    return tuple(ROMAN.get(word, word) if i and found[i - 1] in COUNTED else word for i, word in enumerate(found))


def turned(text: str) -> Iterator[str]:
    """The same said the other way round: "oedema of the macula" is "macula oedema"."""
    found = OF.fullmatch(text.strip())
    if found:
        front = f"{found['where']} {found['what']}"
        yield front
        yield from turned(front)


@functools.lru_cache(maxsize=1 << 14)  # notes repeat their words
def _stem(word: str) -> str:
    single = _singular(word)
    for adjective, noun in STEMS.items():
        if single.endswith(adjective):
            single = single.removesuffix(adjective) + noun
    for pattern, american in SPELLING:
        single = pattern.sub(american, single)
    return single


def _singular(word: str) -> str:
    if word in PLURALS or word in SINGULAR:
        return PLURALS.get(word, word)
    for plural, single in ENDINGS:
        if word.endswith(plural) and len(word) > len(plural) + 2:
            return word.removesuffix(plural) + single
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is", "us")):
        return _singular(word[:-1])  # an s behind a plural that is none of its own: "retinaes", "druses"
    return word
