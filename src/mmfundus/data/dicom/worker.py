"""The process that parses and decodes: `python -m mmfundus.data.dicom.worker`, started by `files`.

It reads requests from its input, a JSON object a line, and answers each with a JSON line and as many bytes as that
says. Its memory is limited by the system, so a file that claims or unpacks to more ends in a refusal, and one that
crashes a codec ends this process and not the caller's. It writes nothing anywhere else.
"""

import dataclasses
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from mmfundus.errors import UnreadableImage

MEMORY = 4 << 30  # bytes of address space: a frame of 150 megapixels in colour takes half of it


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What a request gets: facts, an excerpt of the header, the shape and bytes of a frame, or why not."""
    from mmfundus.data.dicom import facts, header, pixels

    path = Path(request["path"])
    try:
        if "tags" in request:
            return {"header": header.excerpt(path, request["tags"])}, b""
        if "frame" not in request:
            found = facts.read(path, bytes.fromhex(request["secret"]))
            return {"facts": dataclasses.asdict(found)}, b""
        picture = pixels.frame(path, int(request["frame"]))
        return {"shape": picture.shape}, picture.tobytes()
    except UnreadableImage as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        return {"refused": f"{path.name!r} unpacks to more than {MEMORY >> 30} GiB. Export it again, or smaller."}, b""
    except Exception as error:  # noqa: BLE001 - what a broken file makes pydicom and the codecs raise is anything
        kind = type(error).__name__
        return {"refused": f"{path.name!r} is damaged, cut off or not what it says ({kind}). Export it again."}, b""


def main(given: Any, back: Any) -> None:
    """Answer what comes by one binary stream on another until the input ends, which it does when the caller does."""
    for line in iter(given.readline, b""):
        told, data = answer(json.loads(line))
        back.write(json.dumps(told | {"bytes": len(data)}).encode() + b"\n")
        back.write(data)
        back.flush()


def limit() -> None:
    """Bound this process's memory, where the system can (not on Windows)."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump of this process would hold pictures and names


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    limit()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what codecs print must not come between the answers
    main(sys.stdin.buffer, answers)
