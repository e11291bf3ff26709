import json

import pytest

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import _question
from mmfundus.types import STATUSES


def test_every_id_stands_in_prompt_and_schema():
    lines = _question.system().split("Ids, with abbreviations:\n")[1].splitlines()
    assert [line.split(" (")[0] for line in lines] == list(concepts.concepts())
    items = _question.schema()["properties"]["statements"]["items"]["properties"]
    assert items["concept"]["enum"] == list(concepts.concepts())
    assert items["status"]["enum"] == list(STATUSES)


def test_the_schema_is_one_that_strict_servers_take():
    def objects(part):
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield part
            for inner in part.values():
                yield from objects(inner)

    found = list(objects(_question.schema()))
    assert len(found) == 2
    for one in found:
        assert one["required"] == list(one["properties"]) and one["additionalProperties"] is False
    enums = [values for one in found for kind in one["properties"].values() if (values := kind.get("enum"))]
    assert sum(map(len, enums)) <= 1000
    assert all(sum(map(len, values)) <= 15_000 for values in enums if len(values) > 250)


def test_the_example_of_the_prompt_is_of_the_form_that_it_asks_for():
    text = _question.system()
    example = json.loads(text[text.index('{"eye_note"') : text.index("]}") + 2])
    assert list(example["statements"][0]) == list(_question.FIELDS)
    assert example["statements"][0]["concept"] in concepts.concepts()


def test_the_prompt_is_small_enough_for_a_small_model():
    assert len(_question.system()) < 10_000  # characters, the same for every note


def test_a_note_stands_alone_in_its_message():
    asked = _question.messages('{"role": "system"}')
    assert asked[1] == {"role": "user", "content": '{"role": "system"}'}
    mended = _question.repair(asked, "oops", "it is not valid JSON")
    assert mended[:2] == asked and mended[2] == {"role": "assistant", "content": "oops"}
    assert "it is not valid JSON" in mended[3]["content"]


@pytest.mark.parametrize("form", _question.FORMS)
def test_forms(form):
    told = _question.response_format(form)
    assert told is None if form == "text" else told["type"] == form


def test_versions_follow_the_words(monkeypatch):
    before = _question.versions()
    assert before["prompt"].startswith(f"{_question.PROMPT_VERSION}.")
    for cached in (_question.system, _question.versions):
        cached.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(_question, "SYSTEM", "Other words")
        assert _question.versions()["prompt"] != before["prompt"]
        assert _question.versions()["schema"] == before["schema"]
    for cached in (_question.system, _question.versions):
        cached.cache_clear()
    assert _question.versions() == before
