import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mmfundus.report import judging
from mmfundus.report.pages import evaluation_page
from mmfundus.tasks import Judged, zero_shot

LARGEST = 5_000_000  # bytes of a page
FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}
TITLES = ["How it was judged", "Each concept", "Worst errors", "Nearest images", "The space", "Reporting checklists"]


class Tags(HTMLParser):
    """Tags with the names of their attributes, in order; and ids and sources."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.values = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(tag, name, value) for name, value in attrs]


@pytest.fixture(scope="module")
def compared():
    entry = {"first": 0.8, "second": 0.7, "difference": FIGURE, "p_delong": 0.2}
    return {
        "model": "a", "against": "b", "n_patients": 9, "only_first": [], "only_second": ["x"],
        "concepts": [{"modality": "cfp", "concept": "normal", "auroc": entry}], "macro": {"auroc": entry},
    }  # fmt: skip


@pytest.fixture
def whole(eye_table, fake_reader, compared):
    judged = zero_shot.judge(fake_reader, eye_table, "test", resamples=20)
    judged.result["comparison"] = compared
    judged.result["scales"] = {
        "cfp": {"icdr": {"grades": ["none", "mild"], "confusion": [[3, 1], [0, 2]], "kappa": FIGURE}}
    }
    bent = {"drusen": {"calibrated": True, "before": {"brier": FIGURE}}}
    judged.result["calibration"] = {"method": "platt", "modalities": {"cfp": {"applied": True, "concepts": bent}}}
    return judged, judging.look(fake_reader, eye_table, "test", judged)


def page(judged: Judged, seen=None):
    return evaluation_page(judged.result, [], None, judging.sections(judged, seen))


def test_the_parts_come_in_their_order(whole):
    titles = [section.title for section in judging.sections(*whole)]
    assert [title for title in titles if title in TITLES] == TITLES
    assert {"Calibration", "Grades and classes", "Two models"} <= set(titles)


def test_without_images_there_is_no_part_that_shows_them(whole):
    titles = [section.title for section in judging.sections(whole[0])]
    assert not {"Worst errors", "Nearest images", "The space"} & set(titles)
    assert "Flow of images" not in page(whole[0])


def test_the_page_is_one_accessible_file_without_network(whole):
    text = page(*whole)
    found = Tags(text)
    assert len(text.encode()) < LARGEST
    assert not {tag for tag, _ in found.tags} & {"script", "link", "iframe", "object", "base", "form"}
    assert all(value.startswith("data:image/") for _, name, value in found.values if name == "src")
    ids = [value for _, name, value in found.values if name == "id"]
    assert len(ids) == len(set(ids))
    assert all(value for tag, name, value in found.values if (tag, name) == ("img", "alt"))
    assert all({"role", "aria-label"} <= set(names) for tag, names in found.tags if tag == "svg")
    assert all("scope" in names for tag, names in found.tags if tag == "th")
    assert not re.search(r"url\((?!#)|@import", text)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</style>"]
)
def test_hostile_names_change_no_tag(eye_table, fake_reader, compared, text):
    def made(name):
        rows = tuple(replace(row, extra={"sex": name}) for row in eye_table.rows)
        table = replace(eye_table, rows=rows, name=name)
        judged = zero_shot.judge(fake_reader, table, "test", resamples=5)
        seen = judging.look(fake_reader, table, "test", judged)
        renamed = {f"{i}.png": f"{name}{i}.png" for i in range(12)}
        judged.result.update(json.loads(json.dumps(judged.result).replace('"drusen"', json.dumps(name))))
        judged.result["comparison"] = {**compared, "model": name, "against": name}
        found = judged.predictions
        concepts = tuple(name if concept == "drusen" else concept for concept in found.concepts)
        shown = tuple(replace(row, image=renamed.get(row.image, row.image)) for row in found.rows)
        mistakes = [(replace(it, concept=name, row=replace(it.row, image=name)), one) for it, one in seen.mistakes]
        near = replace(seen.nearby, embeddings=replace(seen.nearby.embeddings, rows=tuple(
            replace(row, image=name, present=(name,)) for row in seen.nearby.embeddings.rows)))  # fmt: skip
        return page(
            Judged(judged.result, replace(found, concepts=concepts, rows=shown), None),
            judging.Seen(seen.flow, mistakes, near),
        )

    hostile, plain = made(text), made("some words")
    assert [tag for tag, _ in Tags(hostile).tags] == [tag for tag, _ in Tags(plain).tags]
    assert "<script" not in hostile


def test_no_patient_id_is_on_the_page(eye_table, fake_reader):
    rows = tuple(replace(row, patient=f"secret-{row.patient}") for row in eye_table.rows)
    table = replace(eye_table, rows=rows)
    judged = zero_shot.judge(fake_reader, table, "test", resamples=5)
    assert "secret" not in page(judged, judging.look(fake_reader, table, "test", judged))


def test_every_chart_has_its_table(whole):
    text = page(*whole)
    assert text.count("These charts as tables") == text.count('<details class="question"') - 3  # checklists have none
