"""One space for photographs, ultra-widefield images, OCT scans and angiograms: all four losses together.

    mmfundus train joint --manifest eyes.csv --out runs/joint

The table needs `patient` and `eye`: images of one eye in two modalities are what `cross_modal` learns
from, and `pairs` brings them into one batch. The weights say that words count most: `soft_labels` for
stated concepts, `clip` for captions that tell images apart, `siglip` for both as single questions.
"""

from mmfundus.train.config import Config


def recipe() -> Config:
    """The start pair, half of the texts from captions and half from labels, the mean of the weights kept."""
    return Config(
        name="joint",
        losses={"soft_labels": 1.0, "clip": 0.5, "siglip": 0.1, "cross_modal": 0.5},
        pairs=True,
        caption_share=0.5,
        batch=64,
        epochs=20,
        lr=1e-5,
        lr_new=1e-3,
        warmup=50,
        ema=0.99,
        extra_aug=True,
    )
