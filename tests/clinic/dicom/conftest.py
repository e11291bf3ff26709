"""A photograph, a cube and what a model says of them; validators and an Orthanc where the machine has them."""

import importlib.util
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from types import SimpleNamespace

import pytest

from mmfundus.types import Finding, Reading, Row

if importlib.util.find_spec("highdicom") is None:
    collect_ignore_glob = ["test_*.py"]  # they need the optional install [dicom], which the developers' install brings


@pytest.fixture
def by():
    from mmfundus.clinic.dicom.origin import By

    return By("tiny", "sha256 0123456789abcdef")


@pytest.fixture
def photo(dicoms, tmp_path):
    return dicoms.photograph(tmp_path / "photo.dcm", dicoms.picture(60, 80))


@pytest.fixture
def said(dicoms):
    """A reading of a file, with findings of every kind of code."""

    def run(path, eye="R", **more):
        row = Row(str(path), "cfp", "p", eye, **more)
        chances = {
            "diabetic_retinopathy": 0.81,
            "choroidal_neovascularization": 0.1,
            "a tilted disc": 0.05,
            "normal": 0.04,
        }
        found = tuple(Finding(label, chance, chance / 4) for label, chance in chances.items())
        return Reading(row, dicoms.picture(32, 32), found)

    return run


@pytest.fixture
def validated():
    """dciodvfy of dicom3tools: the lines that are errors, and those that are warnings."""
    if not shutil.which("dciodvfy"):
        pytest.skip("needs dciodvfy (Debian: dicom3tools)")

    def run(path):
        done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, timeout=60)
        lines = (done.stdout + done.stderr).splitlines()
        return tuple([line for line in lines if line.startswith(start)] for start in ("Error", "Warning"))

    return run


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def orthanc(tmp_path):
    """Debian's Orthanc on ports of its own; `restart` kills it and starts it on the same storage."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if not program:
        pytest.skip("needs Orthanc (Debian: orthanc)")
    pytest.importorskip("pynetdicom")
    from mmfundus.clinic.dicom import pacs
    from mmfundus.errors import WorkError

    folder = tmp_path / "orthanc"
    folder.mkdir()
    port, web = free_port(), free_port()
    told = {
        "Name": "test", "StorageDirectory": str(folder), "IndexDirectory": str(folder), "Plugins": [],
        "HttpPort": web, "RemoteAccessAllowed": False, "DicomPort": port, "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "DicomModalities": {"us": ["MMFUNDUS", "127.0.0.1", 1]}, "DicomAlwaysAllowStore": False,
        "DicomAlwaysAllowEcho": False, "OverwriteInstances": True, "ConcurrentJobs": 1,
        "AcceptedTransferSyntaxes": ["1.2.840.10008.1.*"],
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(told))
    at, running = pacs.Address("127.0.0.1", port, "ORTHANC"), []

    def start():
        running.append(
            subprocess.Popen(
                [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        until = time.monotonic() + 60
        while True:
            try:
                return pacs.echo(at)
            except WorkError:
                assert running[-1].poll() is None and time.monotonic() < until, "Orthanc did not start"
                time.sleep(0.2)

    def stop():
        running[-1].terminate()
        running[-1].wait(30)

    def restart():
        stop()
        start()

    def count():
        with urllib.request.urlopen(f"http://127.0.0.1:{web}/statistics", timeout=10) as said:
            return json.load(said)["CountInstances"]

    start()
    yield SimpleNamespace(at=at, restart=restart, stop=stop, count=count, text=f"ORTHANC@127.0.0.1:{port}")
    stop()
