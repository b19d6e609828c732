"""Chart specs to XlsxWriter charts: explicit colours and numeric axes, so that they look alike in every program."""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart as XlsxChart

from xlbackprop.look import FONT, INK, QUIET, RULE
from xlbackprop.page import Chart


def add_chart(book: Any, spec: Chart) -> XlsxChart:
    """The chart, ready to be laid on a sheet of the same book."""
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    for name, categories, values, colour in spec.series:
        chart.add_series(
            {
                "name": f"={name}",
                "categories": f"={categories}",
                "values": f"={values}",
                "line": {"color": colour, "width": 2},
            }
        )
    small = {"name": FONT, "size": 9, "color": QUIET, "bold": False}
    grid = {"visible": True, "line": {"color": RULE, "width": 0.5}}
    chart.set_title(
        {"name": spec.title, "name_font": {"name": FONT, "size": 11, "bold": True, "color": INK}, "overlay": False}
    )
    chart.set_x_axis(
        {
            "name": spec.x_title,
            "name_font": small,
            "num_font": small,
            "min": 0,
            "max": spec.x_last,
            "major_unit": tick(spec.x_last),
            "major_gridlines": {"visible": False},
            "line": {"color": QUIET},
            "label_position": "low",
        }
    )
    log = {"log_base": 10, "num_format": "0E+0"} if spec.logarithmic else {"min": 0, "num_format": "0.000"}
    chart.set_y_axis(
        {
            "name": spec.y_title,
            "name_font": small,
            "num_font": small,
            "major_gridlines": grid,
            "line": {"none": True},
        }
        | log
    )
    chart.set_legend({"position": "right", "font": small} if spec.legend else {"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": spec.size[0], "height": spec.size[1]})
    return chart


def tick(steps: int) -> int:
    """A round distance between the labels on an axis of that many steps, for about ten labels.

    >>> tick(100), tick(68), tick(1000)
    (10, 10, 100)
    """
    return next(n * size for size in (1, 10, 100, 1000, 10_000, 100_000) for n in (1, 2, 5) if 10 * n * size >= steps)
