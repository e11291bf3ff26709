"""From a file on disk to a sample: images, manifests, checks, augmentation, order."""
