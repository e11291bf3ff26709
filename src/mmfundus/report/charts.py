"""Charts as SVG inside a page: curves of a run, and a forest of intervals.

matplotlib draws with stand-in colours that become the page's own CSS variables, so that a chart
follows the light or dark scheme; its text stays text. The same data gives the same bytes.
"""

import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from mmfundus.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 380  # points, which the page scales to its column: text of 12 points is still readable on a phone
POINTS_SHOWN = 300  # of one line; more cannot be told apart at this width
INK, MUTED, RULE = "#000001", "#000002", "#000003"
SERIES = ("#000011", "#000012", "#000013", "#000014", "#000015", "#000016")
VARIABLES = {INK: "--ink", MUTED: "--muted", RULE: "--rule"} | {c: f"--c{i}" for i, c in enumerate(SERIES, 1)}


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; a value that is None or not finite leaves a gap."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of a forest: a name, its interval and, if any, another model's to stand beside."""

    name: str
    interval: Interval
    baseline: Interval | None = None


def curves(lines: Sequence[Line], alt: str, best: float | None = None, chance: float | None = None) -> Markup:
    """Lines over training steps; `best` marks a step, `chance` draws a level to beat."""
    from matplotlib.ticker import MaxNLocator

    with canvas(alt, height=230) as figure:
        axes = axes_of(figure)
        if chance is not None:
            axes.axhline(chance, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        if best is not None:
            axes.axvline(best, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        for line, colour in zip(lines, _colours(len(lines)), strict=True):
            x, y = _thinned(line)
            dot = "o" if len(x) <= 30 else None
            axes.plot(x, y, color=colour, linewidth=1.6, marker=dot, markersize=3.5, label=line.name)
        if len(lines) > 1:
            axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=4, frameon=False, labelcolor=INK,
                        handlelength=1.2, columnspacing=1.2, borderpad=0)  # fmt: skip
        axes.set_xlabel("step", color=MUTED)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        return as_svg(figure, alt)


def forest(groups: Mapping[str, Sequence[Estimate]], alt: str) -> Markup:
    """AUROC with 95 % intervals, a row an estimate under its group's name, and the 0.5 line of chance.

    An estimate without a value keeps its row and says so.
    """
    rows = sum(len(group) + 1 for group in groups.values())
    with canvas(alt, height=46 + 32 * rows) as figure:
        axes = axes_of(figure)
        axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        y = 0.0
        for name, estimates in groups.items():
            axes.text(0, y - 0.1, name, color=INK, fontweight="bold", va="center")
            for estimate in estimates:
                y += 1
                _draw_estimate(axes, y, estimate)
            y += 1
        axes.set(xlim=(0, 1), ylim=(y - 0.4, -0.6), yticks=[], xticks=[0, 0.25, 0.5, 0.75, 1])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("AUROC with 95 % interval", color=MUTED)
        return as_svg(figure, alt)


def _draw_estimate(axes: "Axes", y: float, estimate: Estimate) -> None:
    here = estimate.interval
    axes.text(0, y - 0.26, estimate.name, color=INK, va="center")
    if estimate.baseline is not None and estimate.baseline.value is not None:
        before = axes.plot([estimate.baseline.value], [y + 0.12], "D", color=MUTED, markersize=5, clip_on=False)
        before[0].set_markerfacecolor("none")
    if here.value is None:
        axes.text(1, y - 0.26, "undefined", color=MUTED, va="center", ha="right")
        return
    axes.text(1, y - 0.26, f"{here.value:.3f}", color=INK, va="center", ha="right")
    if here.low is not None and here.high is not None:
        axes.plot([here.low, here.high], [y + 0.12] * 2, color=SERIES[0], linewidth=2.2)
    axes.plot([here.value], [y + 0.12], "s", color=SERIES[0], markersize=5.5, clip_on=False)


def _colours(n: int) -> list[str]:
    return [SERIES[i % len(SERIES)] for i in range(n)]


def _thinned(line: Line) -> tuple[list[float], list[float]]:
    """Means of equal runs of points where there are more than can be seen; gaps stay out of a mean."""
    y = [value if value is not None and math.isfinite(value) else math.nan for value in line.y]
    every = math.ceil(len(y) / POINTS_SHOWN) or 1
    runs = range(0, len(y), every)
    return [_mean(line.x[i : i + every]) for i in runs], [_mean(y[i : i + every]) for i in runs]


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


@contextmanager
def canvas(alt: str, height: float) -> "Iterator[Figure]":
    """An empty figure of the page's width, under the settings that a chart is drawn and written with."""
    import matplotlib as mpl  # about a second, and only pages need it
    from matplotlib.figure import Figure

    settings = mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": alt,  # ids are the same for the same chart, and differ between the charts of a page
            "text.parse_math": False,  # a label may hold a dollar sign
            "axes.unicode_minus": False,
            "font.family": "DejaVu Sans",  # ships with matplotlib; the page puts its own font in its place
            "font.size": 12,
        }
    )
    with settings, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the reader's browser has the glyph
        yield Figure(figsize=(WIDTH / 72, height / 72), layout="constrained", facecolor="none")


def axes_of(figure: "Figure") -> "Axes":
    """The axes of a figure, in the page's manner: no frame, a light grid."""
    from matplotlib.ticker import FuncFormatter

    axes = figure.add_subplot(facecolor="none")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(colors=MUTED, length=0)
    axes.grid(color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return axes


def as_svg(figure: "Figure", alt: str) -> Markup:
    """The figure as an <svg> element that takes its colours, font and width from the page."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    body = drawn.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*"', "<g", body)  # matplotlib's names repeat from chart to chart on one page
    body = re.sub(r' (?:d|x|y|transform)="[^"]*"', _rounded, body)
    body = re.sub(r'^<svg [^>]*?(viewBox="[^"]*")[^>]*>', _opening(alt), body, count=1, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    return Markup(body)  # noqa: S704 - matplotlib escapes the text it writes, `_opening` the rest


def _rounded(found: "re.Match[str]") -> str:
    """Places to a hundredth of a point, finer than any screen: a third of the page's size."""
    return re.sub(r"(\.\d\d)\d+", r"\1", found[0])


def _opening(alt: str) -> Any:
    xlink = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return lambda found: f'<svg {found[1]} {xlink} role="img" aria-label="{escape(alt)}">'
