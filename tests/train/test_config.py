"""What a run may be told, and the sentence where that cannot be meant."""

import json
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from mmfundus.errors import UnknownName, UsageError
from mmfundus.train.config import CHOICES, Config

NAN = float("nan")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, value) for name in ("epochs", "batch", "checkpoint_every", "keep") for value in (0, -1)),
        *((name, -1) for name in ("size", "context", "warmup", "cooldown", "chunk", "seed", "workers")),
        *((name, -1) for name in ("unlock_every", "lora_rank", "evaluate_every", "patience")),
        *((name, value) for name in ("layer_decay", "ema", "caption_share") for value in (-0.1, 1.1, NAN)),
        *((name, v) for name in ("lr", "lr_new", "weight_decay", "clip_norm") for v in (-0.1, NAN, float("inf"))),
        *(("betas", value) for value in ((1.0, 0.9), (0.9, -0.1), (NAN, 0.9))),
        *(("losses", value) for value in ({}, {"clip": -1.0}, {"clip": NAN}, {"nope": 1.0})),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(field, value):
    with pytest.raises(UsageError, match="loss" if field == "losses" else field):
        Config(**{field: value})


@pytest.mark.parametrize("name", CHOICES)
def test_another_choice_is_refused_and_not_taken_for_the_default(name):
    config = Config()
    object.__setattr__(config, name, "nope")  # tests check types as well, and would refuse it before
    with pytest.raises(UnknownName, match=rf"no {name} named 'nope'.* The choices are: .*{CHOICES[name][0]}"):
        config.__post_init__()


def test_the_choices_are_those_of_the_fields():
    """What the command line offers is what a recipe may say."""
    hints = get_type_hints(Config)
    assert {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal} == CHOICES


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"unlock_every": 5}, "no tower is locked"),
        ({"unlock_every": 5, "lock_image": True, "parallel": "fsdp"}, "unlock_every needs parallel ddp"),
        ({"unlock_every": 5, "lock_image": True, "lora_rank": 4}, "exclude each other"),
        ({"lora_rank": 4, "parallel": "fsdp"}, "lora_rank needs parallel ddp"),
    ],
)
def test_fields_that_cannot_go_together_are_refused(told, words):
    with pytest.raises(UsageError, match=words):
        Config(**told)


def test_the_numbers_are_strict_json_and_leave_out_what_changes_no_number():
    numbers = Config(betas=(0.9, 0.95), losses={"clip": 0.5}).numbers()
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert (numbers["betas"], numbers["losses"]) == ([0.9, 0.95], {"clip": 0.5})
    other = Config(betas=(0.9, 0.95), losses={"clip": 0.5}, workers=4, device="cpu", keep=5, checkpoint_every=7)
    assert other.numbers() == numbers
    assert Config(precision="bf16").numbers() != Config().numbers()


def test_what_is_told_of_a_run_names_no_folder():
    told = Config(manifest="of/someone/m.csv", root="of/someone", shards="s3://of/shards", model="of/model").told()
    assert {name: told[name] for name in ("manifest", "root", "shards", "model")} == {
        "manifest": "m.csv", "root": "someone", "shards": "shards", "model": "model",
    }  # fmt: skip
    assert (Config().told()["root"], Config().told()["lr"]) == ("", 1e-5)
