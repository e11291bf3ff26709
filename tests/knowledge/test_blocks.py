import pytest

from mmfundus import plugins
from mmfundus.errors import WorkError
from mmfundus.knowledge import blocks
from mmfundus.knowledge.concepts import concepts

WHOLE = """
[macular_hole]
name = "macular hole"
synonyms = ["hole in the macula"]
aliases = ["idiopathic hole"]
abbreviations = ["MH"]
kind = "disease"
parents = ["maculopathy"]
abnormal = true
modalities = ["cfp", "oct"]
icd10cm = { "H35.34-" = "broad" }
icd10 = { "H35.3" = "broad" }
source = "ivts2013"
[macular_hole.findings]
cfp = ["a red spot"]
oct = ["a gap of 250 micrometres [ivts2013]", "raised edges [or so"]
"""


def test_a_block_becomes_a_concept() -> None:
    (concept,) = blocks.parse(WHOLE, "macula")
    assert (concept.id, concept.kind, concept.chapter, concept.source) == (
        "macular_hole",
        "disease",
        "macula",
        "ivts2013",
    )
    assert concept.names == ("macular hole", "hole in the macula")
    assert (concept.aliases, concept.abbreviations, concept.parents) == (
        ("idiopathic hole",),
        ("MH",),
        ("maculopathy",),
    )
    assert (dict(concept.icd10cm), dict(concept.icd10)) == ({"H35.34-": "broad"}, {"H35.3": "broad"})


def test_a_source_in_brackets_is_taken_off_its_statement() -> None:
    (concept,) = blocks.parse(WHOLE)
    assert concept.findings["oct"] == ("a gap of 250 micrometres", "raised edges [or so")
    assert dict(concept.cited) == {"a gap of 250 micrometres": "ivts2013"}


def test_what_was_not_said_is_unreviewed_and_abnormal() -> None:
    (concept,) = blocks.parse('[x]\nname = "x"\nkind = "finding"\nmodalities = ["fa"]')
    assert (concept.source, concept.abnormal, concept.parents) == ("unreviewed", True, ())


def block(**changes: str) -> str:
    lines = {"name": '"x y"', "kind": '"finding"', "modalities": '["fa"]', **changes}
    return "[x]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colour": "1"}, "has the unknown key 'colour'. Keys are: name, kind"),
        ({"cited": "{}"}, "unknown key 'cited'"),
        ({"name": ""}, "has no 'name'"),
        ({"kind": '"sign"'}, "is of kind 'sign'; kinds are: disease, finding, state"),
        ({"synonyms": '"y"'}, "'synonyms' of the concept 'x' is not a list of texts"),
        ({"synonyms": '["y", " "]'}, "'synonyms' of the concept 'x' is not a list of texts"),
        ({"parents": '["y", "y"]'}, "'parents' of the concept 'x' says 'y' twice"),
        ({"aliases": '["X-Y"]'}, "The alias 'X-Y' of 'x' is understood without it"),
        ({"aliases": '["y z", "Y-z"]'}, "The alias 'Y-z' of 'x' is understood without it"),
        ({"icd10cm": '{ "H35.31-" = "near" }'}, "maps H35.31- as 'near'"),
        ({"icd10": '{ "H35.31-" = "exact" }'}, "has the icd10 code 'H35.31-', which is not written as one"),
        ({"findings": '{ oct = ["y"] }'}, "has findings for 'oct', where it is not said to be seen"),
        ({"findings": '{ fa = "y" }'}, "The findings of the concept 'x' in 'fa' is not a list of texts"),
        ({"abbreviations": '["?"]'}, "has the name '?', which holds no letter"),
    ],
)
def test_a_wrong_block_is_refused(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(WorkError) as caught:
        list(blocks.parse(block(**changes)))
    assert sentence in str(caught.value)


def test_what_stands_outside_a_block_is_refused() -> None:
    with pytest.raises(WorkError, match="'version' stands outside a block in the file of concepts"):
        list(blocks.parse("version = 1"))
    with pytest.raises(WorkError, match="not valid TOML"):
        list(blocks.parse("[x"))
    with pytest.raises(WorkError, match="'Drusen' is not lower-case words joined by underscores"):
        list(blocks.parse('[Drusen]\nname = "x"'))


# The shipped chapters


def test_all_modalities_have_their_plugin() -> None:
    assert {m for concept in concepts().values() for m in concept.modalities} == set(
        plugins.names("mmfundus.modalities")
    )


def test_a_finding_is_a_clause_that_a_sentence_can_end_with() -> None:
    said = {text for concept in concepts().values() for found in concept.findings.values() for text in found}
    assert [text for text in said if text.endswith((".", ";", ",")) or text[0].isupper() or "[" in text] == []


def test_no_urgency_in_a_concept() -> None:
    said = " ".join(
        text
        for c in concepts().values()
        for text in (*c.names, *c.aliases, *(t for f in c.findings.values() for t in f))
    )
    assert not {"urgent", "emergency", "refer", "referral"} & set(said.replace(",", " ").split())
