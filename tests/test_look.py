"""Everything written can be read, every line can be seen, and hues are told apart with every kind of colour vision.

Contrast is WCAG 2.2's (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): 4.5 for text, 3 for lines. Colour blindness
is simulated by the matrices of Machado, Oliveira and Fernandes (2009), severity 1; distances are CIE 1976 ones.
"""

from io import BytesIO
from itertools import combinations, pairwise

import numpy as np
import pytest
from PIL import Image

from xlbackprop.maths.lower import lower
from xlbackprop.pages import look
from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.drawing import draw
from xlbackprop.pages.look import HUES, INK, POWERS, QUIET, SEQUENCE, STYLES, TINTS, WHITE, sequence, style
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import COLUMN_WIDTH, ROW_HEIGHT, train
from xlbackprop.template.template import load
from xlbackprop.writing.picture import SHARPNESS, png

TEXT, LINE = 4.5, 3.0
APART = 15  # two hues; Okabe and Ito's own closest pair, sky blue and green without blue cones, is 16 apart
NEIGHBOURS = 7  # two lines of one ordered sequence; 2.3 is a difference that can just be seen

NETWORK = load("classic")
VISION = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue cones": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


@pytest.fixture(scope="module")
def sheets() -> list[Page]:
    plan = plan_for(NETWORK, NETWORK.learning_rates, 5)
    return pages(train(plan, first_given(plan, NETWORK.learning_rates)))


def linear(colour: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Red, green and blue light of ``#RRGGBB``, each from 0 to 1."""
    channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    dark, pale = sorted((luminance(one), luminance(other)))
    return (pale + 0.05) / (dark + 0.05)


def seen(colour: str, vision: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """CIE L*a*b* of a colour as an eye of that vision sees it."""
    light = np.clip(np.array(VISION[vision]) @ linear(colour), 0, 1)
    to_xyz = np.array(((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)))
    xyz = to_xyz @ light / to_xyz.sum(axis=1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(seen(one, vision) - seen(other, vision)))


def test_contrast_is_reckoned_as_wcag_reckons_it() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#FF0000", "#FFFFFF") == pytest.approx(4.0, abs=0.005)


# Text


def test_every_text_stands_out_from_the_fill_it_is_written_on(sheets: list[Page]) -> None:
    faint = set()
    for page in sheets:
        for words in {cell.style for _, cell in page.every_cell()}:
            worn = style(words)
            ratio = contrast(worn["font_color"], worn.get("bg_color", WHITE))
            if ratio < TEXT:
                faint.add((page.name, words, round(ratio, 2)))
    assert faint == set()


def test_the_check_above_sees_bands_fills_and_yellow_cells(sheets: list[Page]) -> None:
    fills = {style(cell.style).get("bg_color") for page in sheets for _, cell in page.every_cell()}
    assert fills >= {*TINTS.values(), STYLES["yours"]["bg_color"], None}


@pytest.mark.parametrize("part", HUES)
def test_dark_text_and_the_parts_own_ink_can_be_read_on_white_and_on_its_tint(part: str) -> None:
    ink = style(f"{part} ink")["font_color"]
    assert contrast(INK, TINTS[part]) >= TEXT
    assert contrast(ink, WHITE) >= TEXT


@pytest.mark.parametrize("verdict", ["PASS", "FAIL"])
def test_a_verdict_can_be_read(verdict: str) -> None:
    colours = getattr(look, verdict)
    assert contrast(colours["font_color"], colours["bg_color"]) >= TEXT


def test_notes_and_axis_labels_can_be_read() -> None:
    assert contrast(QUIET, WHITE) >= TEXT


@pytest.mark.parametrize("part", ["input", "hidden", "output", "loss"])
def test_names_and_numbers_can_be_read_inside_their_circles(part: str) -> None:
    drawing = draw(NETWORK, lower(NETWORK))
    picture = Image.open(BytesIO(png(drawing, COLUMN_WIDTH, ROW_HEIGHT))).convert("RGBA")
    page = Image.new("RGBA", picture.size, WHITE)
    page.alpha_composite(picture)
    fills = set()
    for circle in drawing.circles:
        if circle.part == part:
            pixel = page.getpixel(
                (round(circle.x * COLUMN_WIDTH * SHARPNESS), round(circle.y * ROW_HEIGHT * SHARPNESS))
            )
            assert isinstance(pixel, tuple)
            fills.add("#{:02X}{:02X}{:02X}".format(*pixel))
    assert len(fills) == 1
    assert WHITE not in fills
    inks = (INK, style(f"{part} ink")["font_color"])
    assert [(ink, fill) for ink in inks for fill in fills if contrast(ink, fill) < TEXT] == []


# Lines


@pytest.mark.parametrize("part", HUES)
def test_the_line_of_a_circle_can_be_seen_on_white(part: str) -> None:
    assert contrast(HUES[part], WHITE) >= LINE


def test_every_line_of_every_chart_can_be_seen_on_white(sheets: list[Page]) -> None:
    colours = {colour for page in sheets for chart in page.charts for *_, colour in chart.series}
    assert len(colours) > len(NETWORK.learning_rates)
    assert {colour: contrast(colour, WHITE) for colour in colours if contrast(colour, WHITE) < LINE} == {}


def test_the_arrows_can_be_seen_on_white() -> None:
    assert contrast(QUIET, WHITE) >= LINE


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 12, 40])
def test_colours_of_learning_rates_are_ordered_from_dark_to_bright(count: int) -> None:
    colours = sequence(count)
    assert len(set(colours)) == count
    assert all(luminance(darker) < luminance(brighter) for darker, brighter in pairwise(colours))
    assert all(contrast(colour, WHITE) >= LINE for colour in colours)


def test_a_sequence_runs_from_end_to_end_of_the_palette() -> None:
    assert sequence(len(SEQUENCE)) == list(SEQUENCE)
    assert sequence(2) == [SEQUENCE[0], SEQUENCE[-1]]
    assert sequence(9)[::2] == list(SEQUENCE)


# Colour vision


@pytest.mark.parametrize("vision", VISION)
def test_the_hues_of_the_parts_are_told_apart(vision: str) -> None:
    close = [(a, b) for a, b in combinations(HUES, 2) if distance(HUES[a], HUES[b], vision) < APART]
    assert close == []


@pytest.mark.parametrize("vision", VISION)
def test_neighbouring_learning_rates_are_told_apart(vision: str) -> None:
    colours = sequence(len(NETWORK.learning_rates))
    assert [(a, b) for a, b in pairwise(colours) if distance(a, b, vision) < NEIGHBOURS] == []


@pytest.mark.parametrize("vision", VISION)
def test_pass_and_fail_are_told_apart_even_without_their_words(vision: str) -> None:
    assert distance(look.PASS["font_color"], look.FAIL["font_color"], vision) >= APART


def test_formats_of_signed_numbers_have_one_section_since_libreoffice_drops_the_minus_in_later_ones() -> None:
    assert all(";" not in STYLES[word]["num_format"] for word in POWERS)


@pytest.mark.parametrize("template", ["classic", "xor", "deep"])
def test_every_signed_number_shows_a_power_of_ten_where_its_digits_would_not_do(template: str) -> None:
    network = load(template)
    plan = plan_for(network, network.learning_rates, 3)
    for page in pages(train(plan, first_given(plan, network.learning_rates))):
        covered = {
            (fit.style, (row, column))
            for fit in page.fits
            for (top, left), (bottom, right) in fit.ranges
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        }
        worn = {(word, at) for at, cell in page.cells.items() for word in {*cell.style.split(",")} & {*POWERS}}
        assert worn <= covered
