"""Captions by a language model behind any server that speaks OpenAI's API: vLLM, llama.cpp, Ollama, hosted ones.

The only door of the openai library. Notes leave redacted (knowledge/redaction), to this computer alone unless the user
allowed another, and never with anything else of the record. Answers are checked word by word (_answer.py).
"""

import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmfundus.errors import MissingExtra, UsageError, WorkError
from mmfundus.knowledge.captions import _address, _patience, _question
from mmfundus.knowledge.captions._address import Server
from mmfundus.knowledge.captions._asking import LanguageModel, Settings
from mmfundus.knowledge.captions._kept import Kept, Reply
from mmfundus.knowledge.captions._patience import Declined, Passing

if TYPE_CHECKING:
    import openai

KEYS = ("MMFUNDUS_API_KEY", "OPENAI_API_KEY")  # environment variables, the first that is set counts
NO_KEY = "none"  # the library wants one; it is not sent
LARGEST = 4 << 20  # bytes of an answer: the longest that is asked for takes some 20,000
WHOLE = 4  # times as long as a server may be silent, an answer may take
COME_BACK = (408, 409, 425, 429)  # as every status from 500 on


def captioner(
    base_url: str,
    model: str,
    allow_remote: bool = False,
    concurrency: int = 4,
    cache: Path | None = None,
    timeout: float = 300.0,
    tries: int = 6,
    max_tokens: int = 4096,
    first_pause: float = _patience.FIRST,
) -> LanguageModel:
    """The captioner. Raises UsageError for an address that is not this computer, before anything is read or sent.

    Args:
        base_url: of the server, such as http://localhost:8000/v1.
        model: as the server calls it.
        allow_remote: whether notes may leave this computer.
        concurrency: notes that are asked at a time.
        cache: folder of the answers, so that nothing is asked twice; without one they last for the run.
        timeout: seconds that the server may be silent.
        tries: how often a note is asked while the server fails.
        max_tokens: longest answer.
        first_pause: seconds; longest pause before the second try, doubled before each further one.
    """
    server = _address.server(base_url, allow_remote)
    if not model.strip():
        raise UsageError("No model is named. Give --model, as the server calls it.")
    options = {"temperature": 0, "max_tokens": max_tokens}
    client = _client(server, timeout)

    def ask(messages: Sequence[_question.Message], form: str) -> Reply:
        return _asked(client, server, {"model": model, "messages": list(messages), **options}, form, timeout)

    settings = Settings(model, server.shown, options, concurrency, tries, first_pause)
    return LanguageModel(ask, settings, Kept(cache))


def _client(server: Server, timeout: float) -> "openai.OpenAI":
    """The library's client without what it does by itself: ask again, follow, take a proxy or an organisation."""
    try:
        import openai
    except ModuleNotFoundError:
        raise MissingExtra("A language model", "captions") from None
    client = openai.OpenAI(
        base_url=server.url,
        api_key=_key() or NO_KEY,
        timeout=timeout,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity"},
        http_client=openai.DefaultHttpxClient(
            trust_env=not server.local, follow_redirects=False, event_hooks={"response": [_bounded(timeout)]}
        ),
    )
    client.organization = client.project = None
    return client


def _bounded(timeout: float) -> Callable[[Any], None]:
    """What keeps an answer from going on for ever, in bytes or in drops; the library waits for its end alone."""
    import openai

    # The HTTP library that openai stands on: httpx, or httpx2 in newer versions.
    http = importlib.import_module(openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0])

    class Bounded(http.SyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            begun, size = time.monotonic(), 0
            for part in self._stream:
                size += len(part)
                if size > LARGEST:
                    raise http.RemoteProtocolError(f"An answer of more than {LARGEST:,} bytes")
                if time.monotonic() - begun > WHOLE * timeout:
                    raise http.ReadTimeout("An answer without an end")
                yield part

        def close(self) -> None:
            self._stream.close()

    def hook(response: Any) -> None:
        if response.headers.get("Content-Encoding", "identity") != "identity":  # a few bytes may hold gigabytes
            raise http.RemoteProtocolError("An answer packed though none was asked for")
        response.stream = Bounded(response.stream)

    return hook


def _key() -> str:
    """The key, from the environment alone; "" where none is set. Raises UsageError for one that no header can carry."""
    name = next((name for name in KEYS if os.environ.get(name, "").strip()), "")
    key = os.environ.get(name, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(f"{name} holds characters that no key has. Set it anew.")
    return key


def _asked(client: "openai.OpenAI", server: Server, request: dict[str, Any], form: str, timeout: float) -> Reply:
    """One request. Raises Passing, Declined for this note, or WorkError for every note; never with a server's words."""
    import openai

    held = _question.response_format(form)
    body = {**request, "response_format": held} if held else request
    headers = {"Authorization": openai.Omit()} if client.api_key == NO_KEY else {}
    try:
        raw = client.chat.completions.with_raw_response.create(**body, extra_headers=headers)
        return _reply(raw.http_response.content)
    except openai.APITimeoutError:
        raise Passing(f"The server was silent for {timeout:g} s, or not done in {WHOLE * timeout:g} s") from None
    except openai.APIStatusError as error:
        raise _fault(error.status_code, error.response.headers, error.code or "", server, request["model"]) from None
    except openai.APIConnectionError:
        raise Passing("The connection failed or was cut, or the answer had no end") from None


def _fault(status: int, headers: Mapping[str, str], code: str, server: Server, model: str) -> Exception:
    """What a status means for the note and for the work."""
    match status:
        case 401 | 403:
            return WorkError(f"{server.shown} refuses the key ({status}). Set MMFUNDUS_API_KEY to one that it takes.")
        case 404:
            return WorkError(
                f"{server.shown} knows no such address or no model {model!r} (404). See whether --base-url ends as the "
                "server wants it, mostly in /v1, and how it calls the model."
            )
        case 429 if code == "insufficient_quota":
            return WorkError(f"The account at {server.shown} has nothing left to spend (429). Answers so far are kept.")
        case _ if status < 400:
            return WorkError(
                f"{server.shown} sends elsewhere ({status}), which is not followed. Give that address itself."
            )
        case _ if status in COME_BACK or status >= 500:
            return Passing(f"The server answered {status}", _patience.retry_after(headers))
    return Declined(
        f"The server refuses the note ({status}{', too long' if code == 'context_length_exceeded' else ''})."
    )


def _reply(body: bytes) -> Reply:
    """What an answer holds. Raises Passing for one that is none: a fault of the server, not of the note."""
    try:
        told = json.loads(body)
        choice = told["choices"][0]
        message = choice["message"]
        spent = told.get("usage") or {}
        return Reply(
            content=_text(message.get("content")),
            finish=_text(choice.get("finish_reason")) or "stop",
            declined=_text(message.get("refusal")),
            tokens_in=_number(spent.get("prompt_tokens")),
            tokens_out=_number(spent.get("completion_tokens")),
            served=_text(told.get("model")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Passing("The server's answer holds no choice") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
