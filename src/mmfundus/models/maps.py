"""Where in the picture a score comes from: maps that add up to the cosine, exactly."""

import numpy as np
from jaxtyping import Float, Float32


def evidence(positions: Float32[np.ndarray, "h w d"], label: Float[np.ndarray, "d"]) -> Float[np.ndarray, "h w"]:
    """Each position's share of the cosine between an image and a label.

    With `z_ij` the projected positions and `z` their mean, the image vector is `z / |z|`, so
    `<z_ij, label> / (h w |z|)` summed over all positions is the cosine. Negative values speak
    against the label. It says what moved this score, not what is medically there.
    """
    z = positions.mean((0, 1), dtype=np.float64)
    height, width, _ = positions.shape
    shares: Float[np.ndarray, "h w"] = positions.astype(np.float64) @ label.astype(np.float64)
    shares /= height * width * np.linalg.norm(z)
    return shares
