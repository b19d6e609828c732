"""First weights from a safetensors file, in place of those that a network has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.asking.data import contents
from xlbackprop.errors import BadFile
from xlbackprop.extras import check_installed
from xlbackprop.maths.network import Layer

if TYPE_CHECKING:
    import numpy as np

WEIGHT, BIAS = "weight", "bias"  # torch's words, behind a layer's name and a dot


def load(path: Path, layers: Sequence[Layer], names: Sequence[str] = ()) -> tuple[Layer, ...]:
    """The layers with the weights of a file; BadFile unless it has just these tensors, of these shapes.

    names: what the file calls each layer, as torch's state dict does; without them its names count the layers up.
    """
    tensors = _tensors(path)
    names = names or _counted_up(path, tensors, len(layers))
    wanted = {
        f"{name}.{kind}".lstrip("."): shape
        for name, layer in zip(names, layers, strict=True)
        for kind, shape in ((WEIGHT, (layer.units, len(layer.weights[0]))), (BIAS, (len(layer.biases),)))
        if shape != (0,)
    }
    for name, shape in wanted.items():
        if name not in tensors:
            raise BadFile(f"{path}: has no tensor {name}; needed are {', '.join(wanted)}")
        _check(f"{path}: {name}", tensors[name], shape)
    for name in tensors:
        if name not in wanted:
            raise BadFile(f"{path}: has a tensor {name:.80}, which the network has no place for; take it out")
    numbers = {name: tensor.astype("float64").tolist() for name, tensor in tensors.items()}
    return tuple(
        replace(
            layer,
            weights=tuple(map(tuple, numbers[f"{name}.{WEIGHT}".lstrip(".")])),
            biases=tuple(numbers.get(f"{name}.{BIAS}".lstrip("."), ())),
        )
        for name, layer in zip(names, layers, strict=True)
    )


def _tensors(path: Path) -> Mapping[str, np.ndarray[Any, Any]]:
    check_installed("--weights", "safetensors")
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpacked

    data = contents(path)
    try:
        found: dict[str, np.ndarray[Any, Any]] = unpacked(data)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError):  # kinds of numbers that NumPy lacks
        raise BadFile(
            f"{path}: is no safetensors file, or holds numbers that NumPy has not; save it with safetensors, as float64"
        ) from None
    return found


def _counted_up(path: Path, names: Mapping[str, object], layers: int) -> list[str]:
    """The names of the layers in order, where they differ by a number only: 0, 2 or fc1, fc2."""
    found = {name.rpartition(".")[0] for name in names}
    if len({re.sub(r"\d+", "#", name) for name in found}) > 1:
        raise BadFile(
            f"{path}: the order of its layers {', '.join(sorted(found))!s:.80} cannot be told; "
            "let their names differ by a number only, like 1.weight, 2.weight"
        )
    if len(found) != layers:
        raise BadFile(f"{path}: has weights of {len(found)} layers, and the network has {layers}; give them for each")
    return sorted(found, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def _check(where: str, tensor: np.ndarray[Any, Any], shape: tuple[int, ...]) -> None:
    import numpy as np

    if tensor.dtype.kind != "f":
        raise BadFile(f"{where} holds {tensor.dtype}; save it as float64")
    if tensor.shape != shape:
        raise BadFile(f"{where} has the shape {tensor.shape}; the network's is {shape}")
    if not np.isfinite(tensor).all():
        raise BadFile(f"{where} holds a number that is not finite; train it anew, or leave --weights out")
