"""Training, evaluation, reading and the command line give a model the same bits for the same file."""

import numpy as np
import pytest
from PIL import Image

from mmfundus.clinic import reading
from mmfundus.data import loader, sample
from mmfundus.data.loader import Place, Samples
from mmfundus.models import embed
from mmfundus.types import Row

SIZE = 96
TABLE = sample.manifest()


def pictures():
    """Two of each modality of the sample; uwf has none there, so colour photographs stand in."""
    for modality in ("cfp", "oct", "fa", "slo", "uwf"):
        kind = "cfp" if modality == "uwf" else modality
        for row in [row for row in TABLE.rows if row.modality == kind][:2]:
            yield pytest.param(modality, row.image, id=f"{modality}-{row.image.rsplit('/')[-1]}")


@pytest.mark.parametrize(("modality", "image"), list(pictures()))
def test_every_way_prepares_the_same_picture(call, fake_reader, tmp_path, monkeypatch, modality, image):
    row = Row(image, modality, image, present=("normal",))

    monkeypatch.setattr(loader, "augment", lambda pixels, limits, rng, extra: pixels)
    trained_on = Samples([row], embed.from_files(TABLE.root, SIZE), seed=0, extra_aug=True)[Place(0, 0)].pixels

    evaluated = embed.prepare([row], embed.from_files(TABLE.root, SIZE), SIZE).pixels[0]

    assert call("prepare", TABLE.root / image, tmp_path / "p.png", "--modality", modality, "--size", SIZE).code == 0
    shown = np.array(Image.open(tmp_path / "p.png"))

    fake_reader.size, fake_reader.trained_on = SIZE, None
    (read,) = reading.read_files(fake_reader, [TABLE.root / image], ["normal"], modality)

    for pixels in (evaluated, shown, read.pixels):
        np.testing.assert_array_equal(pixels, trained_on)
    assert trained_on.std() > 5  # a picture, not a blank square


def test_modalities_prepare_differently():
    row = TABLE.rows[0]
    found = [
        embed.prepare([Row(row.image, m)], embed.from_files(TABLE.root, SIZE), SIZE).pixels.tobytes()
        for m in ("cfp", "oct", "fa")
    ]
    assert len(set(found)) == 3
