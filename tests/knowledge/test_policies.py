import pytest

from mmfundus.errors import UnknownName, WorkError
from mmfundus.knowledge import policies
from mmfundus.knowledge.concepts import concepts

HEAD = """
name = "N"
publisher = "P"
region = "R"
where = "W"
version = "1"
read = "part"
status = "unreviewed"
"""
RULE = '[[rules]]\nconcepts = ["crvo"]\nurgency = "urgent"\n'


def test_a_policy_is_read() -> None:
    found = policies.parse("p", HEAD + RULE + 'days = 7\nwhen = "w"', concepts())
    assert found.rules == (policies.Rule(("crvo",), "urgent", "w", 7),)
    assert found.about("crvo") == found.rules
    assert found.about("brvo") == found.about("retinal_vein_occlusion") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD, "The policy 'p' has no 'rules'"),
        (HEAD.replace('version = "1"\n', "") + RULE, "The policy 'p' has no 'version'"),
        (HEAD + "colour = 1\n" + RULE, "The policy 'p' has the unknown key 'colour'"),
        (HEAD.replace('"unreviewed"', '"fine"') + RULE, "The policy 'p' is 'fine'; say one of: unreviewed, reviewed"),
        (HEAD + RULE.replace("crvo", "crvoo"), "names the concept 'crvoo', which does not exist"),
        (HEAD + RULE.replace('["crvo"]', "[]"), "A rule of the policy 'p' names no concept"),
        (HEAD + RULE.replace("urgent", "now"), "has the urgency 'now'; say one of: emergency, urgent"),
        (HEAD + RULE + "days = 0", "is for 0 days; give a whole number of at least 1"),
        (HEAD + RULE + 'days = "7"', "is for '7' days"),
        (HEAD + RULE + "colour = 1", "A rule of the policy 'p' has the unknown key 'colour'"),
        (HEAD + RULE + RULE, "has two rules for 'crvo' with the same condition ''"),
        ("name =", "The policy 'p' is not valid TOML"),
    ],
)
def test_a_wrong_policy_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(WorkError) as caught:
        policies.parse("p", text, concepts())
    assert sentence in str(caught.value)


def test_an_unknown_policy_is_an_error_that_lists_them() -> None:
    with pytest.raises(UnknownName, match=r"no referral policy named 'nsw'.*nsw_diabetic_retinopathy"):
        policies.load("nsw")


# The shipped policies


@pytest.mark.parametrize("name", policies.names())
def test_every_policy_says_what_it_is_and_claims_no_review(name: str) -> None:
    found = policies.load(name)
    assert found.rules
    assert found.status == "unreviewed"
    assert all((found.name, found.publisher, found.region, found.where, found.version, found.read))


@pytest.mark.parametrize(
    ("policy", "concept", "when", "urgency", "days"),
    [
        ("nsw_diabetic_retinopathy", "severe_npdr", "", "urgent", 30),
        ("nsw_diabetic_retinopathy", "moderate_npdr", "", "soon", 90),
        ("nsw_diabetic_retinopathy", "center_involved_dme", "in pregnancy", "emergency", None),
        ("nsw_diabetic_retinopathy", "pdr", "", "emergency", None),
        ("sa_macular_disorders", "macular_hole", "", "urgent", 30),
        ("sa_macular_disorders", "epiretinal_membrane", "without symptoms", "not referred", None),
        ("wa_ophthalmology_adult", "crvo", "", "urgent", 7),
        ("bhr_hospitals", "brvo", "", "soon", 42),
        ("birmingham_loc", "central_serous_chorioretinopathy", "", "urgent", None),
        ("rcophth_wet_amd", "wet_amd", "", "urgent", 7),
        ("moles_2022", "choroidal_nevus", "score 0, a common naevus", "not referred", None),
    ],
)
def test_what_the_pages_state(policy: str, concept: str, when: str, urgency: str, days: int | None) -> None:
    (rule,) = (rule for rule in policies.load(policy).about(concept) if rule.when == when)
    assert (rule.urgency, rule.days) == (urgency, days)


def test_where_guidelines_differ_nothing_is_settled() -> None:
    differ = policies.disagreements()
    assert set(differ["brvo"]) == {"bhr_hospitals", "wa_ophthalmology_adult"}
    assert {rule.urgency for rules in differ["pdr"].values() for rule in rules} == {"emergency", "urgent"}
    assert "macular_hole" not in differ  # both say urgent


def test_a_known_conflict_is_kept_in_the_files() -> None:
    for name, other in (("nsw_diabetic_retinopathy", "birmingham_loc"), ("bhr_hospitals", "wa_ophthalmology_adult")):
        assert any(other in sentence for sentence in policies.load(name).conflicts)
