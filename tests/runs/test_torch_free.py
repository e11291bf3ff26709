"""What a reader does is done without torch: seen in a process of its own, after each verb."""

import subprocess
import sys

from mmfundus.data import manifest, sample

CODE = """
import sys
from mmfundus.cli import main

def after(*arguments):
    code = main(list(arguments))
    print("code", code, "torch" in sys.modules, "open_clip" in sys.modules)

picture, model, table, root, out = sys.argv[1:]
after("check", table, "--root", root)
after("prepare", picture, f"{out}/p.png", "--modality", "cfp")
after("predict", picture, "--model", model, "--labels", "normal,a tilted disc", "--explain", "--out", f"{out}/read")
after("evaluate", "zero-shot", table, "--model", model, "--root", root, "--out", f"{out}/e", "--resamples", "10")
import mmfundus.tensors
print("seen", "torch" in sys.modules)
"""


def test_no_verb_of_the_reader_loads_torch(tiny_model_folder, tmp_path):
    table = sample.manifest()
    rows = [row for row in table.split("test") if row.modality == "cfp"][:4]
    manifest.write(rows, tmp_path / "m.csv")
    told = [table.root / rows[0].image, tiny_model_folder, tmp_path / "m.csv", table.root, tmp_path / "out"]
    done = subprocess.run([sys.executable, "-c", CODE, *map(str, told)], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("code", "seen"))]
    assert lines == ["code 0 False False"] * 4 + ["seen True"], done.stderr
    assert (tmp_path / "out" / "e" / "metrics.json").is_file()
    assert (tmp_path / "out" / "read" / "index.html").is_file()
