"""Plots of one question: lines with bands, reliability, scores; and a cloud of points.

What a colour says is always said a second way: by a dash, a shape, a fill or the caption.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from markupsafe import Markup

from mmfundus.evaluate.curves import BARS, Bins, Curve
from mmfundus.report.charts import INK, MUTED, SERIES, as_svg, axes_of, canvas

HEIGHT = 290  # points
DASH = (0, (4, 3))
OTHERS = {"D": "diamond", "s": "square", "^": "triangle"}  # shapes of what others published
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*")


@dataclass(frozen=True, slots=True)
class Mark:
    """A point to show in a plot: ours is a dot, somebody else's is hollow and has one of OTHERS."""

    x: float
    y: float
    shape: str = "o"


def line(
    curve: Curve,
    alt: str,
    across: str,
    up: str,
    *,
    steps: bool = False,
    dashed: Sequence[tuple[Sequence[float], Sequence[float]]] = (),
    marks: Sequence[Mark] = (),
    bottom: float = 0.0,
    top: float = 1.0,
) -> Markup:
    """A curve with its band; `dashed` lines are what it is to be compared with."""
    with canvas(alt, HEIGHT) as figure:
        axes = axes_of(figure)
        style = "steps-pre" if steps else "default"
        for across_dash, up_dash in dashed:
            axes.plot(across_dash, up_dash, color=MUTED, linewidth=1.2, linestyle=DASH)
        known = ~np.isnan(curve.low)
        if known.any():
            at, low, high = curve.at[known], curve.low[known], curve.high[known]
            axes.fill_between(at, low, high, color=SERIES[0], alpha=0.22, linewidth=0)
        x, y = (np.append(0, curve.x), np.append(curve.y[:1], curve.y)) if steps else (curve.x, curve.y)
        axes.plot(x, y, color=SERIES[0], linewidth=1.8, drawstyle=style)
        for mark in marks:
            drawn = axes.plot([mark.x], [mark.y], mark.shape, color=SERIES[1], markersize=7)
            if mark.shape in OTHERS:
                drawn[0].set_markerfacecolor("none")
        axes.set(xlim=(0, 1), ylim=(bottom, top))
        axes.set_xlabel(across, color=MUTED)
        axes.set_ylabel(up, color=MUTED)
        return as_svg(figure, alt)


def reliability(bins: Bins, alt: str) -> Markup:
    """Share present against mean probability, with intervals, and the diagonal of perfect calibration."""
    with canvas(alt, HEIGHT) as figure:
        axes = axes_of(figure)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=DASH)
        for x, low, high in zip(bins.predicted, bins.low, bins.high, strict=True):
            if not np.isnan(low):
                axes.plot([x, x], [low, high], color=SERIES[0], linewidth=1.8)
        axes.plot(bins.predicted, bins.observed, "s", color=SERIES[0], markersize=5.5, clip_on=False)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_xlabel("mean probability", color=MUTED)
        axes.set_ylabel("share present", color=MUTED)
        return as_svg(figure, alt)


def scores(histogram: np.ndarray, alt: str, threshold: float | None) -> Markup:
    """Scores of present images (filled) and absent ones (outlined), each as a share of its class."""
    with canvas(alt, HEIGHT) as figure:
        axes = axes_of(figure)
        edges = np.linspace(0, 1, BARS + 1)
        shares = histogram / np.maximum(histogram.sum(axis=1, keepdims=True), 1)
        axes.stairs(shares[1], edges, fill=True, color=SERIES[0], alpha=0.35, linewidth=0)
        axes.stairs(shares[1], edges, color=SERIES[0], linewidth=1.6)
        axes.stairs(shares[0], edges, color=SERIES[1], linewidth=1.6, linestyle=(0, (2, 1.5)))
        if threshold is not None:
            axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (1, 2)))
        axes.set(xlim=(0, 1), ylim=(0, None))
        axes.set_xlabel("probability", color=MUTED)
        axes.set_ylabel("share of its class", color=MUTED)
        return as_svg(figure, alt)


def cloud(groups: Mapping[str, Float64[np.ndarray, "_ 2"]], alt: str, across: str, up: str) -> Markup:
    """Points by group; a group has a colour and a shape of its own."""
    with canvas(alt, 300 + 18 * math.ceil(len(groups) / 2)) as figure:
        axes = axes_of(figure)
        for number, places in enumerate(groups.values()):
            shape, colour = SHAPES[number % len(SHAPES)], SERIES[number % len(SERIES)]
            axes.plot(places[:, 0], places[:, 1], shape, color=colour, markersize=4.5, alpha=0.7, label=str(number),
                      markeredgewidth=0)  # fmt: skip
        legend = axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, frameon=False, labelcolor=INK,
                    fontsize=10, handletextpad=0.2, columnspacing=1.0, borderpad=0)  # fmt: skip
        for text, name in zip(legend.get_texts(), groups, strict=True):
            text.set_text(name)  # as a label, one that begins with an underscore would be left out
        axes.set_xlabel(across, color=MUTED)
        axes.set_ylabel(up, color=MUTED)
        return as_svg(figure, alt)
