"""Against a server that speaks the API: conftest.py's double, which is no language model."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmfundus import plugins
from mmfundus.errors import WorkError
from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import llm
from mmfundus.types import EyeFacts, Record

NOTE = "OD: mod NPDR w/o CSME, old drusen. OS: s/p RD repair 2019, flat."


def test_it_is_a_captioner():
    assert "llm" in plugins.names("mmfundus.knowledge.captions")


def test_a_good_answer_becomes_facts_and_captions(double, asking, good):
    double.plan = lambda note, seen: good
    model = asking()
    said = model(NOTE)
    assert said.eyes == {
        "R": EyeFacts(present=("moderate_npdr",), absent=("diabetic_macular_edema",)),
        "L": EyeFacts(history=("retinal_detachment",)),
    }
    assert said.refused == "" and said.rejected == ()
    assert [NOTE[one.start : one.end] for one in said.statements] == [one[1] for one in double.found]
    assert "moderate" in said.captions["R"][0]
    assert (model.usage.asked, model.usage.tokens_in, model.usage.tokens_out) == (2, 200, 40)  # the made-up note too
    assert model.provenance["model"] == "tiny" and model.provenance["prompt"].startswith("1.")


def test_what_is_sent(double, asking, good):
    double.plan = lambda note, seen: good
    asking()(NOTE)
    line, body = double.requests[-1][0].decode().splitlines()[0], double.requests[-1][1]
    assert line == "POST /v1/chat/completions HTTP/1.1"
    assert set(body) == {"model", "messages", "temperature", "max_tokens", "response_format"}
    assert body["temperature"] == 0
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    held = body["response_format"]["json_schema"]
    concept = held["schema"]["properties"]["statements"]["items"]["properties"]["concept"]
    assert held["strict"] is True and concept["enum"] == list(concepts.concepts())


def test_of_a_record_nothing_but_the_note_is_sent(double, asking):
    record = Record("PATIENT-4711", "OD flat, file PATIENT-4711.", date="2019-03-14", eye="R", icd10=("H35.3221",))
    (said,) = asking().many([record])
    assert double.notes == ["OD flat, file [ID]."]
    assert not any(word in double.wire for word in ("4711", "2019-03", "H35"))
    assert said.eyes["L"].present == ("wet_amd",)  # of the code, read here


def test_malformed_json_is_mended_once(double, asking, good):
    double.plan = lambda note, seen: good if seen == 2 else double.act.writes("Sure! {'eye_note': yes}")
    assert asking()(NOTE).eyes["L"].history == ("retinal_detachment",)
    told = double.requests[-1][1]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert "not valid JSON" in told[-1]["content"]


def test_malformed_json_twice_is_refused_and_not_asked_a_third_time(double, asking, tmp_path):
    double.plan = lambda note, seen: double.act.writes('{"eye_note": true, "statements": [')
    said = asking(cache=tmp_path)(NOTE)
    assert "cannot be read" in said.refused and said.statements == ()
    assert asking(cache=tmp_path)(NOTE).refused == said.refused
    assert len(double.notes) == 2


def test_an_invented_concept_costs_only_itself(double, asking):
    double.plan = lambda note, seen: double.act.says(
        double.statement("retinal_gremlins", "drusen"), double.statement("drusen", "drusen")
    )
    said = asking()(NOTE)
    assert said.eyes["R"].present == ("drusen",)
    assert [(one.concept, one.reason) for one in said.rejected] == [
        ("retinal_gremlins", "There is no such concept in the knowledge base.")
    ]


def test_evidence_that_is_not_in_the_note_is_rejected(double, asking):
    double.plan = lambda note, seen: double.act.says(
        double.statement("macular_hole", "full thickness macular hole"), double.statement("drusen", "drusen")
    )
    said = asking()(NOTE)
    assert said.eyes["R"].present == ("drusen",)
    assert said.rejected[0].reason == "The evidence does not stand in the note."


def test_a_full_server_is_waited_for_as_long_as_it_says(double, asking, good):
    full = double.act.status(429, {"error": {"code": "rate_limit"}}, Retry_After="0.3")
    double.plan = lambda note, seen: good if seen == 2 else full
    assert asking()(NOTE).refused == ""
    assert 0.3 <= double.times[-1] - double.times[-2] < 3


FAULTS = {
    "500": lambda act: act.status(500, {"error": {"message": "oops"}}),
    "503": lambda act: act.status(503),
    "408": lambda act: act.status(408),
    "silence": lambda act: act.silent(0.8),
    "cut connection": lambda act: act.cut(),
    "a flood without an end": lambda act: act.endless(),
    "drops without an end": lambda act: act.endless(piece=b" ", pause=0.1),
    "an error without an end": lambda act: act.endless(500),
    "a packed answer": lambda act: act.endless(piece=b"x", Content_Encoding="gzip"),
    "no choices": lambda act: act.status(200, {"choices": []}),
    "no object": lambda act: act.status(200, ["x"]),
    "a page": lambda act: {**act.status(200), "body": b"<html>busy</html>"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_may_pass_is_asked_again(double, asking, good, fault):
    double.plan = lambda note, seen: good if seen == 2 else FAULTS[fault](double.act)
    said = asking()(NOTE)
    assert said.refused == "" and said.eyes["R"].present == ("moderate_npdr",)
    assert len(double.notes) == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_pass_is_refused_and_asked_by_the_next_run(double, asking, good, tmp_path, fault):
    double.plan = lambda note, seen: FAULTS[fault](double.act)
    said = asking(cache=tmp_path, tries=2)(NOTE)
    assert "2 times" in said.refused and "oops" not in said.refused
    double.plan = lambda note, seen: good
    assert asking(cache=tmp_path)(NOTE).refused == ""
    assert len(double.notes) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda act: act.writes(None, refusal="I cannot help with that."), "declined"),
        (lambda act: act.writes('{"eye_note": true, "stat', finish="length"), "cut off after 20 tokens"),
        (lambda act: act.writes("", finish="content_filter"), "content filter"),
        (lambda act: act.says(eye_note=False), "no eye note in English"),
    ],
)
def test_an_answer_that_is_none_is_refused_once(double, asking, tmp_path, answer, words):
    double.plan = lambda note, seen: answer(double.act)
    for _ in range(2):
        assert words in asking(cache=tmp_path)(NOTE).refused
    assert len(double.notes) == 1


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_note_that_the_server_refuses_costs_only_itself(double, asking, good, code):
    long = double.act.status(code, {"error": {"code": "context_length_exceeded", "message": NOTE}})
    double.plan = lambda note, seen: long if "long" in note else good
    said = list(asking().many([Record("p1", "a long note"), Record("p2", NOTE)]))
    assert [bool(one.refused) for one in said] == [True, False]
    assert f"({code}, too long)" in said[0].refused and "NPDR" not in said[0].refused
    assert len(double.notes) == 2


@pytest.mark.parametrize(
    ("code", "words"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, "no model 'tiny'"), (302, "elsewhere")],
)
def test_what_is_wrong_for_every_note_stops_before_any_is_sent(double, asking, code, words):
    double.probed = lambda form: double.act.status(code, {"error": {"message": "sk-hidden"}})
    with pytest.raises(WorkError, match=words) as raised:
        list(asking().many([Record("p", f"note {n}") for n in range(9)]))
    assert "sk-hidden" not in str(raised.value)
    assert double.notes == [] and len(double.requests) == 1


def test_an_empty_account_stops_the_work(double, asking):
    double.plan = lambda note, seen: double.act.status(429, {"error": {"code": "insufficient_quota"}})
    with pytest.raises(WorkError, match="nothing left to spend"):
        asking()(NOTE)


def test_a_long_pause_is_not_waited_for(double, asking):
    double.plan = lambda note, seen: double.act.status(429, Retry_After="3600")
    with pytest.raises(WorkError, match="3600 s"):
        asking()(NOTE)


def test_the_form_of_the_answer_falls_back_with_a_made_up_note(double, asking, good):
    double.probed = lambda form: double.act.says() if form == "text" else double.act.status(400)
    double.plan = lambda note, seen: double.act.writes("<think>Hm {</think>\n```json\n" + _content(good) + "\n```")
    assert asking()(NOTE).eyes["R"].present == ("moderate_npdr",)
    forms = [body.get("response_format", {}).get("type") for _, body in double.requests]
    assert forms == ["json_schema", "json_object", None, None]
    assert double.notes == [NOTE]


def test_a_server_that_takes_no_form_is_told(double, asking):
    double.probed = lambda form: double.act.status(400)
    with pytest.raises(WorkError, match="every form"):
        asking()(NOTE)


def test_a_server_that_is_not_there_is_told(double, asking):
    model = asking(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(WorkError, match=r"No answer from 127\.0\.0\.1:9.*Is the server running"):
        model(NOTE)


def test_a_server_that_goes_away_stops_the_work(double, asking, good):
    double.plan = lambda note, seen: good if note in ("n0", "n1") else double.act.status(500)
    said, records = [], [Record(f"p{n}", f"n{n}") for n in range(50)]
    with pytest.raises(WorkError, match="notes in a row were not answered"):
        said += asking(concurrency=2, tries=1).many(records)
    assert len(double.notes) < 20


def test_no_more_are_asked_at_a_time_than_was_said_and_none_is_lost(double, asking):
    def slow(note, seen):
        time.sleep(0.02)
        return double.act.says(double.statement("drusen", note.split()[-1]))

    double.plan = slow
    records = [Record(f"p{n}", f"note with drusen{n}") for n in range(24)]
    said = list(asking(concurrency=3).many(records))
    assert double.most == 3
    assert [one.statements[0].evidence for one in said] == [f"drusen{n}" for n in range(24)]
    assert sorted(double.notes) == sorted(record.note for record in records)


def test_notes_that_are_alike_are_sent_once(double, asking, tmp_path):
    records = [Record(f"p{n}", f"Seen by Dr Quixley{'abcdef'[n]}. OD flat.") for n in range(6)]
    said = list(asking(concurrency=4, cache=tmp_path).many(records))
    assert len(said) == 6 and len(double.notes) == 1


def test_a_kept_answer_depends_on_model_and_options(double, asking, tmp_path):
    for settings in ({}, {}, {"model": "other"}, {"max_tokens": 99}, {}):
        asking(cache=tmp_path, **settings)(NOTE)
    assert len(double.notes) == 3


CLIENT = """
import sys
from mmfundus.knowledge.captions import llm
from mmfundus.types import Record
url, folder = sys.argv[1:]
from pathlib import Path
model = llm.captioner(url, "tiny", cache=Path(folder), concurrency=3, timeout=60, first_pause=0.01)
for said in model.many(Record(f"p{n}", f"note {n} with drusen") for n in range(30)):
    print(said.refused or said.statements[0].evidence, flush=True)
"""


def test_after_a_kill_nothing_that_was_answered_is_sent_again(double, tmp_path):
    answered, source = set(), str(Path(llm.__file__).parents[3])

    def hold(note, seen):
        if len(answered) >= 10:
            time.sleep(30)
        answered.add(note)
        return double.act.says(double.statement("drusen", "drusen"))

    double.plan = hold
    call = [sys.executable, "-c", CLIENT, double.url, str(tmp_path / "kept")]
    environment = {**os.environ, "PYTHONPATH": source}
    first = subprocess.Popen(call, env=environment, stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.json"))) < len(answered) or len(double.notes) < 13:
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    before, kept = list(double.notes), set(answered)
    assert 10 <= len(kept) < 15 and not list(tmp_path.rglob(".*.part"))

    double.plan = lambda note, seen: double.act.says(double.statement("drusen", "drusen"))
    second = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60)
    assert second.stdout.split() == ["drusen"] * 30, second.stderr
    after = double.notes[len(before) :]
    assert not kept & set(after)
    assert sorted({*kept, *after}) == sorted(f"note {n} with drusen" for n in range(30))
    assert len(after) == len(set(after)) == 30 - len(kept)


def _content(act):
    return json.loads(act["body"])["choices"][0]["message"]["content"]
