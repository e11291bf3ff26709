"""A first run: two minutes on two cores, from the start pair, on the sample in the package."""

from mmfundus.train.config import Config


def recipe() -> Config:
    """The towers' own rate is the default 1e-5; the new image projection learns a hundred times faster."""
    return Config(name="demo", epochs=16, batch=32, losses={"soft_labels": 1.0}, lr=1e-5, lr_new=1e-3)
