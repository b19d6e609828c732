"""The pictures of a training: a loss curve per learning rate, all of them in one, and the network."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.files import write_whole
from xlbackprop.maths.tape import Role
from xlbackprop.pages.drawing import RADIUS
from xlbackprop.pages.look import INK, QUIET, RULE, hues, sequence
from xlbackprop.pages.plan import COLUMN_WIDTH, ROW_HEIGHT, Run
from xlbackprop.shown import plain, rounded, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 110


def write_images(run: Run, folder: Path) -> list[Path]:
    """Write ``LR_0.1.png`` …, ``Loss_comparison.png`` and ``Network.png``; the paths written."""
    figures = {f"LR_{plain(rate)}.png": _curve(run, k) for k, rate in enumerate(run.given.rates)}
    figures |= {"Loss_comparison.png": _comparison(run), "Network.png": _network(run)}
    for name, figure in figures.items():
        out = BytesIO()
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        write_whole(folder / name, out.getvalue())
    return [folder / name for name in figures]


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12))


def _losses(run: Run, k: int) -> list[float]:
    place = run.plan.tape.index[run.plan.tape.total.name]
    return [row[place] for row in run.rows[k]]


def _dress(axes: Axes, title: str, steps: int) -> None:
    axes.set_title(title, color=INK, fontsize=13, loc="left", pad=10)
    axes.set_xlabel("step", color=QUIET)
    axes.set_ylabel("E_total", color=QUIET)
    axes.set_xlim(0, steps)
    axes.grid(visible=True, axis="y", color=RULE, linewidth=0.6)
    axes.tick_params(colors=QUIET, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)


def _curve(run: Run, k: int) -> Figure:
    figure = _figure(6.4, 4)
    axes = figure.add_subplot()
    losses = _losses(run, k)
    axes.plot(range(1, len(losses) + 1), losses, color=hues(dict(run.plan.network.look))["loss"], linewidth=2.2)
    _dress(axes, f"Learning rate: {plain(run.given.rates[k])}", run.plan.steps)
    axes.set_ylim(0, 1.05 * max(max(_losses(run, other)) for other in range(len(run.rows))))  # alike, to compare
    axes.annotate(
        f"{losses[-1]:.3g}", (len(losses), losses[-1]), xytext=(-4, 10), textcoords="offset points", ha="right"
    )
    return figure


def _comparison(run: Run) -> Figure:
    figure = _figure(11, 4.4)
    linear, logarithmic = figure.subplots(1, 2)
    for k, (rate, colour) in enumerate(zip(run.given.rates, sequence(len(run.given.rates)), strict=True)):
        losses = _losses(run, k)
        for axes in (linear, logarithmic):
            axes.plot(range(1, len(losses) + 1), losses, color=colour, linewidth=2, label=f"η = {plain(rate)}")
    _dress(linear, "Loss at every learning rate", run.plan.steps)
    linear.set_ylim(bottom=0)
    _dress(logarithmic, "the same, logarithmic", run.plan.steps)
    logarithmic.set_yscale("log")
    logarithmic.minorticks_off()
    linear.legend(frameon=False, labelcolor=INK, ncols=1 + len(run.given.rates) // 12)
    return figure


def _network(run: Run) -> Figure:
    """The drawing of the sheets, with the first step's numbers."""
    from matplotlib.patches import Ellipse, FancyArrowPatch

    tape, drawing, colours = run.plan.tape, run.plan.above[0].drawing, hues(dict(run.plan.network.look))
    aspect = COLUMN_WIDTH / ROW_HEIGHT
    figure = _figure(drawing.columns, drawing.rows / aspect)
    axes = figure.add_subplot()
    axes.set(xlim=(0, drawing.columns), ylim=(drawing.rows, 0))
    axes.axis("off")
    for arrow in drawing.arrows:
        ends = (arrow.source.x, arrow.source.y), (arrow.target.x, arrow.target.y)
        rim = RADIUS * 72 * 0.97  # points; a column is an inch wide
        axes.add_patch(
            FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=10, shrinkA=rim, shrinkB=rim, color=QUIET, lw=1)
        )
    for circle in drawing.circles:
        hue, size = colours[circle.part], 2 * RADIUS
        axes.add_patch(Ellipse((circle.x, circle.y), size, size * aspect, fc=f"{hue}24", ec=hue, lw=1.6, zorder=2))
        small = tape[circle.name].role in (Role.LOSS, Role.TOTAL)
        value = run.value(0, 1, circle.name)
        number = shown(value) if small else rounded(value, 4)
        axes.text(circle.x, circle.y - 0.5, circle.name, ha="center", va="center", color=INK, weight="bold", fontsize=9)
        axes.text(circle.x, circle.y + 0.6, number, ha="center", va="center", color=INK, fontsize=9)
    for tag in drawing.tags:
        x = tag.column + (0.5 if tag.align == "center" else 0.85)
        text = f"{tag.name} {plain(run.value(0, 1, tag.name))}"
        axes.text(
            x,
            tag.row + 0.5,
            text,
            ha="center" if tag.align == "center" else "right",
            va="center",
            color=INK,
            fontsize=9,
        )
    return figure
