"""A recipe to copy: your table, your numbers.

    mmfundus train examples/own_recipe.py --out runs/oct

Any field can be given on the command line instead; `mmfundus train examples/own_recipe.py --help` lists them.
"""

from mmfundus.train.config import Config


def recipe() -> Config:
    """The start pair on a table of one's own; what is not said here is the default of `Config`."""
    return Config(
        manifest="demo/oct/manifest.csv",  # or manifest.parquet; image paths are relative to its folder
        model="lite0-minilm",  # or a model directory, or a model of open_clip
        losses={"soft_labels": 1.0},  # for stated concepts; "clip" for captions that tell images apart; or both
        epochs=12,
        batch=32,
        lr=1e-5,  # of pretrained weights
        lr_new=1e-3,  # of the projections, which start new
        extra_aug=True,
    )
