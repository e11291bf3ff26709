"""`mmfundus-small`: the start pair on photographs, OCT scans and angiograms, on a machine without GPU.

python recipes/small_rows.py SETS small.csv
mmfundus train small --manifest small.csv --root SETS --out runs/small
"""

from mmfundus.train.config import Config


def recipe() -> Config:
    """As `joint`, with concepts taking turns, so that rare ones are not drowned, and the last weights' mean kept.

    Pictures of 288 pixels, for small lesions. The image tower opens from its end: its first layers cost most, at
    the largest pictures, and know edges already.
    """
    return Config(
        name="mmfundus-small",
        size=288,
        losses={"soft_labels": 1.0, "cross_modal": 0.25},
        balance="concept",
        pairs=True,
        caption_share=0.3,
        batch=64,
        epochs=16,
        lr=1e-4,
        lr_new=1e-3,
        layer_decay=0.9,
        lock_image=True,
        unlock_every=60,
        warmup=50,
        ema=0.99,
        extra_aug=True,
        precision="bf16",
    )
