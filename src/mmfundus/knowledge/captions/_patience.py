"""Asking again what may pass: exponential back-off with jitter, and what the server itself says of when to come back.

The pause before try n is drawn from 0 to FIRST * 2^n seconds ("full jitter": clients that failed together do not
come back together), but never shorter than a Retry-After. One longer than LONGEST is not waited for.
"""

import email.utils
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from mmfundus.errors import WorkError

T = TypeVar("T")

FIRST = 1.0  # seconds
LONGEST = 120.0  # seconds


class Passing(Exception):
    """A fault that may pass; its text says what happened, and never what the server wrote."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after  # seconds that the server asks to wait


class Declined(Exception):
    """This one note is not answered, whatever one does; its text says why."""


def patiently(ask: Callable[[], T], tries: int, stop: threading.Event, first: float = FIRST) -> T:
    """What `ask` returns, in up to `tries` tries. Raises its last Passing, or WorkError for too long a wait."""
    for turn in range(tries):
        if stop.is_set():
            raise Passing("The work was stopped")
        try:
            return ask()
        except Passing as fault:
            if fault.after > LONGEST:
                raise WorkError(
                    f"The server asks to wait {fault.after:.0f} s, longer than the {LONGEST:.0f} s that are waited. "
                    "Start the same command later: what was answered is kept."
                ) from None
            if turn == tries - 1:
                raise
            stop.wait(max(fault.after, random.uniform(0, min(first * 2**turn, LONGEST))))  # noqa: S311 - no secret
    raise AssertionError("tries is at least 1")


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, as a number or a date; 0 where it says nothing that can be understood."""
    text = headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0
