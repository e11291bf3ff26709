"""A request to stop, from a scheduler (SIGTERM) or a keyboard: the step is finished and saved first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Request:
    """Which signal asked to stop; empty while none did."""

    name = ""


@contextmanager
def requests() -> Iterator[Request]:
    """While it lasts, the first SIGTERM or SIGINT is a request; a second SIGINT interrupts at once."""
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request  # signals are the main thread's alone
        return

    def note(number: int, frame: FrameType | None) -> None:
        if request.name and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.name = signal.Signals(number).name

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
