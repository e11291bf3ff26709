"""Where each parameter stands between its tower's entrance and its end, read off its name.

Layer-wise rates (Clark et al. 2020, ELECTRA) and unlocking from the end (Howard & Ruder 2018,
ULMFiT) need an order of layers, and every library names its own. What they share: repeated
blocks have numbers in their names, and what stands before them is named as an entrance.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

IMAGE, TEXT, NEITHER = "image", "text", "neither"
BLOCK = re.compile(r"(.*?\.\d+(?:\.\d+)?)\.")  # of `blocks.2.1.conv_pw.weight` it is `blocks.2.1`
NO_BLOCK = re.compile(r"stem|head|proj|attn_?pool")
ENTRANCE = re.compile(r"stem|embed|cls_token|ln_pre|norm_pre|visual\.(conv|bn)[123]\.|trunk\.(conv|bn)1\.")


class Layer(NamedTuple):
    """A parameter's tower and its distance from the tower's end."""

    tower: str  # IMAGE, TEXT, or NEITHER: scale and bias of the logits
    depth: int  # 0 behind the last block, 1 in the last block, ...; the entrance is the deepest


def layers(names: Iterable[str]) -> dict[str, Layer]:
    """The layer of each parameter of a `FundusCLIP`, by its name; names are in the order of the towers."""
    towers = {name: tower_of(name) for name in names}
    blocks = dict.fromkeys((tower, block_of(name)) for name, tower in towers.items() if block_of(name))
    counts = {tower: sum(tower == other for other, _ in blocks) for tower in (IMAGE, TEXT)}
    place = {block: sum(block[0] == other for other, _ in list(blocks)[:i]) for i, block in enumerate(blocks)}
    found = {}
    for name, tower in towers.items():
        outside = counts[tower] + 1 if _enters(name) else 0
        block = tower, block_of(name)
        found[name] = Layer(tower, counts[tower] - place[block] if block in place else outside)
    return found


def tower_of(name: str) -> str:
    """IMAGE, TEXT or NEITHER."""
    if name.startswith(("clip.logit_scale", "clip.logit_bias")):
        return NEITHER
    return IMAGE if name.startswith("clip.visual.") else TEXT


def block_of(name: str) -> str:
    """The name of the repeated block a parameter is in; empty where it is in none."""
    found = BLOCK.match(name)
    return found[1] if found and not NO_BLOCK.search(found[1]) else ""


def _enters(name: str) -> bool:
    return bool(ENTRANCE.search(name)) and "pool" not in name and tower_of(name) != NEITHER
