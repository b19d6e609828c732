"""The drawing as a picture with a transparent background, to lie over the cells that hold its names and numbers."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping

from PIL import Image, ImageDraw

from xlbackprop.pages.drawing import RADIUS, Drawing
from xlbackprop.pages.look import HUES, QUIET

SHARPNESS = 2  # picture pixels for each screen pixel, so that it stays crisp when projected or printed
SMOOTHING = 2  # drawn this much larger, then shrunk
GREY, RGBA = 0, 6  # kinds of pixel, as PNG numbers them
CHANNELS = {GREY: 1, RGBA: 4}


def png(drawing: Drawing, column_width: int, row_height: int, hues: Mapping[str, str] = HUES) -> bytes:
    """The drawing as PNG; widths in screen pixels. Show it at 1/SHARPNESS of its size."""
    scale = SHARPNESS * SMOOTHING
    size = (drawing.columns * column_width * scale, drawing.rows * row_height * scale)
    image = Image.new("RGBA", size, (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    radius = RADIUS * column_width * scale

    def at(x: float, y: float) -> tuple[float, float]:
        return x * column_width * scale, y * row_height * scale

    for arrow in drawing.arrows:
        _arrow(pen, at(arrow.source.x, arrow.source.y), at(arrow.target.x, arrow.target.y), radius, scale)
    for circle in drawing.circles:
        x, y = at(circle.x, circle.y)
        colour = hues[circle.part]
        # The fill lets the number in the cell below shine through.
        pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=_rgba(colour, 36),
            outline=_rgba(colour, 255),
            width=2 * scale,
        )
    shrunk = image.reduce(SMOOTHING)
    return encoded(shrunk.tobytes(), shrunk.size, RGBA)


def encoded(pixels: bytes, size: tuple[int, int], kind: int) -> bytes:
    """Pixels, row by row, as PNG (https://www.w3.org/TR/png-3/); stored, not squeezed: a workbook's zip does that.

    size: width and height; kind: GREY or RGBA, a byte a channel.
    Pillow's save() would load five other formats first, and its bytes change from one release of zlib to the next.
    """
    width, height = size
    line = CHANNELS[kind] * width
    rows = b"".join(b"\0" + pixels[start : start + line] for start in range(0, len(pixels), line))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)  # 8 bits a channel
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _arrow(
    pen: ImageDraw.ImageDraw,
    start: tuple[float, float],
    end: tuple[float, float],
    radius: float,
    scale: int,
) -> None:
    """A line from rim to rim with a small head."""
    length = math.dist(start, end)
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    head, colour = 6 * scale, _rgba(QUIET, 170)
    tail = (start[0] + dx * radius, start[1] + dy * radius)
    tip = (end[0] - dx * radius, end[1] - dy * radius)
    neck = (tip[0] - dx * head, tip[1] - dy * head)
    pen.line((tail, neck), fill=colour, width=round(1.3 * scale))
    wing = head * 0.45
    pen.polygon(
        (tip, (neck[0] - dy * wing, neck[1] + dx * wing), (neck[0] + dy * wing, neck[1] - dx * wing)),
        fill=_rgba(QUIET, 255),
    )


def _rgba(colour: str, alpha: int) -> tuple[int, int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), alpha
