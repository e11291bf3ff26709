"""With answers from a function instead of a server; over the wire it is tested in test_llm.py."""

import json
import threading

import pytest

from mmfundus.errors import WorkError
from mmfundus.knowledge.captions import _question
from mmfundus.knowledge.captions._asking import LanguageModel, Settings, Usage
from mmfundus.knowledge.captions._kept import Kept, Reply
from mmfundus.knowledge.captions._patience import Declined, Passing
from mmfundus.types import Record


def reply(*statements, eye_note=True, **more):
    return Reply(json.dumps({"eye_note": eye_note, "statements": statements}), tokens_in=10, tokens_out=1, **more)


def drusen(status="present"):
    return {"concept": "drusen", "eye": "R", "status": status, "evidence": "drusen"}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def reading(asked, tmp_path):
    def make(answer=lambda note: reply(drusen()), probe=lambda form: reply(), **settings):
        def ask(messages, form):
            note = messages[1]["content"]
            if note == _question.PROBE:
                return probe(form)
            asked.append(note)
            return answer(note)

        whole = {"concurrency": 2, "tries": 2, "first_pause": 0.0, **settings}
        return LanguageModel(ask, Settings("m", "here:1", {"temperature": 0}, **whole), Kept(tmp_path))

    return make


def test_records_come_back_in_order_whatever_order_they_are_answered_in(reading):
    gate = threading.Event()

    def answer(note):
        if note == "drusen 0":
            gate.wait(5)
        else:
            gate.set()
        return reply({**drusen(), "evidence": note})

    said = list(reading(answer).many(Record("p", f"drusen {n}") for n in range(20)))
    assert [one.statements[0].evidence for one in said] == [f"drusen {n}" for n in range(20)]


def test_records_are_taken_as_they_are_needed(reading):
    taken = []

    def records():
        for n in range(1000):
            taken.append(n)
            yield Record("p", f"drusen {n}")

    said = reading().many(records())
    next(said)
    assert len(taken) <= 8
    said.close()
    assert len(taken) <= 8


def test_usage_counts_what_was_asked_and_what_was_kept(reading):
    first, second = reading(), reading()
    first("drusen"), first("old drusen"), first("drusen")
    assert first.usage == Usage(asked=3, kept=1, tokens_in=30, tokens_out=3)
    second("drusen")
    assert second.usage == Usage(kept=1)  # and no made-up note was needed


def test_a_kept_answer_is_understood_anew(reading, asked):
    """Of one answer, what it means depends on the record's eye; it is not asked again for that."""
    unsaid = lambda note: reply({**drusen(), "eye": "unsaid"})  # noqa: E731
    model = reading(unsaid)
    assert set(model("drusen", "L").eyes) == {"L"}
    assert set(model("drusen").eyes) == {"R", "L"}
    assert len(asked) == 1


def test_codes_say_what_they_mean_without_being_sent(reading, asked):
    said = reading(lambda note: reply())("see code", "", ["H35.3221"])
    assert said.eyes["L"].present == ("wet_amd",)
    assert said.statements[0].start == said.statements[0].end == 0
    assert asked == ["see code"]


def test_a_mended_answer_is_kept_too(reading, asked):
    model = reading(lambda note: reply(drusen()) if len(asked) == 2 else Reply("oops"))
    assert model("drusen").eyes["R"].present == ("drusen",)
    assert reading()("drusen").eyes["R"].present == ("drusen",)
    assert len(asked) == 2


def test_unanswered_notes_in_a_row_stop_the_work_others_do_not(reading, asked):
    def answer(note):
        if "bad" in note:
            raise Passing("Busy")
        return reply()

    said = list(
        reading(answer, concurrency=1).many(Record("p", f"{'bad' if n % 2 else 'good'} {n}") for n in range(20))
    )
    assert [one.refused != "" for one in said] == [bool(n % 2) for n in range(20)]
    asked.clear()
    with pytest.raises(WorkError, match="3 notes in a row were not answered; last: Busy"):
        list(reading(answer, concurrency=1).many(Record("p", f"bad {n}") for n in range(99, 150)))
    assert len(asked) <= 8


def test_what_is_wrong_at_the_start_is_found_once(reading, asked):
    probes = []

    def probe(form):
        probes.append(form)
        raise WorkError("No key.")

    model = reading(probe=probe)
    for _ in range(3):
        with pytest.raises(WorkError, match="No key"):
            model("drusen")
    assert probes == ["json_schema"] and asked == []


def test_the_firmest_form_is_taken(reading):
    forms = []

    def probe(form):
        forms.append(form)
        if form == "json_schema":
            raise Declined("no schema")
        return reply()

    reading(probe=probe)("drusen")
    assert forms == ["json_schema", "json_object"]


def test_provenance_names_model_prompt_and_rules(reading):
    told = reading().provenance
    assert told["model"] == "m" and told["captioner"] == "llm" and told["options"] == {"temperature": 0}
    assert {"prompt", "schema", "redaction"} <= set(told)
