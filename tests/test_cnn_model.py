"""The tables of layers say what the reference's pictures say, and torch builds just that."""

import subprocess
import sys

import pytest

from xlbackprop.cnn.layers import parameters
from xlbackprop.cnn.model import ARCHS, IMAGE, architecture_rows, build, receptive_rows
from xlbackprop.receptive import first_wider

# Layer, n_in, r_in, stride, padding, kernel, j_in, j_out, r_out, n_out, channels in, channels out, parameters
REFERENCE = [
    ("Conv2d", 28, 1, 1, 1, 3, 1, 1, 3, 28, 1, 8, 80),
    ("Conv2d", 28, 3, 1, 1, 3, 1, 1, 5, 28, 8, 8, 584),
    ("MaxPool2d", 28, 5, 2, 0, 2, 1, 2, 6, 14, 8, 8, 0),
    ("BatchNorm2d", 14, *[None] * 7, 14, 8, 8, 16),
    ("Conv2d", 14, 6, 1, 1, 3, 2, 2, 10, 14, 8, 16, 1168),
    ("Conv2d", 14, 10, 1, 1, 3, 2, 2, 14, 14, 16, 16, 2320),
    ("MaxPool2d", 14, 14, 2, 0, 2, 2, 4, 16, 7, 16, 16, 0),
    ("BatchNorm2d", 7, *[None] * 7, 7, 16, 16, 32),
    ("Conv2d", 7, 16, 1, 1, 3, 4, 4, 24, 7, 16, 32, 4640),
    ("Conv2d", 7, 24, 1, 1, 3, 4, 4, 32, 7, 32, 32, 9248),
    ("MaxPool2d", 7, 32, 2, 0, 2, 4, 8, 36, 3, 32, 32, 0),
    ("BatchNorm2d", 3, *[None] * 7, 3, 32, 32, 64),
    ("Conv2d", 3, 36, 1, 0, 1, 8, 8, 36, 3, 32, 10, 330),
    ("GAP", 3, 36, 1, 0, 3, 8, 8, 52, 1, 10, 10, 0),
]
SUMMARY = """
Conv2d-1 8 28 80, ReLU-2 8 28 0, Conv2d-3 8 28 584, ReLU-4 8 28 0, MaxPool2d-5 8 14 0, BatchNorm2d-6 8 14 16,
Conv2d-7 16 14 1168, ReLU-8 16 14 0, Conv2d-9 16 14 2320, ReLU-10 16 14 0, MaxPool2d-11 16 7 0, BatchNorm2d-12 16 7 32,
Conv2d-13 32 7 4640, ReLU-14 32 7 0, Conv2d-15 32 7 9248, ReLU-16 32 7 0, MaxPool2d-17 32 3 0, BatchNorm2d-18 32 3 64,
Conv2d-19 10 3 330, AvgPool2d-20 10 1 0
"""


def test_the_receptive_field_table_is_the_references_row_by_row() -> None:
    rows = []
    for row in receptive_rows(ARCHS["reference"]):
        seen, layer = row.seen, row.layer
        field = [None] * 7
        if seen:
            field = [seen.r_in, seen.stride, seen.padding, seen.kernel, seen.j_in, seen.j_out, seen.r_out]
        rows.append((layer.title, row.n_in, *field, row.n_out, layer.ch_in, layer.ch_out, row.parameters))
    assert rows == REFERENCE


def test_the_architecture_is_the_references_line_by_line() -> None:
    lines = [
        f"{row.layer} {row.shape[0]} {row.shape[1]} {row.parameters}" for row in architecture_rows(ARCHS["reference"])
    ]
    assert lines == " ".join(SUMMARY.split()).split(", ")


def test_from_the_sixth_convolution_on_a_unit_sees_more_than_the_image() -> None:
    rows = [row for row in receptive_rows(ARCHS["reference"]) if row.seen]
    wider = rows[first_wider([row.seen for row in rows if row.seen], IMAGE) or 0]
    assert [row for row in rows if row.layer.kind == "Conv2d"].index(wider) + 1 == 6


@pytest.mark.parametrize(("name", "count"), [("reference", 18_482), ("small", 7_154), ("tiny", 4_894)])
def test_each_net_has_the_parameters_that_are_claimed(name: str, count: int) -> None:
    assert ARCHS[name].parameters == sum(row.parameters for row in architecture_rows(ARCHS[name])) == count


def test_the_tables_need_no_torch() -> None:
    program = (
        "import sys, xlbackprop.cnn.model, xlbackprop.cnn.recipe, xlbackprop.cnn.result; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ARCHS)
def test_torch_builds_what_the_tables_say(name: str) -> None:
    torch = pytest.importorskip("torch")
    from xlbackprop.cnn.layers import KINDS

    arch, net = ARCHS[name], build(ARCHS[name])
    value = torch.zeros(2, 1, IMAGE, IMAGE)
    for layer, row in zip(arch.layers, architecture_rows(arch), strict=True):
        module = net.get_submodule(row.layer)
        assert type(module).__name__ == layer.kind
        assert sum(one.numel() for one in module.parameters()) == row.parameters == parameters(layer)
        multiplied = value.shape[1] if layer.kind == "Conv2d" else 1
        value = module(value)
        assert tuple(value.shape[1:]) == row.shape
        if KINDS[layer.kind].multiply_adds(layer):
            kernel = module.kernel_size[0] ** 2 if layer.kind == "Conv2d" else 1
            assert row.multiply_adds == value[0].numel() * multiplied * kernel
    assert torch.equal(net(torch.zeros(2, 1, IMAGE, IMAGE)), value.flatten(1))


@pytest.mark.parametrize("name", ARCHS)
def test_a_unit_depends_on_just_the_pixels_that_the_table_says(name: str) -> None:
    torch = pytest.importorskip("torch")
    from torch import nn

    arch, image = ARCHS[name], 168  # large enough that no border is seen
    net = build(arch).eval()
    prefix = nn.Sequential()
    rows = iter([row.seen for row in receptive_rows(arch) if row.seen])
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    for layer, (at, module) in zip(arch.layers, net.named_children(), strict=False):
        # A maximum has one slope, a mean over the same window has all of them.
        mean = nn.AvgPool2d(layer.window.kernel, layer.window.stride) if layer.window else None
        prefix.add_module(at, mean if mean and layer.kind == "MaxPool2d" else module)
        if layer.window:
            pixels = torch.ones(1, 1, image, image, dtype=torch.double, requires_grad=True)
            out = prefix.double()(pixels)
            middle = out.shape[-1] // 2
            out[0, 0, middle, middle].backward()
            assert pixels.grad is not None
            touched = pixels.grad[0, 0].nonzero()
            extent = (touched.amax(0) - touched.amin(0) + 1).tolist()
            assert extent == [next(rows).r_out] * 2, at
