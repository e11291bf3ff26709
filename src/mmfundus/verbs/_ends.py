"""How verbs refuse a call and how they end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmfundus.errors import MissingExtra, UsageError


@contextmanager
def needs(what: str, extra: str) -> Iterator[None]:
    """Turn a missing library of an optional install into the sentence that names the install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mmfundus"):
            raise
        raise MissingExtra(what, extra) from None


def at_least(least: int, **given: int) -> None:
    """Refuse an option below what makes sense. Raises UsageError."""
    for name, value in given.items():
        if value < least:
            raise UsageError(f"--{name} is {value}; it must be at least {least}.")


def named(refused: Sequence[str]) -> int:
    """Name what was refused on stderr; 1 if anything was."""
    from mmfundus.report import words

    for reason in refused:
        print(f"refused: {words.one_line(reason)}", file=sys.stderr)
    return 1 if refused else 0


def listed(text: str) -> tuple[str, ...]:
    """What a user joins by commas, one by one."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def roots(manifests: Sequence[str], root: Sequence[Path]) -> list[Path | None]:
    """The root of each table, None for its own folder. Raises UsageError where some have one and some have none."""
    if root and len(root) != len(manifests):
        raise UsageError(f"{len(root)} roots are given for {len(manifests)} tables. Give one each, or none.")
    return list(root) or [None] * len(manifests)


def distinct(names: Sequence[str]) -> list[str]:
    """Names of which equal ones are numbered: two models may bear one name."""
    return [f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name for i, name in enumerate(names)]
