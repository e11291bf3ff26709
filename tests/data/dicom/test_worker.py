import io
import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="needs the optional install [dicom]")

from mmfundus.data.dicom import worker


def test_a_line_a_request_and_bytes_after_the_answer(dicoms, tmp_path):
    drawn = dicoms.picture()
    path = dicoms.photograph(tmp_path / "a.dcm", drawn)
    asked = [{"path": str(path), "frame": 1}, {"path": str(path), "secret": "00"}, {"path": str(path), "frame": 2}]
    back = io.BytesIO()
    worker.main(io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in asked)), back)
    back.seek(0)
    told = json.loads(back.readline())
    assert told == {"shape": [40, 56, 3], "bytes": drawn.size}
    assert np.array_equal(np.frombuffer(back.read(drawn.size), np.uint8).reshape(drawn.shape), drawn)
    assert json.loads(back.readline())["facts"]["eye"] == "R"
    assert json.loads(back.readline())["refused"].startswith("'a.dcm' has 1 frames; there is no frame 2")


def test_an_exceptions_words_are_not_repeated(dicoms, tmp_path, monkeypatch):
    def quoting(path, secret):
        raise ValueError(dicoms.NAME)

    monkeypatch.setattr("mmfundus.data.dicom.facts.read", quoting)
    told, data = worker.answer({"path": str(tmp_path / "a.dcm"), "secret": ""})
    assert told == {"refused": "'a.dcm' is damaged, cut off or not what it says (ValueError). Export it again."}
    assert data == b""


def test_its_memory_is_limited():
    resource = pytest.importorskip("resource")
    code = "import resource\nfrom mmfundus.data.dicom import worker\nworker.limit()\n"
    code += "print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == worker.MEMORY
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != worker.MEMORY  # not that of this process
