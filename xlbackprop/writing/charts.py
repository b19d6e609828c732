"""Chart specs to XlsxWriter charts: explicit colours and numeric axes, so that they look alike in every program."""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart as XlsxChart

from xlbackprop.pages.look import FONT, INK, QUIET, RULE
from xlbackprop.pages.page import Chart

STRONG, THIN, BAND = "strong", "thin", "band"
LINES: dict[str, dict[str, Any]] = {  # a thin one is one of many alike, of which the legend has the first
    STRONG: {"width": 2},
    THIN: {"width": 0.75},
    BAND: {"width": 1.25, "dash_type": "dash"},
}
SMALL = {"name": FONT, "size": 9, "color": QUIET, "bold": False}


def add_chart(book: Any, spec: Chart) -> XlsxChart:
    """The chart, ready to be laid on a sheet of the same book."""
    lines = {"type": "scatter", "subtype": "straight"}
    kind = {"type": "bar"} if spec.bars else {"type": "column"} if spec.columns else lines
    chart = book.add_chart(kind)
    words = (*spec.lines, *(STRONG,) * (len(spec.series) - len(spec.lines)))
    for (name, categories, values, colour), word in zip(spec.series, words, strict=True):
        data = {"name": f"={name}", "categories": f"={categories}", "values": f"={values}"}
        chart.add_series(data | _drawn(spec, word, colour))
    chart.set_title(
        {"name": spec.title, "name_font": {"name": FONT, "size": 11, "bold": True, "color": INK}, "overlay": False}
    )
    across, upright = _x_axis(spec), _y_axis(spec)
    if spec.bars:  # the first name on top, and the numbers below all the same
        chart.set_x_axis({**upright, "label_position": "high"})
        chart.set_y_axis({**across, "reverse": True})
    else:
        chart.set_x_axis(across)
        chart.set_y_axis(upright)
    chart.set_legend(_legend(spec) if spec.legend else {"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": spec.size[0], "height": spec.size[1]})
    return chart


def _drawn(spec: Chart, word: str, colour: str) -> dict[str, Any]:
    if spec.columns or spec.bars:
        return {"fill": {"color": colour}, "border": {"none": True}, "gap": 60, "overlap": 0}
    dots = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
    marker = {"marker": dots} if spec.markers and word == STRONG else {}
    return {"line": {"color": colour, **LINES[word]}, **marker}


def _x_axis(spec: Chart) -> dict[str, Any]:
    numbers = {"min": 0, "max": spec.x_last, "major_unit": tick(spec.x_last)}
    return {
        "name": spec.x_title,
        "name_font": SMALL,
        "num_font": SMALL,
        **({} if spec.columns or spec.bars else numbers),
        "major_gridlines": {"visible": False},
        "line": {"color": QUIET},
        "label_position": "low",
    }


def _y_axis(spec: Chart) -> dict[str, Any]:
    scale = {"log_base": 10, "num_format": "0E+0"} if spec.logarithmic else {"min": 0, "num_format": "0.000"}
    if spec.y_range:
        scale |= {"min": spec.y_range[0], "max": spec.y_range[1]}
    if spec.y_unit:
        scale["major_unit"] = spec.y_unit
    if spec.y_format:
        scale["num_format"] = spec.y_format
    return {
        "name": spec.y_title,
        "name_font": SMALL,
        "num_font": SMALL,
        "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
        "line": {"none": True},
    } | scale


def _legend(spec: Chart) -> dict[str, Any]:
    alike = [k for k, word in enumerate(spec.lines) if word == THIN][1:]
    return {"position": spec.legend_at, "font": SMALL, **({"delete_series": alike} if alike else {})}


def tick(steps: int) -> int:
    """A round distance between the labels on an axis of that many steps, for about ten labels.

    >>> tick(100), tick(68), tick(1000)
    (10, 10, 100)
    """
    return next(n * size for size in (1, 10, 100, 1000, 10_000, 100_000) for n in (1, 2, 5) if 10 * n * size >= steps)
