"""`mmfundus-small`: the start pair on photographs, OCT scans and angiograms, on a machine without GPU.

    mmfundus train small --manifest all.csv --out runs/small

A first setting, not tuned yet.
"""

from mmfundus.train.config import Config


def recipe() -> Config:
    """As `joint`, with concepts taking turns, so that rare ones are not drowned, and the last weights' mean kept."""
    return Config(
        name="mmfundus-small",
        losses={"soft_labels": 1.0, "cross_modal": 0.5},
        balance="concept",
        pairs=True,
        caption_share=0.3,
        batch=64,
        epochs=20,
        lr=5e-5,
        lr_new=1e-3,
        layer_decay=0.9,
        warmup=50,
        ema=0.99,
        extra_aug=True,
    )
