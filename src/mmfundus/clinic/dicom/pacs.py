"""A PACS, as a client of it: find studies, fetch their eye images, store what was made of them. The door of pynetdicom.

Images come by C-GET, over the connection that asks for them, so nothing here listens on a port. Each pair of storage
class and transfer syntax is offered by itself: then the PACS sends a file as it holds it. Nothing is printed or logged
of what is found; errors name the address and never a patient.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from mmfundus import tables
from mmfundus.clinic.dicom import origin
from mmfundus.errors import UsageError, WorkError

OPHTHALMIC = tuple(f"1.2.840.10008.5.1.4.1.1.77.1.5.{n}" for n in (1, 2, 4, 5, 6, 7))
OTHERS = ("1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.77.1.4")  # secondary capture, VL photographic
SYNTAXES = tuple(
    f"1.2.840.10008.1.2{end}"
    for end in (".1", "", ".4.50", ".4.51", ".4.57", ".4.70", ".4.80", ".4.81", ".4.90", ".4.91", ".5", ".4.201")
)
MODALITIES = ("OP", "OPT", "XC")
SECONDS = 30
DONE = 0x0000
PENDING = (0xFF00, 0xFF01)

logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)  # its messages quote what is sent


@dataclass(frozen=True, slots=True)
class Address:
    """Where a PACS listens, its name, and ours."""

    host: str
    port: int
    name: str = "ANY-SCP"
    own: str = "MMFUNDUS"

    @classmethod
    def parse(cls, text: str, own: str = "MMFUNDUS") -> "Address":
        """`NAME@host:port`. Raises UsageError."""
        parts = re.fullmatch(r"(?:([^@]{1,16})@)?([\w.-]+):(\d{1,5})", text)
        if not parts:
            raise UsageError(f"{text!r} is no PACS: write NAME@host:port, such as ORTHANC@localhost:4242.")
        return cls(parts[2], int(parts[3]), parts[1] or "ANY-SCP", own)


def echo(at: Address) -> None:
    """Ask whether it answers. Raises WorkError."""
    with _talking(at, [(Verification, None)]) as to:
        _must(to.send_c_echo(), at, "did not answer")


def studies(at: Address, patient: str = "", study: str = "", since: str = "") -> list[str]:
    """UIDs of the studies that hold eye images, by patient id, by study or from a day (YYYYMMDD) on."""
    if not (patient or study or since):
        raise UsageError("Say which studies: of a patient, one study, or since a day. All of a PACS is not fetched.")
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID = "STUDY", study
    asked.PatientID, asked.StudyDate = patient, f"{since}-" if since else ""
    asked.ModalitiesInStudy = ""
    found = []
    with _talking(at, [(StudyRootQueryRetrieveInformationModelFind, None)]) as to:
        for status, answer in to.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind):
            if _must(status, at, "refused the query") in PENDING and answer and (study or _eye(answer)):
                found.append(str(answer.StudyInstanceUID))
    return sorted(set(found))


def series(at: Address, study: str) -> list[str]:
    """UIDs of a study's series of eye images; its reports and captures are others."""
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID = "SERIES", study
    asked.SeriesInstanceUID, asked.Modality = "", ""
    found = []
    with _talking(at, [(StudyRootQueryRetrieveInformationModelFind, None)]) as to:
        for status, answer in to.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind):
            if _must(status, at, "refused the query") in PENDING and answer and answer.get("Modality") in MODALITIES:
                found.append(str(answer.SeriesInstanceUID))
    return sorted(set(found))


def fetch(at: Address, study: str, out: Path) -> list[Path]:
    """The eye images of a study into a folder, each whole, named by its UID; those there already are not replaced.

    By series, because a PACS that holds a part of a study for which no class was offered may send nothing of it.
    """
    out.mkdir(parents=True, exist_ok=True)
    got: list[Path] = []

    def store(event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        if not re.fullmatch(r"[0-9.]{1,64}", uid):
            return 0xA900  # data set does not match: no name for a file is taken from it
        target = out / f"{uid}.dcm"
        if not target.exists():
            with tables.whole(target) as beside:
                beside.write_bytes(event.encoded_dataset())
        got.append(target)
        return DONE

    offered: list[tuple[Any, Any]] = [(StudyRootQueryRetrieveInformationModelGet, None)]
    offered += [(uid, syntax) for uid in (*OPHTHALMIC, *OTHERS) for syntax in SYNTAXES]
    roles = [build_role(uid, scp_role=True) for uid in (*OPHTHALMIC, *OTHERS)]
    for one in series(at, study):
        asked = Dataset()
        asked.QueryRetrieveLevel, asked.StudyInstanceUID, asked.SeriesInstanceUID = "SERIES", study, one
        with _talking(at, offered, roles, [(evt.EVT_C_STORE, store)]) as to:
            for status, _ in to.send_c_get(asked, StudyRootQueryRetrieveInformationModelGet):
                _must(status, at, "did not send all of a series")
    return sorted(set(got))


def send(at: Address, files: Sequence[Path]) -> None:
    """Store files in it. Raises WorkError with the first that is not taken, by its file's name."""
    with origin.quiet():
        heads = [dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"]) for path in files]
    offered = {(str(head.SOPClassUID), str(head.file_meta.TransferSyntaxUID)) for head in heads}
    with _talking(at, sorted(offered)) as to:
        for path in files:
            try:
                status = to.send_c_store(path)
            except ValueError:  # pynetdicom's word for a class that the PACS has not accepted
                raise WorkError(f"The PACS at {at.host}:{at.port} does not take files such as {path.name!r}.") from None
            _must(status, at, f"did not store {path.name!r}")


@contextmanager
def _talking(
    at: Address, offered: Sequence[tuple[Any, Any]], roles: Sequence[Any] = (), handlers: Sequence[Any] = ()
) -> Iterator[Any]:
    """An association that offers classes, with a syntax or the usual ones."""
    entity = AE(ae_title=at.own)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = SECONDS
    contexts = []
    for uid, syntax in offered:  # one by one: added to the entity, pairs of one class would be joined
        contexts.append(_context(uid, syntax))
    to = entity.associate(
        at.host, at.port, contexts=contexts, ae_title=at.name, ext_neg=list(roles), evt_handlers=list(handlers)
    )
    if not to.is_established:
        raise WorkError(
            f"The PACS at {at.host}:{at.port} does not answer, or does not know {at.own!r} or {at.name!r}. "
            "Check the address, and that it lists this computer."
        )
    try:
        yield to
    finally:
        to.release()


def _context(uid: Any, syntax: Any) -> Any:
    from pynetdicom import build_context

    return build_context(uid, syntax) if syntax else build_context(uid)


def _must(status: Any, at: Address, what: str, also: Sequence[int] = ()) -> int:
    """The status as a number. Raises WorkError for a failure, or where the connection broke."""
    code = int(status.Status) if status and "Status" in status else None
    if code is None or code not in (DONE, *PENDING, *also):
        told = "the connection broke" if code is None else f"status {code:04X}"
        raise WorkError(f"The PACS at {at.host}:{at.port} {what} ({told}).")
    return code


def _eye(answer: Dataset) -> bool:
    """Whether a study may hold eye images: it names such a modality, or none at all."""
    named = answer.get("ModalitiesInStudy") or ()
    held = {named} if isinstance(named, str) else set(named)
    return not held or bool(held & set(MODALITIES))
