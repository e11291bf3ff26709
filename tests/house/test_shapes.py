"""Shapes and types are checked while tests run: a wrong one raises where it is made."""

import dataclasses

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from mmfundus import errors
from mmfundus.tensors import Batch, Features
from mmfundus.types import Embeddings, Finding, Interval, Manifest, Predictions, Row

ROW = Row(image="a.jpg", modality="cfp")


def batch(pixels: torch.Tensor, labels: torch.Tensor) -> Batch:
    tokens = torch.zeros(2, 7, dtype=torch.int64)
    return Batch(pixels, tokens, labels, ("a", "b"), ("p", "q"), ("R", ""), ("cfp", "oct"), ("a.jpg", "b.jpg"))


def test_right_shapes_pass() -> None:
    assert Embeddings((ROW,), np.zeros((1, 4), np.float32), ("",)).vectors.shape == (1, 4)
    assert Predictions((ROW,), ("amd",), np.zeros((1, 1)), ("",)).concepts == ("amd",)
    assert len(batch(torch.zeros(2, 8, 8, 3, dtype=torch.uint8), torch.zeros(2, 5))) == 2
    assert Features(torch.ones(2, 3), torch.ones(2, 3), torch.tensor(10.0)).bias is None


def test_an_int_is_a_float_as_for_mypy() -> None:
    assert Finding("amd", probability=1, cosine=0.5).probability == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Embeddings((ROW,), np.zeros(4, np.float32), ("",)),
        lambda: Embeddings((ROW,), np.zeros((1, 4), np.uint8), ("",)),
        lambda: Embeddings([ROW], np.zeros((1, 4), np.float32), ("",)),
        lambda: Interval("0.5"),
        lambda: batch(torch.zeros(2, 8, 9, 3, dtype=torch.uint8), torch.zeros(2, 5)),
        lambda: batch(torch.zeros(2, 8, 8, 3), torch.zeros(2, 5)),
        lambda: batch(torch.zeros(2, 8, 8, 3, dtype=torch.uint8), torch.zeros(3, 5)),
        lambda: Features(torch.ones(2, 3), torch.ones(2, 4), torch.tensor(10.0)),
    ],
)
def test_wrong_shapes_and_types_raise(wrong) -> None:
    with pytest.raises(TypeCheckError):
        wrong()


def test_functions_are_checked_too() -> None:
    with pytest.raises(TypeCheckError):
        errors.UnknownName("concept", 3, ["amd"])


def test_nouns_stay_frozen_and_small() -> None:
    for noun in (Row, Manifest, Embeddings, Predictions, Finding, Batch, Features):
        assert "__slots__" in vars(noun)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROW.eye = "L"


def test_a_split_is_the_rows_of_that_name(tmp_path) -> None:
    other = dataclasses.replace(ROW, split="test")
    assert Manifest((ROW, other), tmp_path, "m").split("test") == (other,)
