"""Training losses, a file each: `loss(features, batch) -> scalar`, knowing nothing of ranks."""

KIND = "loss"
