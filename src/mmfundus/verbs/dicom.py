"""DICOM that leaves: reports, files without names, a PACS, a watched folder."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from tyro.conf import Positional

from mmfundus import NOTICE
from mmfundus.errors import UnreadableImage, UsageError
from mmfundus.tables import writable
from mmfundus.verbs._ends import at_least, listed, named, needs

EXTRA = "dicom"
Read = Callable[[Path], dict[str, Any]]


def report(images: Positional[tuple[Path, ...]], model: str, out: Path, labels: str = "", modality: str = "") -> int:
    """Write what a model finds on DICOM images as structured report and secondary capture.

    Research software, not a medical device. Both are new series of the image's own study.

    Args:
        images: DICOM files; of a volume, the answer for the whole is reported.
        model: Model directory; with the train install, anything open_clip loads.
        out: Folder for the DICOM files that are written.
        labels: Concepts, names, synonyms or free text, joined by commas; if not given, what the model learned.
        modality: Of all the images; if not given, what the files say, else what the model recognises.
    """
    if not images:
        raise UsageError("There is no image to report on. Give one or more DICOM files.")
    read = _reading(model, out, labels, modality)
    refused = []
    for image in images:
        said = read(image)
        if "refused" in said:
            refused.append(said["refused"])
        else:
            print(f"{image.name}: {', '.join(said['written'])}")
    print(f"Written to {out}. {NOTICE}")
    return named(refused)


def deidentify(path: Positional[Path], out: Path, key: Path | None = None, burned_in: bool = False) -> int:
    """Copy DICOM images without whose they are: the basic profile of PS3.15, and stricter.

    Research software, not a medical device. What may stay is listed, all else is removed, private attributes too.
    Words that are burned into a picture are not found.

    Args:
        path: A DICOM file, or a folder of them.
        out: Folder for the copies, which are named by their new ids.
        key: File with the secret that new ids are made with, made where it is not there; OUT.key if not given.
        burned_in: Also copy images that say words are burned in: you have looked, and none names a person.
    """
    with needs("deidentify", EXTRA):
        from mmfundus.clinic.dicom import deidentify as removing
    from mmfundus.data.dicom import files, pseudonyms

    if not path.exists():
        raise UsageError(f"There is no file or folder at {str(path)!r}.")
    writable(out)
    key = key or out.with_name(f"{out.name}.key")
    secret = pseudonyms.key(key)
    found = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    done, refused = 0, []
    for file in found:
        try:
            if not files.is_dicom(file):
                raise UnreadableImage(f"{file.name!r} is not a DICOM file.")
            removing.deidentify(file, out, secret, burned_in)
            done += 1
        except UnreadableImage as error:
            refused.append(str(error))
    print(f"{done} images written to {out}. Pixels were not looked at: words burned into them stay. {NOTICE}")
    print(f"New ids are made with {key}: keep it apart from the copies, for it links them to each other.")
    return named(refused)


def watch(
    inbox: Positional[Path],
    model: str,
    out: Path,
    labels: str = "",
    modality: str = "",
    once: bool = False,
    every: float = 2.0,
    settled: float = 2.0,
    send: str = "",
) -> int:
    """Read every DICOM file that arrives in a folder, once each, and write what is found.

    Research software, not a medical device. It may be killed at any moment and started again.

    Args:
        inbox: The folder; subfolders too.
        model: Model directory; with the train install, anything open_clip loads.
        out: Folder for reports, captures and the ledger; not inside the inbox.
        labels: Concepts, names, synonyms or free text, joined by commas; if not given, what the model learned.
        modality: Of all the images; if not given, what the files say, else what the model recognises.
        once: Read what is there and end, instead of waiting for more.
        every: Seconds between two looks.
        settled: Seconds that a file must stand still to have arrived.
        send: A PACS that gets what is written, as NAME@host:port.
    """
    if not inbox.is_dir():
        raise UsageError(f"There is no folder at {str(inbox)!r}. Give the folder that files arrive in.")
    if out.resolve().is_relative_to(inbox.resolve()):
        raise UsageError("--out lies inside the inbox, so what is written would be read. Give another folder.")
    if not (0 < every <= 3600 and 0 <= settled <= 3600):
        raise UsageError(f"--every is {every:g} and --settled {settled:g}; both are seconds, up to 3600.")
    read = _reading(model, out, labels, modality, send)
    from mmfundus.clinic.dicom import writing
    from mmfundus.clinic.dicom.ledger import Ledger
    from mmfundus.clinic.dicom.watch import Watch

    with closing(Ledger(out / "ledger")) as ledger:
        writing.clear(out)
        return _watched(Watch(inbox, ledger, read, settled), once, every)


def _watched(watching: Any, once: bool, every: float) -> int:
    """Look again and again, or until nothing waits; says what became of each file."""
    refused, read = 0, 0
    troubles: list[str] = []
    while True:
        for entry in watching.once():
            read += 1
            refused += "refused" in entry
            print(_said(entry), flush=True)
        if watching.trouble and watching.trouble != troubles:
            named(watching.trouble)
        troubles = list(watching.trouble)
        if once and (not watching.waiting or troubles):
            print(f"{read} files read, {refused} of them refused, {watching.waiting} left. {NOTICE}")
            return 1 if refused or troubles else 0
        time.sleep(min(every, 0.2) if once else every)


def _said(entry: dict[str, Any]) -> str:
    from mmfundus.report.words import one_line

    if "refused" in entry:
        return f"{one_line(entry['file'])}   refused: {one_line(entry['refused'])}"
    label, probability = next(iter(entry["findings"].items()), ("nothing asked", 0.0))
    return f"{one_line(entry['file'])}   {entry['modality']}   {probability:.3f}  {label}"


def pacs(
    action: Positional[Literal["check", "fetch", "send"]],
    address: Positional[str],
    files: Positional[tuple[Path, ...]] = (),
    own: str = "MMFUNDUS",
    patient: str = "",
    study: str = "",
    since: str = "",
    out: Path | None = None,
) -> int:
    """Ask a PACS whether it answers, fetch eye images of it, or store files in it.

    Research software, not a medical device. Neither names nor ids are printed.

    Args:
        action: check, fetch or send.
        address: NAME@host:port, such as ORTHANC@localhost:4242.
        files: Of send: the DICOM files.
        own: Our own name, as the PACS knows it.
        patient: Of fetch: the patient's id.
        study: Of fetch: one study's UID.
        since: Of fetch: all studies from this day on, as YYYYMMDD.
        out: Of fetch: folder for the files.
    """
    with needs("pacs", EXTRA):
        from mmfundus.clinic.dicom import pacs as client

    at = client.Address.parse(address, own)
    if action == "check":
        client.echo(at)
        print(f"The PACS at {at.host}:{at.port} answers.")
    elif action == "send":
        at_least(1, files=len(files))
        client.send(at, files)
        print(f"{len(files)} files stored in {at.host}:{at.port}.")
    else:
        if out is None:
            raise UsageError("fetch needs a folder for the files: --out DIR.")
        writable(out)
        found = client.studies(at, patient, study, since)
        got = [path for one in found for path in client.fetch(at, one, out)]
        print(f"{len(got)} images of {len(found)} studies in {out}.")
    return 0


def _reading(model: str, out: Path, labels: str, modality: str, send: str = "") -> Read:
    """Reads a file, writes report and capture, sends them; returns what came of it, or why it was refused."""
    with needs("DICOM reports", EXTRA):
        from mmfundus.clinic.dicom import origin, pacs, writing
    from mmfundus.clinic import reading
    from mmfundus.data.dicom import files
    from mmfundus.models.reader import open_reader
    from mmfundus.report import pictures

    writable(out)
    at = pacs.Address.parse(send) if send else None
    reader = open_reader(model)
    by = origin.reader_of(reader.name, Path(model))

    def draw(one: Any) -> Any:
        map = one.findings[0].map if one.findings else None
        return None if map is None else pictures.overlay(one.pixels, map, pictures.shared_scale([map]))

    def read(path: Path) -> dict[str, Any]:
        if not files.is_dicom(path):
            what = "is not a DICOM file" if path.is_file() else "is not there, or is no file"
            return {"refused": f"{path.name!r} {what}. Give the path of a DICOM image."}
        try:
            if files.facts(path).ours:
                return {"refused": f"{path.name!r} is a picture that this software made of another."}
            one = reading.read_files(reader, [path], listed(labels), modality)[0]
            if one.refused:
                return {"refused": one.refused}
            written = writing.write(one, by, out, draw)
        except UnreadableImage as error:
            return {"refused": str(error)}
        if at:
            pacs.send(at, written)
        findings = {finding.label: finding.probability for finding in one.findings}
        told = {"modality": one.row.modality, "eye": one.row.eye, "model": by.name, "findings": findings}
        return {**told, "written": [file.name for file in written]}

    return read
