"""Who of several processes is still there: each says so every second, and is missed when it does not.

A collective waits for all ranks, however long one of them legitimately computes, compiles or
writes. What it must not wait for is a process that is gone or stopped. So patience is bound to
the sign of life, not to the work: a thread beats, and the same thread looks at the others' beats.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

BEAT = 1.0  # seconds between signs of life
PATIENCE = 40.0  # seconds without one until a rank is taken for lost
GRACE = 4.0  # seconds to wait, after a collective failed, to see who fell silent


class Heartbeat:
    """A thread that beats for this rank and watches the others through the store that they share.

    `on_silence(sentence)` is called from the thread, once, when a rank is lost.
    """

    def __init__(self, store: Any, rank: int, size: int, on_silence: Callable[[str], None]) -> None:
        self.rank, self.size, self.on_silence = rank, size, on_silence
        self._store, self._own = store, store.clone()  # each thread a connection: a waiting one blocks its own
        self._count, self._end = 0, threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> "Heartbeat":
        """Begin to beat."""
        self._thread.start()
        return self

    def stop(self, why: str = "") -> None:
        """Leave, and say why where it is not in order: the others no longer expect a beat."""
        self._end.set()
        self._thread.join()
        with suppress(RuntimeError):  # whoever held the store may have left before us
            self._own.set(f"left/{self.rank}", why)

    def what_happened(self, wait: float = GRACE) -> str:
        """After a collective failed: who left and why, or who falls silent; empty where all are there."""
        others = [rank for rank in range(self.size) if rank != self.rank]
        try:
            before = self._beats(self._store)
            time.sleep(wait)
            for rank in others:
                if self._store.check([f"left/{rank}"]) and (why := self._store.get(f"left/{rank}").decode()):
                    return f"Rank {rank} stopped: {why}"
            after = self._beats(self._store)
        except RuntimeError:
            return missing([0])  # it held the store
        silent = [rank for rank in others if before[rank] == after[rank]]
        return missing(silent) if silent else ""

    def _run(self) -> None:
        last, since = [0] * self.size, [time.monotonic()] * self.size
        while not self._end.wait(BEAT):
            self._count += 1
            try:
                self._own.set(f"beat/{self.rank}", str(self._count))
                beats = self._beats(self._own)
            except RuntimeError:
                beats = list(last)  # the store is gone: nobody is heard any more, and patience runs
            now = time.monotonic()
            since = [now if beats[rank] != last[rank] else since[rank] for rank in range(self.size)]
            last = beats
            lost = [rank for rank in range(self.size) if rank != self.rank and now - since[rank] > PATIENCE]
            if lost:
                self.on_silence(missing(lost))
                return

    def _beats(self, store: Any) -> list[int]:
        """Each rank's count of beats; one that left in order counts on with the clock."""
        found = []
        for rank in range(self.size):
            if store.check([f"left/{rank}"]):
                found.append(time.monotonic_ns())
            else:
                found.append(int(store.get(f"beat/{rank}")) if store.check([f"beat/{rank}"]) else 0)
        return found


def missing(ranks: list[int]) -> str:
    """The sentence about lost ranks."""
    names = f"Rank {ranks[0]} gives" if len(ranks) == 1 else f"Ranks {', '.join(map(str, ranks))} give"
    return (
        f"{names} no sign of life; a process was killed or stopped, or its machine is gone. "
        "Start all ranks again with the same command: it goes on from the last checkpoint."
    )


def end_process(sentence: str) -> None:
    """Say it and end at once: the main thread waits in a collective that nothing else can interrupt."""
    sys.stderr.write(f"mmfundus: {sentence}\n")
    sys.stderr.flush()
    os._exit(1)
