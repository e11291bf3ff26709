from mmfundus.knowledge.captions import _facts, rules
from mmfundus.knowledge.disagreements import DISAGREE, KINDS, Compared, compare, reviewed, table
from mmfundus.types import Extraction, Record, Rejected, Statement

NOTE = "Dr Quixley: OD severe NPDR, drusen, no ERM. OS macular hole."


def said(*statements):
    """An Extraction of (concept, eye, status, words of NOTE)."""
    found = [
        Statement(concept, eye, status, NOTE.index(words), NOTE.index(words) + len(words), words)
        for concept, eye, status, words in statements
    ]
    return _facts.extraction(found)


ONE = said(
    ("severe_npdr", "R", "present", "severe NPDR"),
    ("drusen", "R", "uncertain", "drusen"),
    ("epiretinal_membrane", "R", "absent", "ERM"),
    ("macular_hole", "L", "present", "macular hole"),
)
TWO = said(
    ("npdr", "R", "present", "NPDR"),
    ("drusen", "R", "present", "drusen"),
    ("epiretinal_membrane", "R", "absent", "no ERM"),
    ("glaucoma", "L", "history", "OS"),
)


def kinds(*both):
    return {(one.eye, one.concept): one.kind for one in compare(*both)}


def test_each_concept_of_each_eye_is_compared_once():
    assert kinds(ONE, TWO) == {
        ("R", "drusen"): "differ",
        ("L", "macular_hole"): "first",
        ("R", "severe_npdr"): "first",
        ("L", "glaucoma"): "second",
        ("R", "npdr"): "implied",  # severe NPDR is NPDR; the other way round it is not said
        ("R", "epiretinal_membrane"): "same",
    }


def test_what_should_be_looked_at_stands_first():
    order = [KINDS.index(one.kind) for one in compare(ONE, TWO)]
    assert order == sorted(order)
    assert [kind for kind in KINDS if kind in DISAGREE] == list(KINDS[:3])


def test_both_see_the_same_the_other_way_round():
    turned = {"first": "second", "second": "first"}
    assert kinds(TWO, ONE) == {key: turned.get(kind, kind) for key, kind in kinds(ONE, TWO).items()}


def test_places_are_those_of_both():
    (membrane,) = [one for one in compare(ONE, TWO) if one.concept == "epiretinal_membrane"]
    assert [NOTE[slice(*place)] for place in membrane.places] == ["no ERM", "ERM"]
    coded = _facts.extraction([Statement("drusen", "R", "present", 0, 0, "H35.36")])
    assert compare(coded) == [Compared("R", "drusen", "present", "present", "same", ())]


def test_one_captioner_agrees_with_itself():
    assert set(kinds(ONE).values()) == {"same"}
    assert kinds(rules.captioner()(NOTE))[("R", "severe_npdr")] == "same"


def test_a_denied_wide_word_implies_a_denied_narrow_one():
    wide = said(("diabetic_retinopathy", "R", "absent", "NPDR"))
    narrow = said(("diabetic_retinopathy", "R", "absent", "NPDR"), ("pdr", "R", "absent", "NPDR"))
    assert kinds(wide, narrow)[("R", "pdr")] == "implied"


def test_a_record_is_shown_redacted_and_by_number():
    item = reviewed(7, Record("Quixley", NOTE), ONE, TWO)
    assert item.row == 7 and "Quixley" not in item.note.text
    assert item.disagreements == 4


def test_the_table_lists_what_should_be_looked_at():
    bad = Rejected("gremlins", "R", "present", "fog", "There is no such concept in the knowledge base.")
    first = Extraction(ONE.statements, ONE.eyes, rejected=(bad,))
    lost = Extraction(refused="Busy.")
    found = table(
        [reviewed(1, Record("p", NOTE), first, TWO), reviewed(2, Record("p", NOTE), lost, TWO)], ("llm", "rules")
    )
    rows = list(zip(*found.values(), strict=True))
    assert list(found) == ["row", "eye", "concept", "llm", "rules", "kind", "evidence", "reason"]
    assert rows[0] == ("1", "R", "drusen", "uncertain", "present", "differ", "drusen", "")
    assert ("1", "R", "gremlins", "present", "", "rejected", "fog", bad.reason) in rows
    assert ("2", "", "", "", "", "refused", "", "llm: Busy.") in rows
    assert sum(row[5] in DISAGREE for row in rows) == 4 + len(compare(lost, TWO))


def test_evidence_in_the_table_is_redacted():
    wide = said(("severe_npdr", "R", "present", "Quixley: OD severe NPDR"))
    found = table([reviewed(1, Record("p", NOTE), wide, TWO)], ("llm", "rules"))
    assert "[NAME]: OD severe NPDR" in found["evidence"]
    assert not any("Quixley" in text for text in found["evidence"])


def test_an_empty_review_is_a_table_too():
    assert table([], ("llm", "rules"))["row"] == []
