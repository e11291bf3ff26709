import email.utils
import threading
import time

import pytest

from mmfundus.errors import WorkError
from mmfundus.knowledge.captions import _patience
from mmfundus.knowledge.captions._patience import Declined, Passing, patiently, retry_after


class Pauses(threading.Event):
    """An event that notes how long it was waited for, and does not wait."""

    def __init__(self):
        super().__init__()
        self.waited = []

    def wait(self, timeout=None):
        self.waited.append(timeout)
        return False


def failing(times, fault):
    calls = []

    def ask():
        calls.append(1)
        if len(calls) <= times:
            raise fault
        return len(calls)

    return ask


def test_it_returns_what_comes_at_last():
    pauses = Pauses()
    assert patiently(failing(3, Passing("busy")), 4, pauses) == 4
    assert len(pauses.waited) == 3


def test_pauses_are_drawn_from_a_span_that_doubles(monkeypatch):
    monkeypatch.setattr(_patience.random, "uniform", lambda low, high: high if low == 0 else None)
    pauses = Pauses()
    patiently(failing(9, Passing("busy")), 10, pauses, first=1.0)
    assert pauses.waited == [1, 2, 4, 8, 16, 32, 64, 120, 120]


def test_pauses_differ():
    pauses = Pauses()
    patiently(failing(8, Passing("busy")), 9, pauses)
    assert len(set(pauses.waited)) == 8


def test_the_last_fault_is_raised():
    pauses = Pauses()
    with pytest.raises(Passing, match="busy"):
        patiently(failing(5, Passing("busy")), 3, pauses)
    assert len(pauses.waited) == 2


def test_a_pause_is_never_shorter_than_the_server_asks():
    pauses = Pauses()
    patiently(failing(1, Passing("full", after=90)), 2, pauses)
    assert pauses.waited == [90]


def test_a_pause_that_is_too_long_ends_the_work():
    with pytest.raises(WorkError, match="121 s"):
        patiently(failing(1, Passing("full", after=121)), 9, Pauses())


@pytest.mark.parametrize("fault", [Declined("no"), WorkError("no")])
def test_other_faults_are_not_asked_again(fault):
    pauses = Pauses()
    with pytest.raises(type(fault)):
        patiently(failing(1, fault), 9, pauses)
    assert pauses.waited == []


def test_nothing_is_asked_once_the_work_was_stopped():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Passing, match="stopped"):
        patiently(failing(0, Passing("")), 3, stop)


def test_retry_after_as_seconds_or_date():
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after": "-4"}) == 0
    assert 25 < retry_after({"retry-after": email.utils.formatdate(time.time() + 30, usegmt=True)}) <= 30
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    for text in ("soon", "", "Wed, 99 Foo"):
        assert retry_after({"retry-after": text}) == 0
    assert retry_after({}) == 0
