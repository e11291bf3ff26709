"""Notes through a language model: redacted, asked once, kept, understood; several at a time.

Every note comes back, in order, as an Extraction; one that could not be read has `refused`. What stops the
whole work is raised: a key that is refused, an address that is wrong, a server that has gone.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from mmfundus.errors import WorkError
from mmfundus.knowledge.captions import _answer, _codes, _facts, _kept, _measures, _patience, _question, _reading
from mmfundus.knowledge.captions._kept import Kept, Reply
from mmfundus.knowledge.captions._patience import Declined, Passing
from mmfundus.knowledge.redaction import redact as redaction
from mmfundus.types import Extraction, Record

AHEAD = 4  # notes that wait for each that is asked, so that a slow one holds up few
PROBES = 3  # tries of the first request: a server that is not there is told soon

Messages = Sequence[_question.Message]
Ask = Callable[[Messages, str], Reply]  # messages, form of the answer -> what the server answered


@dataclass(frozen=True, slots=True)
class Settings:
    """What a reading depends on besides the note."""

    model: str
    shown: str  # the server, for messages
    options: dict[str, Any]  # what is asked of the model besides the words
    concurrency: int = 4
    tries: int = 6
    first_pause: float = _patience.FIRST  # seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent: replies that were asked for and that were kept, and tokens of those that were asked for."""

    asked: int = 0
    kept: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class LanguageModel:
    """A captioner that asks a language model."""

    def __init__(self, ask: Ask, settings: Settings, kept: Kept) -> None:
        self.usage = Usage()
        self._ask, self._settings, self._kept = ask, settings, kept
        self._stop, self._lock, self._opening = threading.Event(), threading.Lock(), threading.Lock()
        self._form = ""  # of the answer, as far as this server can hold a model to it
        self._closed: WorkError | None = None  # why nothing more is asked
        self._unanswered = 0  # notes in a row

    def __call__(self, note: str, eye: str = "", icd10: Sequence[str] = (), known: Sequence[str] = ()) -> Extraction:
        """What a note says of each eye; `known`, which other columns say of the patient, is cut out of it."""
        sent = redaction.redact(note, known)
        try:
            told = self._told(sent.text)
        except Declined as fault:
            return Extraction(refused=str(fault))
        except Passing as fault:
            self._one_more_unanswered(fault)
            return Extraction(refused=f"{fault}, {self._settings.tries} times. The same command asks again.")
        self._unanswered = 0
        if not told["eye_note"]:
            return Extraction(refused="The model says that this is no eye note in English.")
        statements, rejected = _answer.statements(told, sent, eye)
        measures = _measures.find(_reading.read(note, eye), eye)  # by rules: a figure needs no model
        found = _facts.extraction([*statements, *_codes.statements(icd10, eye)], measures)
        return replace(found, rejected=tuple(rejected))

    def many(self, records: Iterable[Record]) -> Iterator[Extraction]:
        """What each record says, in their order, several asked at a time; few are held in memory."""
        self._stop.clear()
        waiting: deque[Future[Extraction]] = deque()
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            try:
                for record in records:
                    waiting.append(pool.submit(self, record.note, record.eye, record.icd10, (record.patient,)))
                    if len(waiting) >= AHEAD * self._settings.concurrency:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the answers were made with."""
        return {
            "captioner": "llm",
            "model": self._settings.model,
            **_question.versions(),
            "redaction": redaction.version(),
            "options": self._settings.options,
        }

    def _told(self, text: str) -> _answer.Json:
        """The answer to a redacted note; one that cannot be read is asked to be mended once. Raises Declined."""
        messages = _question.messages(text)
        content = self._content(text, messages)
        try:
            return _answer.read(content)
        except _answer.Malformed as fault:
            mended = self._content(text, _question.repair(messages, content, str(fault)), mends=content)
        try:
            return _answer.read(mended)
        except _answer.Malformed as fault:
            raise Declined(f"The model's answer cannot be read, and the one after it neither: {fault}.") from None

    def _content(self, text: str, messages: Messages, mends: str = "") -> str:
        """What the model wrote, from the kept answers if it is there. Raises Declined where it wrote no answer."""
        settings = self._settings
        parts = {"note": text, "model": settings.model, "options": settings.options, "mends": mends}
        key = _kept.key({**parts, **_question.versions()})
        reply, asked = self._kept.once(key, lambda: self._patiently(messages))
        self._count(reply, asked)
        if reply.declined:
            raise Declined("The model declined to answer.")
        if reply.finish == "length":
            raise Declined(f"The model's answer was cut off after {reply.tokens_out or 'too many'} tokens.")
        if reply.finish == "content_filter":
            raise Declined("The server's content filter withheld the answer.")
        return reply.content

    def _patiently(self, messages: Messages) -> Reply:
        form = self._opened()
        settings = self._settings
        return _patience.patiently(lambda: self._ask(messages, form), settings.tries, self._stop, settings.first_pause)

    def _opened(self) -> str:
        """The firmest form that the server takes, found out with a made-up note before any other is sent."""
        with self._opening:
            if self._closed is not None:
                raise self._closed
            try:
                self._form = self._form or self._probed()
            except WorkError as error:
                self._closed = error
                raise
            return self._form

    def _probed(self) -> str:
        messages, settings = _question.messages(_question.PROBE), self._settings
        fault = ""
        for form in _question.FORMS:
            try:
                ask = lambda form=form: self._ask(messages, form)  # noqa: E731
                reply = _patience.patiently(ask, min(PROBES, settings.tries), self._stop, settings.first_pause)
            except Declined as declined:
                fault = str(declined)
                continue
            except Passing as passing:
                raise WorkError(f"No answer from {settings.shown}: {passing}. Is the server running?") from None
            self._count(reply, asked=True)
            return form
        raise WorkError(f"{settings.shown} refuses a made-up note in every form of answer: {fault}")

    def _count(self, reply: Reply, asked: bool) -> None:
        with self._lock:
            one = self.usage
            if asked:
                tokens_in, tokens_out = one.tokens_in + reply.tokens_in, one.tokens_out + reply.tokens_out
                self.usage = replace(one, asked=one.asked + 1, tokens_in=tokens_in, tokens_out=tokens_out)
            else:
                self.usage = replace(one, kept=one.kept + 1)

    def _one_more_unanswered(self, fault: Passing) -> None:
        """Give up where a server has gone: as many notes in a row as are asked at a time, and two more."""
        with self._lock:
            self._unanswered += 1
            if self._unanswered > self._settings.concurrency + 1:
                self._stop.set()
                raise WorkError(
                    f"{self._unanswered} notes in a row were not answered; last: {fault}. Answers are kept: "
                    "the same command goes on where this one stopped."
                ) from None
