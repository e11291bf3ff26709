"""The exceptions of mmfundus.

    MMFundusError            every error a user may meet; its text is a sentence
    ├── UsageError           the call is wrong                                exit 2
    │   ├── UnknownName      a name that is not one of the choices
    │   └── MissingExtra     the verb needs an optional install
    └── WorkError            the call is right, the work could not be done    exit 1
        ├── UnreadableImage  a file that is not one readable picture
        ├── ManifestError    a table that breaks the manifest's contract
        ├── AmbiguousName    a word that means more than one concept
        ├── BrokenModel      a model directory that is incomplete or altered
        └── TrainingStopped  a run that must not go on (non-finite loss, full disk)

A message says what, the value, the limit and the fix. It never carries more of a
path than the user gave.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path

MOST_LISTED = 50  # choices that a message lists; of more it names the closest


class MMFundusError(Exception):
    """Base of all errors shown to a user; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(MMFundusError):
    """The call itself is wrong: an option, a name or a path that cannot be meant."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that is not among the choices; the message lists them, or of very many the closest."""

    def __init__(self, kind: str, name: str, choices: Iterable[str]) -> None:
        known = sorted(choices)
        close = difflib.get_close_matches(name, known, n=6)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listed = f"The choices are: {', '.join(known)}."
        if len(known) > MOST_LISTED:
            listed = f"There are {len(known)} choices{'; also close: ' if close[1:] else ''}{', '.join(close[1:])}."
        super().__init__(f"There is no {kind} named {name!r}.{hint} {listed}")


class MissingExtra(UsageError):
    """A verb that needs an optional install which is not there."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the optional install: pip install 'mmfundus[{extra}]'.")


class WorkError(MMFundusError):
    """The call is right, but the work failed or something was refused."""


class UnreadableImage(WorkError):
    """A file that does not hold exactly one readable picture."""


class ManifestError(WorkError):
    """A manifest or table that breaks its contract."""


class AmbiguousName(WorkError):
    """A word that stands for several concepts; the message lists the candidates."""


class BrokenModel(WorkError):
    """A model directory with a part missing, altered, or written by a newer version."""


class TrainingStopped(WorkError):
    """Training met something it must not learn from or cannot write; nothing bad was saved."""


def explained(error: BaseException) -> tuple[int, str]:
    """Exit code and sentence. Of a system's error only its words and the file's name: no folder of this machine."""
    match error:
        case MMFundusError():
            return error.exit_code, str(error)
        case KeyboardInterrupt():
            return 130, "Stopped. Nothing half-written was kept; training goes on with the same command."
        case MemoryError():
            return 1, "Out of memory. Use a smaller batch or fewer images at a time."
        case OSError():
            name = f": {Path(str(error.filename)).name}" if error.filename else ""
            return 1, f"{error.strerror or type(error).__name__}{name}."
    return 1, f"A fault in mmfundus itself ({type(error).__name__}). Run again with --debug and report what it prints."
