"""How long a fresh process takes to show the help and to read one image.

Each round runs the yardstick, `python -c "import numpy, onnxruntime"`, and then the things
measured, so that a busy machine slows them alike; what is printed is the median of the
seconds and the median of each round's ratio to its yardstick. Seconds are this machine's,
the ratio travels. Without --model and --image the demo's model reads a photograph of the sample.

    python benchmarks/start.py --model demo/run/model --image picture.jpg --rounds 9
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from mmfundus.data import sample

SCRIPT = str(Path(sys.executable).with_name("mmfundus"))
YARDSTICK = "import numpy, onnxruntime"
DEMO_MODEL = Path("demo/run/model")


def main() -> None:
    """Measure and print."""
    asked = arguments()
    measured = {
        YARDSTICK: [sys.executable, "-c", YARDSTICK],
        "mmfundus --help": [SCRIPT, "--help"],
    }
    if (asked.model / "model.json").is_file():
        measured["mmfundus predict"] = [SCRIPT, "predict", str(asked.image), "--model", str(asked.model)]
    for command in measured.values():  # once unmeasured: the first run compiles and fills the file cache
        seconds(command)
    rounds = [{name: seconds(command) for name, command in measured.items()} for _ in range(asked.rounds)]
    print(f"{'median of ' + str(asked.rounds):<28}{'seconds':>9}{'ratio':>9}")
    for name in measured:
        median = statistics.median(times[name] for times in rounds)
        ratio = statistics.median(times[name] / times[YARDSTICK] for times in rounds)
        print(f"{name:<28}{median:>9.3f}{ratio:>9.2f}")
    if "mmfundus predict" not in measured:
        print(f"mmfundus predict was not measured: there is no model at {asked.model}. make demo makes one.")


def seconds(command: list[str]) -> float:
    """Wall time of one process, from start to end; a process that fails stops the benchmark."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    taken = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken


def arguments() -> argparse.Namespace:
    """What was asked for; a model that is named must be there, the demo's may be missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=DEMO_MODEL, help="a model directory (default: the demo's)")
    parser.add_argument("--image", type=Path, default=first_photograph(), help="a picture to read with it")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    if asked.model != DEMO_MODEL and not (asked.model / "model.json").is_file():
        parser.error(f"{asked.model} is not a model directory: it has no model.json")
    return asked


def first_photograph() -> Path:
    """The first colour photograph of the sample."""
    table = sample.manifest()
    return table.root / next(row.image for row in table.rows if row.modality == "cfp")


if __name__ == "__main__":
    main()
