"""The command line for runs that are killed: without the export at their end, and quick to start again.

    program.py train RECIPE --out RUN ...     what `python -m mmfundus` does
    program.py                                reads calls from its input and forks a process, or several ranks, for each

The export is test_finish.py's matter and takes longer than these runs. A fork spares the imports, and is killed like
any process. Each run also writes images.jsonl: which images its global batches held, in order. With POISON=rank:step
in the environment that rank's weights hold a NaN from that step on.
"""

import json
import os
import resource
import sys
from pathlib import Path

from mmfundus.cli import main
from mmfundus.train import finish, loop

note, update = loop._note, loop._update


def noted(run, batch, learned, rate):
    if run.world.leads:
        with open(run.out / "images.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps([] if learned is None else learned[0].known.images) + "\n")
    note(run, batch, learned, rate)


def poisoned(run, batch):
    rank, step = map(int, os.environ.get("POISON", "-1:-1").split(":"))
    if (run.world.rank, run.progress.step + 1) == (rank, step):
        run.model.clip.visual.head.proj.weight.data[0, 0] = float("nan")
    return update(run, batch)


finish.write_model = lambda run, card: None
loop._note, loop._update = noted, poisoned


def fork(call: dict) -> int:
    """A process for one rank of a call; what it says of errors goes to the call's file."""
    pid = os.fork()
    if pid:
        return pid
    os.environ.update(call["environment"])
    if call["limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (call["limit"], call["limit"]))
    for number, name in enumerate((os.devnull, f"{call['said']}.out", call["said"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    sys.exit(main(call["told"]))


def serve() -> None:
    """Answer each call with the process's number, and each number with its exit code."""
    import open_clip  # noqa: F401 - what takes long to import, before the first fork
    import timm  # noqa: F401
    import torch.distributed.fsdp
    import torch.utils.tensorboard  # noqa: F401

    import mmfundus.report.files  # noqa: F401

    for line in iter(sys.stdin.readline, ""):
        call = json.loads(line)
        ended = isinstance(call, int) and os.waitstatus_to_exitcode(os.waitpid(call, 0)[1])
        sys.stdout.write(f"{ended if isinstance(call, int) else fork(call)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main())
    sys.path.insert(0, str(Path(__file__).parent))
    serve()
