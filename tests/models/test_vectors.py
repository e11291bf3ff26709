"""The embeddings table: bits kept, only what is missing is read, and another model's table is refused."""

import numpy as np
import pytest
from PIL import Image

from mmfundus import tables
from mmfundus.errors import ManifestError, UsageError
from mmfundus.models import embed, vectors


class Counting:
    """Wraps a reader and counts the pictures it is shown."""

    def __init__(self, reader):
        self.reader, self.seen = reader, 0

    def __getattr__(self, name):
        return getattr(self.reader, name)

    def images(self, pixels):
        self.seen += len(pixels)
        return self.reader.images(pixels)


def test_the_table_gives_back_the_very_vectors_and_reasons(eye_table, fake_reader, tmp_path):
    path = tmp_path / "e.parquet"
    direct = embed.embed(fake_reader, eye_table.rows, eye_table.root)
    for _ in range(2):  # made, then read
        found = vectors.embedded(fake_reader, eye_table.rows, eye_table.root, path)
        assert np.array_equal(found.vectors, direct.vectors, equal_nan=True)
        assert (found.refused, found.rows) == (direct.refused, direct.rows)
    assert found.vectors.dtype == np.float32
    told = tables.provenance(path)
    assert (told["model"], told["model_digest"]) == ("fake", vectors.identity(fake_reader))


def test_only_what_is_missing_or_changed_is_read(eye_table, fake_reader, tmp_path):
    path, reader = tmp_path / "e.parquet", Counting(fake_reader)
    vectors.embedded(reader, eye_table.rows[:5], eye_table.root, path)
    first = reader.seen
    vectors.embedded(reader, eye_table.rows[:8], eye_table.root, path)
    assert reader.seen - first == 3 + 1  # the one is the picture that tells models apart
    Image.new("RGB", (90, 70), (1, 2, 3)).save(eye_table.root / "0.png")
    changed = vectors.embedded(reader, eye_table.rows[:8], eye_table.root, path)
    assert reader.seen - first == 4 + 1 + 1
    assert np.array_equal(changed.vectors, embed.embed(fake_reader, eye_table.rows[:8], eye_table.root).vectors)


def test_a_run_that_is_cut_off_keeps_the_blocks_it_wrote(eye_table, fake_reader, tmp_path, monkeypatch):
    path, reader = tmp_path / "e.parquet", Counting(fake_reader)
    monkeypatch.setattr(vectors, "BLOCK", 4)
    whole, calls = vectors.embed, []

    def cut(reader, rows, root):
        calls.append(len(rows))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(reader, rows, root)

    monkeypatch.setattr(vectors, "embed", cut)
    with pytest.raises(KeyboardInterrupt):
        vectors.embedded(reader, eye_table.rows[:12], eye_table.root, path)
    assert len(tables.read(path)["image"]) == 8
    monkeypatch.setattr(vectors, "embed", whole)
    before = reader.seen
    vectors.embedded(reader, eye_table.rows[:12], eye_table.root, path)
    assert reader.seen - before == 4 + 1


def test_another_models_table_is_refused_by_name(eye_table, fake_reader, tmp_path):
    path = tmp_path / "e.parquet"
    vectors.embedded(fake_reader, eye_table.rows[:2], eye_table.root, path)

    class Other(type(fake_reader)):
        name = "other"

        def images(self, pixels):
            return -super().images(pixels)

    with pytest.raises(UsageError, match=r"e\.parquet are another model's \(made by 'fake'\); asked is 'other'"):
        vectors.embedded(Other(), eye_table.rows[:2], eye_table.root, path)
    tables.write(path, {"image": ["a"]})
    with pytest.raises(ManifestError, match="is no embeddings table"):
        vectors.embedded(fake_reader, eye_table.rows[:2], eye_table.root, path)
    (tmp_path / "e.csv").write_text("image\n")
    with pytest.raises(UsageError, match=r"kept as \.parquet"):
        vectors.embedded(fake_reader, eye_table.rows[:2], eye_table.root, tmp_path / "e.csv")
