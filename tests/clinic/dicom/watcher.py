"""A watch whose reader is slow and writes what a real one does; started and killed by test_watch.py.

Also notes every file it begins to read: a file may be begun twice where a kill came between, and entered only once.
"""

import hashlib
import sys
import time
from pathlib import Path

from mmfundus import tables
from mmfundus.clinic.dicom.ledger import Ledger
from mmfundus.clinic.dicom.watch import Watch

inbox, out = map(Path, sys.argv[1:])


def read(path: Path) -> dict:
    with open(out / "begun.txt", "a") as begun:
        begun.write(f"{path.name}\n")
    time.sleep(0.004)
    name = hashlib.sha256(path.read_bytes()).hexdigest()
    for what in ("report", "capture"):
        with tables.whole(out / f"{what}-{name}.dcm") as beside:
            beside.write_bytes(path.read_bytes())
        time.sleep(0.002)
    return {"written": [f"report-{name}.dcm", f"capture-{name}.dcm"]}


watch = Watch(inbox, Ledger(out / "ledger"), read, settled=0.02)
print("ready", flush=True)
while True:
    last = (out / "stop").exists()
    for _ in watch.once():
        pass
    if last and not watch.waiting:
        break
    time.sleep(0.005)
