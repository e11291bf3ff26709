"""One event a line, readable while it grows, whole after a cut, and the same numbers for TensorBoard."""

import json
import time
from functools import partial

import pytest

from mmfundus.train import start
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
    Log(path).keep_until(-1)
    assert read(path) == []


def test_a_log_that_does_not_write_leaves_the_leaders_alone(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"event": "step", "step": 5}\n')
    log = Log(path, board=lambda step: pytest.fail("opened"), writes=False)
    log.write("step", step=6)
    log.keep_until(0)
    log.close()
    assert read(path) == [{"event": "step", "step": 5}]


class Board:
    """What TensorBoard's writer is told."""

    def __init__(self, step):
        self.begun, self.told, self.closed = step, [], False

    def add_scalar(self, name, value, step):
        self.told.append((name, value, step))

    def close(self):
        self.closed = True


def test_numbers_go_to_the_board_too_from_the_step_that_is_gone_on_with(tmp_path):
    boards = []
    log = Log(tmp_path / "metrics.jsonl", board=lambda step: boards.append(Board(step)) or boards[0])
    log.write("step", step=1, loss=1.0)  # before it is known where the run goes on
    log.keep_until(4)
    log.write("step", step=5, epoch=1, loss=0.5, losses={"clip": 0.25}, reason="none", norm=None)
    log.close()
    assert (boards[0].begun, boards[0].closed) == (5, True)
    assert boards[0].told == [("step/loss", 0.5, 5), ("step/losses/clip", 0.25, 5)]


def test_what_tensorboard_shows_are_the_numbers_of_the_log(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for done, steps in ((-1, (0, 1, 2)), (1, (2, 3))):  # cut off after step 2 and taken up at 1
        log = Log(tmp_path / "metrics.jsonl", board=partial(start.board, tmp_path / "tensorboard"))
        log.keep_until(done)
        for step in steps:
            log.write("step", step=step, loss=step + 0.5 * len(steps))
        log.close()
        time.sleep(1.1)  # files are read in the order of their names, which begin with the second
    shown = EventAccumulator(str(tmp_path / "tensorboard"))
    shown.Reload()
    ours = [(event["step"], event["loss"]) for event in read(tmp_path / "metrics.jsonl")]
    assert [(event.step, event.value) for event in shown.Scalars("step/loss")] == ours
    assert ours == [(0, 1.5), (1, 2.5), (2, 3.0), (3, 4.0)]
