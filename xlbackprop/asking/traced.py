"""A torch module traced to one chain of Linear layers and activations, with the weights it has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.asking.pytorch import LINEAR, ROWS
from xlbackprop.errors import BadModule
from xlbackprop.extras import check_installed
from xlbackprop.maths.network import Layer
from xlbackprop.maths.rules import PASSES_ON, WHOLE_LAYER

if TYPE_CHECKING:
    from torch import fx, nn

LONGEST = 200  # characters of what another program says


@dataclass(frozen=True, slots=True)
class Traced:
    """names: what the state dict calls each layer; last: the torch.nn class of what the module ends with."""

    layers: tuple[Layer, ...]
    names: tuple[str, ...]
    last: str


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the chain. where: for messages; name: in the state dict; kind: a torch.nn class; values: settings."""

    where: str
    name: str
    kind: str
    module: Any
    values: tuple[Any, ...]


def load(spec: str) -> Traced:
    """The layers of ``module:object``; BadModule names what is in the way.

    spec: a Python module, also of the current folder, and in it an nn.Module, or a function or class that gives one
    when it is called with nothing.
    """
    check_installed("--torch", "torch")
    parts = list(_parts(spec, _found(spec)))
    linear = [part for part in parts if part.kind == LINEAR]
    if not linear:
        raise BadModule(f"{spec}: has no Linear layer, so there is nothing to train; give it one")
    _check_own(linear)
    layers: list[Layer] = []
    last = ""
    for part in parts:
        if part.kind == LINEAR:
            if layers and layers[-1].activation in WHOLE_LAYER:
                raise BadModule(f"{part.where} follows {last}, which is for the last layer only; leave {last} out")
            layers.append(_layer(part))
            _check_size(part.where, layers)
        elif (activation := ROWS[part.kind].activation) is None:
            continue
        elif last != LINEAR:
            raise BadModule(f"{part.where} follows {last or 'no layer'}; put a Linear layer in front of it")
        else:
            layers[-1] = replace(layers[-1], activation=activation, settings=_settings(part))
        last = part.kind
    return Traced(tuple(layers), tuple(part.name for part in linear), last)


def _found(spec: str) -> nn.Module:
    """The module that is meant."""
    from torch import nn

    name, colon, path = spec.partition(":")
    if not (colon and name and path):
        raise BadModule(f"{spec}: write --torch module:object, like nets:model for the `model` of nets.py")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)  # as `python -m` does
    try:
        with redirect_stdout(sys.stderr):  # what is printed there is not ours, and --json is read by programs
            found = attrgetter(path)(import_module(name))
            found = found if isinstance(found, nn.Module) or not callable(found) else found()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's own code may raise
        raise BadModule(
            f"{spec}: cannot be had ({_said(error)}); name a Python module, without .py, and what is in it"
        ) from None
    if not isinstance(found, nn.Module):
        raise BadModule(f"{spec}: is {type(found).__name__}, not an nn.Module; name one, or what gives one when called")
    return found


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]


def _parts(spec: str, module: nn.Module) -> Iterator[Part]:
    """The chain, step by step."""
    import torch
    from torch import fx, nn

    try:
        traced = fx.symbolic_trace(root := nn.Sequential(module))  # so that a lone layer is a step like any other
    except Exception as error:  # noqa: BLE001 - as above
        raise BadModule(
            f"{spec}: cannot be traced to a chain of layers ({_said(error)}); write it as nn.Sequential"
        ) from None
    before, *nodes = traced.graph.nodes
    for node in nodes:
        if node.all_input_nodes != [before] or all(
            given is not before for given in (*node.args, *node.kwargs.values())
        ):
            takes = " and ".join(map(_called, node.all_input_nodes)) or "nothing"
            raise BadModule(
                f"{spec}: is no single chain: {_called(node)} takes {takes}, not just {_called(before)}; "
                "let each layer take what the one before gives"
            )
        if node.op != "output":
            yield _part(spec, root, node, torch)
        before = node


def _called(node: fx.Node) -> str:
    """A node as a person knows it: layer 0.1, relu(), the inputs."""
    match node.op:
        case "call_module":
            return f"layer {_name(node)}"
        case "placeholder":
            return "the inputs"
        case "output":
            return "the output"
        case "get_attr":
            return _name(node)
        case _:
            return f"{getattr(node.target, '__name__', node.target)}()"


def _name(node: fx.Node) -> str:
    """What a state dict calls it, which knows nothing of the Sequential around it; nothing for a lone layer."""
    return str(node.target).removeprefix("0").removeprefix(".")


def _part(spec: str, root: nn.Module, node: fx.Node, torch: Any) -> Part:
    """What a node of the graph does, if there is a row for it."""
    module = root.get_submodule(str(node.target)) if node.op == "call_module" else None
    kind = _kind_of_call(node, torch) if module is None else _kind_of_layer(module, torch)
    name = "" if module is None else _name(node)
    called = _called(node) if module is None else f"layer {name} ({kind})" if name else kind
    where = f"{spec}: {called}"
    if kind != LINEAR and kind not in ROWS:
        raise BadModule(f"{where} is not among the layers of a workbook; those are {', '.join((LINEAR, *ROWS))}")
    if module is not None and (module._forward_hooks or module._forward_pre_hooks):
        raise BadModule(f"{where} has hooks, which a workbook cannot call; remove them")
    values = () if kind == LINEAR else _values(kind, node, module)
    if kind != LINEAR and not ROWS[kind].fits(*values):
        told = ", ".join(f"{name}={value!r}" for name, value in zip(ROWS[kind].settings, values, strict=True))
        raise BadModule(f"{where} has {told}; a workbook has a formula for {ROWS[kind].only} only")
    return Part(where, name, kind, module, values)


def _kind_of_layer(module: nn.Module, torch: Any) -> str:
    """Its torch.nn class, or the full name of a class that is none: a quantised Linear is another Linear."""
    kind = type(module)
    return kind.__name__ if getattr(torch.nn, kind.__name__, None) is kind else f"{kind.__module__}.{kind.__name__}"


def _kind_of_call(node: fx.Node, torch: Any) -> str:
    """The torch.nn class that does what a function or a tensor's method does, or what that is called."""
    for kind, row in ROWS.items():
        names = () if row.function is None else (row.function, f"{row.function}_")  # the latter in place
        if node.op == "call_method" and node.target in names:
            return kind
        homes = (torch, torch.nn.functional)
        if any(node.target is getattr(home, name, None) for home in homes for name in names):
            return kind
    return str(node.target)


def _values(kind: str, node: fx.Node, module: nn.Module | None) -> tuple[Any, ...]:
    """The settings of a row, as the module has them or the call gives them."""
    settings = ROWS[kind].settings
    if module is not None:
        return tuple(getattr(module, name) for name in settings)
    given = {**settings, **dict(zip(settings, node.args[1:], strict=False)), **node.kwargs}
    return tuple(given[name] for name in settings)


def _settings(part: Part) -> tuple[float, ...]:
    """What of a layer's settings becomes its activation's: all where they are kept, none where they are the usual."""
    row = ROWS[part.kind]
    given = part.values if row.kept else ()
    return () if given == tuple(row.settings.values()) else tuple(map(float, given))


def _check_own(linear: list[Part]) -> None:
    """BadModule unless each layer has weights of its own."""
    owners: dict[int, Part] = {}
    for part in linear:
        for parameter in part.module.parameters():
            owner = owners.setdefault(id(parameter), part)
            if owner is not part:
                raise BadModule(f"{part.where} shares weights with another step of the chain; give it its own")


def _layer(part: Part) -> Layer:
    """The layer with its present numbers, exactly; biases that do not require a gradient are held fixed."""
    weight, bias = part.module.weight, part.module.bias
    if not weight.requires_grad:
        raise BadModule(f"{part.where} has weights that are not trained; a workbook holds biases only, so train them")
    biases = () if bias is None else tuple(_numbers(f"{part.where}: bias", bias))
    return Layer(
        PASSES_ON,
        tuple(map(tuple, _numbers(f"{part.where}: weight", weight))),
        biases,
        held=bool(biases) and not bias.requires_grad,
    )


def _numbers(where: str, tensor: Any) -> list[Any]:
    if not tensor.is_floating_point() or tensor.is_meta:
        raise BadModule(f"{where} holds no real numbers; make it a tensor of floats")
    if not tensor.isfinite().all():
        raise BadModule(f"{where} holds a number that is not finite; start from others")
    numbers: list[Any] = tensor.detach().cpu().double().tolist()
    return numbers


def _check_size(where: str, layers: list[Layer]) -> None:
    *_, layer = layers
    if len(layers) > 1 and len(layer.weights[0]) != layers[-2].units:
        raise BadModule(
            f"{where} takes {len(layer.weights[0])} numbers, and is given {layers[-2].units}; give it those"
        )
