"""The recipe of the reference release: DFN5B ViT-H-14 at 378 pixels on ultra-widefield images with captions.

    mmfundus train paper --manifest uwf.csv --out runs/paper

Its code and its article differ in the learning rate: 1e-6 in the code, which this recipe follows, and
1e-5 in the article (`--lr 1e-5`). The model is fetched from a hub and needs a large GPU. One thing is
not as there: images that share a caption are not each other's negatives (docs/decisions/0005).
"""

from mmfundus.train.config import Config


def recipe() -> Config:
    """Batch 128, 10 epochs, constant rate, beta2 0.95, decay 0.2, bf16, recomputed activations, extra augmentation."""
    return Config(
        name="paper",
        model="hf-hub:apple/DFN5B-CLIP-ViT-H-14-378",
        losses={"clip": 1.0},
        batch=128,
        epochs=10,
        lr=1e-6,
        schedule="constant",
        warmup=0,
        betas=(0.9, 0.95),
        weight_decay=0.2,
        clip_norm=0.0,
        precision="bf16",
        recompute=True,
        extra_aug=True,
    )
