"""The retrieval task, by hand: repeated captions, empty ones, eyes in two modalities."""

from dataclasses import replace

import pytest

from mmfundus.errors import ManifestError
from mmfundus.tasks import retrieval


def lines(result):
    return {(line["query"], line["gallery"], line["of"]): line for line in result["retrieval"]}


def test_any_image_that_carries_the_words_is_right(three_splits, fake_reader):
    found = lines(retrieval.judge(fake_reader, three_splits, "test", resamples=50).result)
    to_text, to_image = found["cfp", "text", "caption"], found["text", "cfp", "caption"]
    assert (to_text["n_queries"], to_text["n_gallery"]) == (10, 2)  # two captions, five images each
    assert (to_image["n_queries"], to_image["n_gallery"]) == (10, 10)
    for line in (to_text, to_image):
        assert line["recall@1"]["value"] == line["map"]["value"] == line["median_rank"]["value"] == 1.0
        assert line["recall@1"]["chance"] == pytest.approx(0.5)
        assert line["recall@1"]["low"] == 1.0


def test_images_without_words_are_left_out_and_counted(three_splits, fake_reader):
    silent = tuple(replace(r, captions=()) if r.split == "test" and r.image < "20" else r for r in three_splits.rows)
    found = retrieval.judge(fake_reader, replace(three_splits, rows=silent), "test", resamples=0).result
    assert found["no_caption"] == sum(r.split == "test" and not r.captions for r in silent)
    assert lines(found)["text", "cfp", "caption"]["n_gallery"] == 10 - found["no_caption"]
    assert lines(found)["text", "cfp", "caption"]["recall@1"]["low"] is None


def test_the_same_eye_and_patient_in_another_modality(three_splits, fake_reader):
    pairs = [r for r in three_splits.rows if r.split == "test"][:4]
    rows = [
        *(replace(r, captions=(), patient=f"q{i // 2}", eye="RL"[i % 2]) for i, r in enumerate(pairs)),
        *(replace(r, image=f"../{i}", captions=(), patient=f"q{i // 2}", eye="RL"[i % 2], modality="oct")
          for i, r in enumerate(pairs)),
    ]  # fmt: skip
    for i, row in enumerate(pairs):
        (three_splits.root / f"oct-{i}.png").write_bytes((three_splits.root / row.image).read_bytes())
    rows[4:] = [replace(row, image=f"oct-{i}.png") for i, row in enumerate(rows[4:])]
    found = lines(retrieval.judge(fake_reader, replace(three_splits, rows=tuple(rows)), "test", resamples=0).result)
    assert set(found) == {(a, b, of) for a, b in (("cfp", "oct"), ("oct", "cfp")) for of in ("eye", "patient")}
    assert found["cfp", "oct", "eye"]["n_gallery"] == 4
    assert found["cfp", "oct", "eye"]["recall@1"]["chance"] == pytest.approx(1 / 4)
    assert found["cfp", "oct", "patient"]["recall@1"]["chance"] == pytest.approx(2 / 4)


def test_nothing_to_find_is_said(eye_table, fake_reader):
    with pytest.raises(ManifestError, match="nothing to find"):
        retrieval.judge(fake_reader, eye_table, "test")
    with pytest.raises(ManifestError, match="has no rows"):
        retrieval.judge(fake_reader, eye_table, "train")
