"""Who falls silent is missed after a while, who leaves is not, and who is slow is not taken for lost."""

import subprocess
import sys
import threading
import time

import pytest

from mmfundus.train import heartbeat
from mmfundus.train.heartbeat import Heartbeat, missing


class FakeStore:
    """What torch's stores do, in memory; its end is the end of whoever held it."""

    def __init__(self, held=None):
        self.held = {} if held is None else held
        self.gone = threading.Event()
        self.clones = []

    def clone(self):
        self.clones.append(FakeStore(self.held))
        self.clones[-1].gone = self.gone
        return self.clones[-1]

    def set(self, name, value):
        self._there()
        self.held[name] = value.encode()

    def get(self, name):
        self._there()
        return self.held[name]

    def check(self, names):
        self._there()
        return all(name in self.held for name in names)

    def _there(self):
        if self.gone.is_set():
            raise RuntimeError("Connection reset by peer")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A beat is a fiftieth of a second, and patience ends after half of one."""
    monkeypatch.setattr(heartbeat, "BEAT", 0.02)
    monkeypatch.setattr(heartbeat, "PATIENCE", 0.5)


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def rank_of(store):
    """Start the heartbeat of a rank; what it says of silence is kept beside it."""
    started = []

    def start(rank, size=2):
        beat = Heartbeat(store, rank, size, lambda sentence: beat.said.append(sentence))
        beat.said = []
        started.append(beat)
        return beat.start()

    yield start
    for beat in started:
        beat.stop()


def fall_silent(beat):
    """As a process that is killed: no word, no beat."""
    beat._end.set()
    beat._thread.join()


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_while_all_beat_nothing_is_said(rank_of):
    """For longer than patience: waiting is bound to the sign of life and not to the work."""
    ranks = [rank_of(0), rank_of(1)]
    time.sleep(1.0)
    assert [beat.said for beat in ranks] == [[], []]
    assert ranks[0].what_happened(0.2) == ""


def test_who_falls_silent_is_missed_once_and_by_name(rank_of):
    first, second = rank_of(0, 3), rank_of(1, 3)
    third = rank_of(2, 3)
    time.sleep(0.1)
    fall_silent(second)
    assert first.said == []
    until(lambda: first.said and third.said)
    time.sleep(0.7)
    assert first.said == third.said == [missing([1])]
    assert "Rank 1 gives no sign of life" in missing([1])


def test_who_never_began_is_missed_too(rank_of):
    first = rank_of(0, 3)
    until(lambda: first.said)
    assert first.said == [missing([1, 2])]
    assert missing([1, 2]).startswith("Ranks 1, 2 give no sign of life")


def test_who_leaves_in_order_is_not_missed(rank_of):
    first, second = rank_of(0), rank_of(1)
    time.sleep(0.1)
    second.stop()
    time.sleep(1.0)
    assert first.said == []
    assert first.what_happened(0.1) == ""


def test_after_a_failed_exchange_the_reason_of_who_left_is_told(rank_of):
    first, second = rank_of(0), rank_of(1)
    time.sleep(0.1)
    second.stop("The disk is full.")
    assert first.what_happened(0.1) == "Rank 1 stopped: The disk is full."


def test_after_a_failed_exchange_who_is_silent_is_told(rank_of):
    first, second = rank_of(0), rank_of(1)
    time.sleep(0.1)
    fall_silent(second)
    assert first.what_happened(0.2) == missing([1])


def test_where_the_store_is_gone_its_holder_is_missed(rank_of, store):
    """The first rank's machine held it."""
    second = rank_of(1)
    time.sleep(0.1)
    store.gone.set()
    assert second.what_happened(0.1) == missing([0])
    until(lambda: second.said)
    assert "Rank 0 gives no sign of life" in second.said[0]


def test_each_thread_has_a_connection_of_its_own(rank_of, store):
    """A thread that waits for the store holds its connection, and the other could not beat."""
    rank_of(0)
    assert len(store.clones) == 1


def test_the_end_is_said_and_comes_at_once():
    code = """
import threading, time
from mmfundus.train.heartbeat import end_process
threading.Thread(target=lambda: end_process("Rank 1 gives no sign of life.")).start()
time.sleep(60)
"""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50)
    assert (done.returncode, done.stderr) == (1, "mmfundus: Rank 1 gives no sign of life.\n")
    assert time.monotonic() - begun < 50
