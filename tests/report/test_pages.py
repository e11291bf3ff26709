import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus import NOTICE
from mmfundus.knowledge.captions import _facts
from mmfundus.knowledge.disagreements import reviewed
from mmfundus.report.pages import demo_page, evaluation_page, reading_page, review_page, run_page
from mmfundus.types import Extraction, Finding, Reading, Record, Rejected, Row, Statement

VOID = {"input", "meta", "img", "link", "br", "use", "path", "rect"}
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "</style>--><b>",
]


class Structure(HTMLParser):
    """Tags in order with the names of their attributes, and the attributes' values."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def values(self, name):
        return [value for _, found, value in self.attributes if found == name]


def readings(text="glaucoma", reason="It is empty."):
    map = np.full((2, 2), 0.05, np.float32)
    pixels = np.zeros((8, 8, 3), np.uint8)
    row = Row(text, "cfp", present=(text,))
    found = (Finding(text, 0.8, 0.2, map), Finding("amd", 0.1, 0.1, map))
    return [Reading(row, pixels, found), Reading(Row(text, "cfp"), None, (), reason)]


def events(text="a"):
    return [
        {"event": "refused", "step": 1, "image": text, "reason": text},
        *({"event": "step", "step": at, "epoch": 0, "samples": 4, "loss": 2 / at, "lr": 1e-5} for at in (1, 2, 3)),
        {"event": "evaluate", "step": 3, "epoch": 1, "macro_auroc": 0.7, "modalities": {text: 0.7}, "best": True},
        {"event": "stop", "step": 3, "reason": text},
    ]


def result(text="glaucoma"):
    figure = {"value": 0.8, "low": 0.7, "high": 0.9}
    entry = {"n_present": 3, "n_absent": 4, "auroc": figure, "auprc": figure, "threshold": 0.5}
    return {
        "task": text, "model": text, "manifest": text, "n_images": 7, "n_patients": 7, "n_refused": 0,
        "macro": {"auroc": {**figure, "over": 1, "of": 1}},
        "modalities": {text: {"concepts": {text: entry}, "macro": {"auroc": {**figure, "over": 1, "of": 1}}}},
        "undefined": [{"modality": text, "concept": text, "metric": text, "reason": text}],
        "seed": 0, "versions": {text: text},
    }  # fmt: skip


def notes(text="drusen"):
    """One note that two captioners read differently, with a rejected statement, and one that was refused."""
    two = Statement("drusen", "R", "present", 5, 5 + len(text), text)
    one = Extraction(rejected=(Rejected(text, text, text, text, text),))
    record = Record("p", f"OD:  {text}")
    lost = Extraction(refused=text)
    return [reviewed(1, record, one, _facts.extraction([two])), reviewed(2, record, lost, lost)]


PAGES = {
    "review": lambda text: review_page(notes(text), ("language model", "rules"), text),
    "run": lambda text: run_page(events(text), {"note": text, text: 1}),
    "evaluation": lambda text: evaluation_page(result(text), readings(text), result(text)),
    "reading": lambda text: reading_page(readings(text, text), text),
    "demo": lambda text: demo_page(
        events(text), {text: text}, result(text), readings(text), [(text, text)] * 3, result(text)
    ),
}


@pytest.fixture(scope="module", params=PAGES)
def page(request):
    return PAGES[request.param]("some words")


def test_a_page_is_one_file_without_network_or_script(page):
    found = Structure(page)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert all(value.startswith("data:image/") for value in found.values("src"))
    assert all(value.startswith("#") for value in found.values("href") + found.values("xlink:href"))
    assert not re.search(r"url\((?!#)|@import", page)
    assert "default-src 'none'" in found.values("content")[1]


def test_a_page_says_what_this_software_is_not(page):
    assert Structure(page).text.count(NOTICE) == 2


def test_a_page_is_well_formed_and_accessible(page):
    found = Structure(page)
    assert found.open == []
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert all("alt" in names for tag, names in found.tags if tag == "img")
    assert all(value for tag, name, value in found.attributes if (tag, name) == ("img", "alt"))
    assert all("scope" in names for tag, names in found.tags if tag == "th")
    assert all({"role", "aria-label"} <= set(names) for tag, names in found.tags if tag == "svg")
    assert [tag for tag, _ in found.tags].count("h1") == 1


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_tag(name, text):
    hostile, plain = Structure(PAGES[name](text)), Structure(PAGES[name]("some words"))
    assert hostile.tags == plain.tags
    assert text in hostile.text


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1))
def test_no_text_changes_a_tag_of_a_reading(text):
    assert Structure(PAGES["reading"](text)).tags == Structure(PAGES["reading"]("some words")).tags


def test_a_review_can_be_filtered_without_a_script():
    page = PAGES["review"]("drusen")
    found = Structure(page)
    chosen = [value for tag, name, value in found.attributes if (tag, name) == ("input", "id")]
    assert {"k-all", "k-second", "k-rejected", "k-refused"} <= set(chosen)
    for name in chosen[1:]:
        assert f".review:has(#{name}:checked) .card:not(.has-{name[2:]})" in page
    assert "No note was read." in review_page([], ("rules",))


def test_the_same_data_gives_the_same_page():
    assert PAGES["demo"]("x") == PAGES["demo"]("x")


@pytest.mark.parametrize("known", [[], events()[:1], events()[1:2], events()[4:5]])
def test_a_run_that_has_just_begun_has_a_page(known):
    text = Structure(run_page(known, {})).text
    assert ("not started" if not known else "in progress") in text


def test_an_evaluation_shows_figures_intervals_and_reasons():
    text = Structure(evaluation_page(result(), baseline=result())).text
    for words in ("0.800", "0.700–0.900", "42.9 %", "start weights", "mean over 1 of 1 concepts"):
        assert words in text
    assert "start weights" not in Structure(evaluation_page(result())).text


def test_a_page_of_an_empty_evaluation_and_of_no_reading_can_be_made():
    assert "No concept was evaluated." in evaluation_page({})
    assert "No image was read." in reading_page([])


def test_refused_images_are_listed_with_their_reason():
    text = Structure(reading_page(readings("b.jpg", "It is empty."))).text
    assert "Refused images, with the reason: 1" in text
    assert "It is empty." in text


def test_the_demo_shows_every_part():
    found = Structure(PAGES["demo"]("some words"))
    for words in ("What this is", "Training", "Evaluation", "Images read", "What to try next"):
        assert words in found.text
    assert [tag for tag, _ in found.tags].count("pre") == 3
