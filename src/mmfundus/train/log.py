"""RUN/metrics.jsonl, one JSON object an event, readable while the run goes on; and the same for TensorBoard."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmfundus.tables import whole


class Log:
    """Appends events; a line is flushed whole, so a cut leaves at most one torn last line.

    `board(step)` opens what else takes the numbers, TensorBoard's writer, from that step on; it is
    opened by `keep_until`. Of several ranks only the leader's log writes.
    """

    def __init__(self, path: Path, board: Callable[[int], Any] | None = None, writes: bool = True) -> None:
        self.path, self.writes = path, writes
        self._open = board
        self._board: Any = None

    def write(self, event: str, **facts: Any) -> None:
        """Append one event. Numbers that are not finite are written as null: JSON has no NaN."""
        if not self.writes:
            return
        line = json.dumps({"event": event, **{name: _plain(value) for name, value in facts.items()}})
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._board is not None:
            for name, value in _scalars(facts):
                self._board.add_scalar(f"{event}/{name}", value, facts["step"])

    def keep_until(self, step: int) -> None:
        """Drop what was logged after `step`: a continued run logs those steps again."""
        if not self.writes:
            return
        kept = [event for event in read(self.path) if event.get("step", 0) <= step and event["event"] != "stop"]
        with whole(self.path) as beside:
            beside.write_text("".join(json.dumps(event) + "\n" for event in kept), encoding="utf-8")
        if self._open is not None:
            self._board = self._open(step + 1)

    def close(self) -> None:
        """Write out what TensorBoard holds back."""
        if self._board is not None:
            self._board.close()


def read(path: Path) -> list[dict[str, Any]]:
    """All whole events of a metrics.jsonl; a torn last line is left out."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            events.append(json.loads(line))
        except ValueError:
            break  # torn by a cut; nothing follows it
    return events


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value


def _scalars(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    """The numbers among facts, those inside mappings by `outer/inner`."""
    found: list[tuple[str, float]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            found += _scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and name not in ("step", "epoch"):
            found.append((prefix + name, float(value)))
    return found
