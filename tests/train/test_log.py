import json

from mmfundus.train.log import Log, read


def test_events_read_back_in_order(tmp_path):
    log = Log(tmp_path / "metrics.jsonl")
    log.write("step", step=1, loss=0.1 + 0.2)
    log.write("evaluate", step=1, concepts={"cfp/drusen": 0.5})
    assert read(log.path) == [
        {"event": "step", "step": 1, "loss": 0.1 + 0.2},
        {"event": "evaluate", "step": 1, "concepts": {"cfp/drusen": 0.5}},
    ]


def test_numbers_that_are_not_finite_are_null(tmp_path):
    log = Log(tmp_path / "metrics.jsonl")
    log.write("step", step=1, loss=float("nan"), norm=float("inf"))
    assert json.loads(log.path.read_text(), parse_constant=lambda name: 1 / 0)["loss"] is None
    assert read(log.path)[0]["norm"] is None


def test_no_file_has_no_events(tmp_path):
    assert read(tmp_path / "metrics.jsonl") == []


def test_a_torn_line_and_what_came_after_the_checkpoint_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    events = [{"event": "step", "step": i} for i in (1, 2, 3)] + [{"event": "stop", "step": 2}]
    path.write_text("".join(json.dumps(event) + "\n" for event in events) + '{"event": "st')
    assert len(read(path)) == 4
    Log(path).keep_until(2)
    assert read(path) == [{"event": "step", "step": 1}, {"event": "step", "step": 2}]
    assert path.read_text().endswith("}\n")  # the next event begins its own line
