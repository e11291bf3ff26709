"""How long a fresh process takes to show the help and to read one image.

Each round runs the yardstick, `python -c "import numpy, onnxruntime"`, and then the things
measured, so that a busy machine slows them alike; what is printed is the median of the
seconds and the median of each round's ratio to its yardstick. Seconds are this machine's,
the ratio travels.

    python benchmarks/start.py --model demo/run/model --image picture.jpg --rounds 9
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = str(Path(sys.executable).with_name("mmfundus"))
YARDSTICK = "import numpy, onnxruntime"


def main() -> None:
    """Measure and print."""
    asked = arguments()
    measured = {
        YARDSTICK: [sys.executable, "-c", YARDSTICK],
        "mmfundus --help": [SCRIPT, "--help"],
    }
    if asked.model:
        measured["mmfundus predict"] = [SCRIPT, "predict", str(asked.image), "--model", str(asked.model)]
    for command in measured.values():  # once unmeasured: the first run compiles and fills the file cache
        seconds(command)
    rounds = [{name: seconds(command) for name, command in measured.items()} for _ in range(asked.rounds)]
    print(f"{'median of ' + str(asked.rounds):<28}{'seconds':>9}{'ratio':>9}")
    for name in measured:
        median = statistics.median(times[name] for times in rounds)
        ratio = statistics.median(times[name] / times[YARDSTICK] for times in rounds)
        print(f"{name:<28}{median:>9.3f}{ratio:>9.2f}")
    if not asked.model:
        print("predict was not measured: give --model and --image (make demo makes a model)")


def seconds(command: list[str]) -> float:
    """Wall time of one process, from start to end; a process that fails stops the benchmark."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    taken = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken


def arguments() -> argparse.Namespace:
    """What was asked for; a model and an image come together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model directory")
    parser.add_argument("--image", type=Path, help="a picture to read with it")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    if bool(asked.model) != bool(asked.image):
        parser.error("--model and --image are given together")
    return asked


if __name__ == "__main__":
    main()
