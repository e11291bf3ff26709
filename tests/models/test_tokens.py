"""Tokenizers as one JSON: equal to open_clip's own, on any text."""

import numpy as np
import open_clip
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.errors import BrokenModel
from mmfundus.models.tokens import Tokens, clip_json


@pytest.fixture(scope="module")
def theirs():
    return open_clip.get_tokenizer("ViT-B-32")


@pytest.fixture(scope="module")
def ours(theirs):
    merges = sorted(theirs.bpe_ranks, key=theirs.bpe_ranks.__getitem__)
    return Tokens(clip_json(theirs.encoder, merges), 77, pad=0, fixed=True)


@pytest.mark.parametrize(
    "text",
    [
        "a fundus photograph of moderate NPDR, 4-2-1 rule",
        "Drüsen  <= 63 µm;\nRPE's\t",
        "12 microaneurysms",
        "",
        "x" * 400,
    ],
)
def test_equals_open_clip(ours, theirs, text):
    np.testing.assert_array_equal(ours([text]), theirs([text]).numpy())


# open_clip first repairs broken encodings (ftfy) and HTML entities; on text that needs neither both are equal.
clean = st.text(st.characters(codec="ascii", exclude_characters="&<>\x7f", exclude_categories=["Cc"]), max_size=300)


@settings(max_examples=200, deadline=None)
@given(clean)
def test_equals_open_clip_on_ascii(ours, theirs, text):
    np.testing.assert_array_equal(ours([text]), theirs([text]).numpy())


def test_a_text_beyond_the_context_is_named(ours):
    long = "word " * 100
    assert ours.longer_than_context(["short", long]) == [long]


def test_a_broken_tokenizer_is_refused():
    with pytest.raises(BrokenModel, match=r"tokenizer\.json"):
        Tokens("{}", 8, pad=0, fixed=False)
