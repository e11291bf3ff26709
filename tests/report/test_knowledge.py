import re
from pathlib import Path

import pytest

from mmfundus import NOTICE
from mmfundus.knowledge import policies, prompts
from mmfundus.knowledge.concepts import chapters, concepts, shipped
from mmfundus.report import knowledge
from mmfundus.report.pages import knowledge_page

DOCS = Path(__file__).parents[2] / "docs" / "concepts.html"


@pytest.fixture(scope="module")
def page() -> str:
    return knowledge_page()


def article(page: str, name: str) -> str:
    """The part of the page about one concept, its white space made even."""
    found = re.search(rf'<article class="concept" id="c-{name}">(.*?)</article>', page, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def test_the_page_in_the_docs_is_up_to_date(page: str) -> None:
    assert DOCS.read_text(encoding="utf-8") == page, "run: mmfundus concepts --out docs/concepts.html"


def test_every_concept_scale_policy_and_source_has_its_place_once(page: str) -> None:
    for prefix, ids in (("c", concepts()), ("s", shipped().scales), ("p", policies.names())):
        assert sorted(re.findall(rf'id="{prefix}-(\w+)"', page)) == sorted(ids)
    assert all(f">{source}</th>" in page for source in shipped().sources)
    assert NOTICE in page


def test_every_link_leads_somewhere_on_the_page(page: str) -> None:
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= set(re.findall(r'id="([\w-]+)"', page))
    assert not re.findall(r'(?:href|src)="(?!#)', page)


def test_an_article_says_what_is_known_and_from_where(page: str) -> None:
    found = article(page, "severe_npdr")
    assert "definition: icdr2003" in found
    assert "<dt>graded</dt><dd>International Clinical Diabetic Retinopathy severity scale (ICDR): 3; ETDRS" in found
    assert '<a href="#c-npdr">npdr</a>' in found
    assert "many haemorrhages in all four quadrants; beaded veins" in found
    assert "<small>[icdr2003]</small>" in found
    assert "<dt>on oct</dt><dd>disordered and thinned inner layers <small>[unreviewed]</small>" in found
    assert "MA (or macular_atrophy, retinal_macroaneurysm, the macula)" in article(page, "microaneurysms")


def test_a_reader_has_a_title_for_every_chapter() -> None:
    assert {file.name for file in chapters()} == {f"{name}.toml" for name in knowledge.CHAPTERS}


def test_the_table_has_a_line_a_concept_and_says_what_it_is_not() -> None:
    lines = list(knowledge.concept_lines())
    assert [line.split()[0] for line in lines[:-1]] == list(concepts())
    assert lines[-1].startswith(f"{len(concepts())} concepts, unreviewed")
    only = list(knowledge.concept_lines("slo"))
    assert [line.split()[0] for line in only[:-1]] == [c.id for c in concepts().values() if "slo" in c.modalities]


def test_prompts_and_grades_as_lines() -> None:
    assert list(knowledge.prompt_lines([prompts.Prompt("a b", 0.25), prompts.Prompt("c", 0.75)])) == [
        " 0.250  a b",
        " 0.750  c",
    ]
    steps = [prompts.Step("0", (), (prompts.Prompt("a", 1.0),)), prompts.Step("1", ("x", "y"), ())]
    assert list(knowledge.scale_lines(steps)) == ["grade 0", "   1.000  a", "grade 1: x, y"]
