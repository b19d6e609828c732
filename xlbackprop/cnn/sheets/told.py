"""What a training was, in words: its recipe, and where and how it ran."""

from __future__ import annotations

from xlbackprop.cnn.recipe import Recipe
from xlbackprop.cnn.result import Result
from xlbackprop.pages.page import Value
from xlbackprop.shown import plain

Lines = tuple[tuple[str, Value], ...]


def recipe(result: Result) -> Lines:
    """The recipe, and the net it was for."""
    how = result.recipe
    return (
        ("net, recipe", f"{result.arch.name}, {how.name}"),
        ("epochs", result.epochs),
        ("batch", how.batch_size),
        ("steps by", f"SGD, momentum {plain(how.momentum)}{', Nesterov' if how.nesterov else ''}"),
        ("kernels turned", f"by Muon, up to {_short(100 * how.turn)} % of their length a step" if how.turn else "no"),
        ("learning rate", _rate(how)),
        ("weight decay", _decay(how)),
        ("label smoothing", how.smoothing or "none"),
        ("mean of the weights", f"keeps {_short(how.average)} each step" if how.average else "none"),
        ("digits moved by up to", _moves(how)),
    )


def where(result: Result) -> Lines:
    """Machine, versions, and what gives the same again."""
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    lines: Lines = (
        ("machine", result.machine),
        ("versions", versions),
        ("command", result.command),
    )
    names = [path.name for path in result.weights]
    listed = names if len(names) < 3 else [names[0], "…", names[-1]]
    return (*lines, ("weights", ", ".join(listed) or "not kept"))


def seconds(result: Result) -> str:
    """What the seconds of training are, and the rest of the command's time, where that is all there was."""
    if result.resumed:
        return " of training, earlier sessions included"
    return f" of training, {plain(round(result.seconds, 1))} the whole command"


def _decay(how: Recipe) -> str:
    of = "of the last kernel" if how.turn else "of kernels only"
    return f"{plain(how.weight_decay)}, {of}" if how.weight_decay else "none"


def _short(number: float) -> str:
    """Four digits of it: another --batch-size makes them many."""
    return plain(float(f"{number:.4g}"))


def _rate(how: Recipe) -> str:
    if how.warm_up is None:
        return f"{_short(how.peak)} throughout"
    return f"up to {_short(how.peak)} in {plain(100 * how.warm_up)} % of the steps, down in half a cosine"


def _moves(how: Recipe) -> str:
    if how.moves is None:
        return "not at all"
    moves = how.moves
    first, last = (plain(100 * share) for share in (moves.first_share, moves.last_share))
    return (
        f"{plain(moves.rotate)}°, {plain(100 * moves.scale)} % in size, {plain(moves.shear)} of shear, "
        f"{plain(moves.shift)} pixels; {first if first == last else f'{first} to {last}'} % of them"
    )
