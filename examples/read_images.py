"""Read images from Python: findings, probabilities and the map that adds up to the score.

python examples/read_images.py demo/run/model cfp picture.jpg other.jpg
"""

import sys
from pathlib import Path

import numpy as np

from mmfundus.clinic import reading
from mmfundus.models.reader import open_reader


def main(model: str, modality: str, *images: str) -> None:
    """A line a finding; a refused image keeps its place and says why."""
    reader = open_reader(model)
    for one in reading.read_files(reader, [Path(image) for image in images], modality=modality):
        print(one.row.image, f"refused: {one.refused}" if one.refused else "")
        for finding in one.findings:
            print(f"  {finding.probability:.3f}  {finding.label:30} {strongest(finding.map)}")


def strongest(shares: np.ndarray | None) -> str:
    """Where the map is highest, in parts of the prepared picture from its upper left corner."""
    if shares is None:
        return "this model has no exact map"
    down, across = np.unravel_index(shares.argmax(), shares.shape)
    height, width = shares.shape
    return f"most from {(across + 0.5) / width:.2f} across, {(down + 0.5) / height:.2f} down"


if __name__ == "__main__":
    main(*sys.argv[1:])
