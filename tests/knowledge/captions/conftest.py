"""For the rules: what a note says, in short ("+" present, "-" absent, "?" uncertain, "h" history).

For the language model: a server that speaks OpenAI's API and holds none. It is a double on loopback, whose answers and
failures a test decides.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mmfundus.knowledge.captions import _layout, _question, _sides, _text, llm
from mmfundus.knowledge.captions._asking import LanguageModel
from mmfundus.knowledge.captions._note import Note
from mmfundus.knowledge.captions.rules import extract

MARKS = {"present": "+", "absent": "-", "uncertain": "?", "history": "h"}
Json = dict[str, object]
# Concept, words, eye and status of what the tests' note says; their double finds it where all goes well.
FOUND = (
    ("moderate_npdr", "mod NPDR", "R", "present"),
    ("diabetic_macular_edema", "CSME", "R", "absent"),
    ("retinal_detachment", "RD repair", "L", "history"),
)


@pytest.fixture(scope="session")
def said() -> Callable[..., tuple[str, str]]:
    """A note -> what is said of the right and of the left eye, by concept id."""

    def of(note: str, eye: str = "", icd10: tuple[str, ...] = ()) -> tuple[str, str]:
        found = extract(note, eye, icd10)
        assert found.refused == ""
        facts = [found.eyes.get(side) for side in "RL"]
        marked = [sorted((c, MARKS[s]) for s in MARKS for c in getattr(one, s)) if one else [] for one in facts]
        right, left = (" ".join(mark + concept for concept, mark in one) for one in marked)
        return right, left

    return of


@pytest.fixture(scope="session")
def divided() -> Callable[[str], Note]:
    """A note with its tokens, sides and segments."""

    def of(text: str) -> Note:
        plain = _text.plain(text)
        note = Note(plain, _text.tokens(plain))
        _sides.find(note)
        _layout.divide(note)
        return note

    return of


class Act:
    """What the double does with a request; the ways in which servers answer and fail."""

    @staticmethod
    def says(*statements: Json, eye_note: bool = True) -> Json:
        return Act.writes(json.dumps({"eye_note": eye_note, "statements": statements}))

    @staticmethod
    def writes(content: str | None, finish: str = "stop", **message: object) -> Json:
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return Act.status(
            200, {"id": "x", "object": "chat.completion", "model": "double", "choices": [choice], "usage": usage}
        )

    @staticmethod
    def status(code: int, body: object = None, **headers: str) -> Json:
        return {"code": code, "body": json.dumps(body or {}).encode(), "headers": headers}

    @staticmethod
    def silent(seconds: float) -> Json:
        return {"silent": seconds}

    @staticmethod
    def endless(code: int = 200, piece: bytes = b" " * (1 << 16), pause: float = 0.0, **headers: str) -> Json:
        """An answer that never ends, in floods or in drops."""
        return {"code": code, "piece": piece, "pause": pause, "headers": headers}

    @staticmethod
    def cut() -> Json:
        """Half of an answer, then the connection ends."""
        return {**Act.says(), "cut": True}


def statement(concept: str, evidence: str, eye: str = "R", status: str = "present", **more: object) -> Json:
    return {"concept": concept, "eye": eye, "status": status, "evidence": evidence, "location": "", "severity": "",
            "asked": False, **more}  # fmt: skip


class Double:
    """The server; `plan` is asked with a note and how often that note was seen, and decides."""

    found = FOUND

    act = Act
    statement = staticmethod(statement)

    def __init__(self) -> None:
        self.plan: Callable[[str, int], Json] = lambda note, seen: Act.says()
        self.probed: Callable[[str], Json] = lambda form: Act.says()
        self.requests: list[tuple[bytes, Json]] = []  # bytes as received, with the headers; the body
        self.times: list[float] = []
        self.now = self.most = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def notes(self) -> list[str]:
        """The notes that were received, without the made-up one."""
        found = [body["messages"][1]["content"] for _, body in self.requests]
        return [note for note in found if note != _question.PROBE]

    @property
    def wire(self) -> str:
        """All that was received: as bytes, and with JSON's escapes undone."""
        raw = [received.decode("utf-8", "replace") for received, _ in self.requests]
        return "\n".join([*raw, *(json.dumps(body, ensure_ascii=False) for _, body in self.requests)])

    def _decide(self, received: bytes, body: Json) -> Json:
        with self._lock:
            self.requests.append((received, body))
            self.times.append(time.monotonic())
            self.now += 1
            self.most = max(self.most, self.now)
        note = body["messages"][1]["content"]
        if note == _question.PROBE:
            return self.probed(body.get("response_format", {}).get("type", "text"))
        return self.plan(note, self.notes.count(note))

    def _done(self) -> None:
        with self._lock:
            self.now -= 1

    def _handler(double) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received = f"{self.requestline}\n{self.headers}".encode() + body
                try:
                    self._answer(double._decide(received, json.loads(body)))
                finally:
                    double._done()

            def _answer(self, act: Json) -> None:
                if "silent" in act:
                    time.sleep(act["silent"])
                    self.close_connection = True
                    return
                self.send_response(act["code"])
                for name, value in act["headers"].items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Type", "application/json")
                if "piece" in act:
                    self._flow(act)
                    return
                self.send_header("Content-Length", str(len(act["body"])))
                self.end_headers()
                cut = act.get("cut")
                self.wfile.write(act["body"][: len(act["body"]) // 2] if cut else act["body"])
                if cut:
                    self.close_connection = True

            def _flow(self, act: Json) -> None:
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(OSError):  # until the other side has had enough
                    for _ in range(10_000):
                        self.wfile.write(act["piece"])
                        self.wfile.flush()
                        time.sleep(act["pause"])

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def double(monkeypatch):
    for name in (*llm.KEYS, "OPENAI_LOG", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = Double()
    yield server
    server.close()


@pytest.fixture
def asking(double) -> Callable[..., LanguageModel]:
    """A captioner that asks the double, with little patience."""

    def make(**settings: object) -> LanguageModel:
        return llm.captioner(
            **{"base_url": double.url, "model": "tiny", "tries": 3, "timeout": 0.4, "first_pause": 0.01, **settings}
        )

    return make


@pytest.fixture
def good(double):
    """What the double says of the tests' note where all goes well."""
    return double.act.says(*(double.statement(*one) for one in double.found))
