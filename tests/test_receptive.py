"""Receptive fields: what others published, and what a walk back through the layers finds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlbackprop.receptive import Seen, Window, first_wider, walk

POOL = Window(3, 2)
THREE = Window(3, 1, 1)


def bottlenecks(count: int, stride: int) -> list[Window]:
    """A stage of ResNet-50 as torchvision has it: the stride sits on the first 3x3 convolution."""
    return [layer for k in range(count) for layer in (Window(1), Window(3, 1 if k else stride, 1), Window(1))]


RESNET = {
    "layer3": [
        Window(7, 2, 3),
        Window(3, 2, 1),
        *bottlenecks(3, 1),
        *bottlenecks(4, 2),
        *bottlenecks(6, 2),
    ]
}
RESNET["layer4"] = [*RESNET["layer3"], *bottlenecks(3, 2)]
PUBLISHED = {
    "AlexNet, last pooling": ([Window(11, 4, 2), POOL, Window(5, 1, 2), POOL, THREE, THREE, THREE, POOL], 195),
    "VGG-16, last pooling": ([one for deep in (2, 2, 3, 3, 3) for one in (*[THREE] * deep, Window(2, 2))], 212),
    "ResNet-50, layer3": (RESNET["layer3"], 267),
    "ResNet-50, layer4": (RESNET["layer4"], 427),
}
WINDOWS = st.lists(st.builds(Window, st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=6)


def seen_from(windows: list[Window], unit: int) -> tuple[int, int]:
    """The first and the last place of the input that a unit of the last layer depends on, found by walking back."""
    first = last = unit
    for window in reversed(windows):
        first = first * window.stride - window.padding
        last = last * window.stride - window.padding + window.kernel - 1
    return first, last


@pytest.mark.parametrize("net", PUBLISHED)
def test_receptive_fields_are_those_that_others_published(net: str) -> None:
    windows, expected = PUBLISHED[net]
    assert [row.r_out for row in walk(windows, 224)][-1] == expected


def test_alexnet_stage_by_stage() -> None:
    windows, _ = PUBLISHED["AlexNet, last pooling"]
    rows = [row.r_out for row in walk(windows, 224)]
    assert [rows[k] for k in (0, 1, 2, 4, 5, 6, 7)] == [11, 19, 51, 99, 131, 163, 195]


@given(WINDOWS, st.integers(0, 9))
def test_walking_back_through_the_layers_finds_the_same_field_and_jump(windows: list[Window], unit: int) -> None:
    row = list(walk(windows, 224))[-1]
    first, last = seen_from(windows, unit)
    assert last - first + 1 == row.r_out
    assert seen_from(windows, unit + 1)[0] - first == row.j_out


@given(WINDOWS)
def test_each_row_goes_on_where_the_one_before_it_ended(windows: list[Window]) -> None:
    rows = list(walk(windows, 224))
    for before, row in pairwise(rows):
        assert (row.n_in, row.r_in, row.j_in) == (before.n_out, before.r_out, before.j_out)


@given(st.builds(Window, st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), st.integers(5, 40))
def test_an_output_has_as_many_pixels_as_the_window_has_places(window: Window, n_in: int) -> None:
    width = n_in + 2 * window.padding
    places = [at for at in range(0, width, window.stride) if at + window.kernel <= width]
    assert next(walk([window], n_in)).n_out == len(places)


def test_the_first_row_wider_than_the_image_is_named_and_only_if_there_is_one() -> None:
    rows = [Seen(28, 14, 2, 0, 2, 2), Seen(7, 24, 1, 1, 3, 4)]
    assert first_wider(rows, 28) == 1
    assert first_wider(rows, 32) is None
