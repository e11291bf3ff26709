"""A first signal is a request, a second interrupt is obeyed at once, and what was before is put back."""

import os
import signal
import threading

import pytest

from mmfundus.train.signals import requests


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks(number):
    with requests() as request:
        assert request.name == ""
        os.kill(os.getpid(), number)
        assert request.name == number.name


def test_a_second_interrupt_is_obeyed_at_once():
    with requests() as request, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert request.name == "SIGINT"


def test_a_scheduler_that_asks_twice_is_asked_for_patience():
    with requests() as request:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
    assert request.name == "SIGTERM"


def test_what_was_before_is_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(KeyError), requests():
        assert signal.getsignal(signal.SIGTERM) != before[0]
        raise KeyError
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    with requests() as request:
        assert request.name == ""


def test_in_a_thread_nothing_is_asked_and_nothing_breaks():
    seen = []

    def inside():
        with requests() as request:
            seen.append(request.name)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [""]
