"""The few-shot curve and the retrieval table as sections of an evaluation's page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from mmfundus.report.charts import INK, MUTED, SERIES, as_svg, axes_of, canvas
from mmfundus.report.evaluation import as_interval, facts
from mmfundus.types import Interval, Refusal

Json = Mapping[str, Any]
MARKS = "osD^vP"


def shots_view(found: Json) -> dict[str, Any]:
    """What templates/shots.html shows of `few_shot`."""
    methods = list(dict.fromkeys(point["method"] for point in found["curve"] if point["shots"]))
    counts = sorted({point["shots"] for point in found["curve"]})
    at = {(point["method"], point["shots"]): as_interval(point["auroc"]) for point in found["curve"]}
    zero = at.get(("zero-shot", 0), Interval(None))
    return {
        "chart": shots_chart(found) if found["curve"] else "",
        "columns": [("method", ""), ("0", "number"), *((str(count), "number") for count in counts if count)],
        "zero": zero,
        "rows": [
            (name.replace("_", " "), [at.get((name, count), Interval(None)) for count in counts if count])
            for name in methods
        ],
        "questions": len(found["questions"]),
        "draws": found["draws"],
        "settings": found["settings"],
        "shots": found["shots"],
        "reported": found["reported"],
        "left_out": found["left_out"],
    }


def shots_chart(found: Json) -> Markup:
    """AUROC over patients a class, a line a method with bars of 95 %, and the words alone as a band."""
    points = [point for point in found["curve"] if point["auroc"]["value"] is not None]
    methods = list(dict.fromkeys(point["method"] for point in points if point["shots"]))
    counts = sorted({point["shots"] for point in points if point["shots"]})
    alt = f"Mean AUROC of {', '.join(methods)} over patients a class; the table has the figures."
    with canvas(alt, height=300) as figure:
        axes = axes_of(figure)
        for point in (one for one in points if not one["shots"]):
            _draw_words(axes, as_interval(point["auroc"]))
        for number, name in enumerate(methods):
            line = [point for point in points if point["method"] == name]
            x = [counts.index(point["shots"]) + (number - (len(methods) - 1) / 2) * 0.13 for point in line]
            colour, mark = SERIES[number % len(SERIES)], MARKS[number % len(MARKS)]
            its = [as_interval(point["auroc"]) for point in line]
            for place, it in zip(x, its, strict=True):
                if it.low is not None and it.high is not None:
                    axes.plot([place, place], [it.low, it.high], color=colour, linewidth=1.2)
            axes.plot(x, [it.value or 0.0 for it in its], color=colour, linewidth=1.6, marker=mark, markersize=4.5,
                      label=name.replace("_", " "))  # fmt: skip
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, frameon=False, labelcolor=INK,
                    handlelength=1.6, columnspacing=1.2, borderpad=0)  # fmt: skip
        axes.set_xticks(range(len(counts)), [str(count) for count in counts])
        axes.set_xlabel("patients a class", color=MUTED)
        axes.set_ylabel("mean AUROC", color=MUTED)
        return as_svg(figure, alt)


def _draw_words(axes: Any, it: Interval) -> None:
    axes.axhline(it.value, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), label="words alone (0 shots)")
    if it.low is not None and it.high is not None:
        axes.axhspan(it.low, it.high, color=MUTED, alpha=0.12, linewidth=0)


def retrieval_view(found: Json) -> dict[str, Any]:
    """What templates/retrieval.html shows of `retrieval`."""
    names = ("recall@1", "recall@5", "recall@10", "map", "median_rank")
    lines = [
        {
            "asked": f"{line['query']} → {line['gallery']}, same {line['of']}",
            "counts": f"{line['n_queries']} queries of {line['n_patients']} patients",
            "gallery": line["n_gallery"],
            "figures": [(as_interval(line[name]), line[name]["chance"], name == "median_rank") for name in names],
        }
        for line in found["retrieval"]
    ]
    refused = [Refusal(item["image"], item["reason"]) for item in found.get("refused", ())]
    return {"lines": lines, "no_caption": found["no_caption"], "facts": facts(found), "refused": refused}
