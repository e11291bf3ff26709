"""RUN/metrics.jsonl: one JSON object an event, readable while the run goes on."""

import json
import math
from pathlib import Path
from typing import Any


class Log:
    """Appends events; a line is flushed whole, so a cut leaves at most one torn last line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, **facts: Any) -> None:
        """Append one event. Numbers that are not finite are written as null: JSON has no NaN."""
        line = json.dumps({"event": event, **{name: _plain(value) for name, value in facts.items()}})
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def keep_until(self, step: int) -> None:
        """Drop what was logged after `step`: a continued run logs those steps again."""
        kept = [event for event in read(self.path) if event.get("step", 0) <= step and event["event"] != "stop"]
        self.path.write_text("".join(json.dumps(event) + "\n" for event in kept), encoding="utf-8")


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
    return value
