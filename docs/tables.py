"""Writes the tables of docs/templates.md and docs/pytorch.md anew from the package's own tables.

With --check it only says whether they fit. Usage: python docs/tables.py [--check]
"""

import re
import sys
from itertools import takewhile
from pathlib import Path

from xlbackprop.asking.pytorch import LINEAR, LOGARITHM, ROWS
from xlbackprop.asking.pytorch import LOSSES as TORCH_LOSSES
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Num, Ref
from xlbackprop.maths.initial import INITIALISERS
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.paper import written
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER
from xlbackprop.template.template import STARTER, load, shipped

FOLDER = Path(__file__).parent


def code(text):
    """As code in a table."""
    return f"`{text}`".replace("|", "\\|")


def told(op, *names):
    """An operation as the formula in a cell."""
    return code(formula(Call(op, tuple(map(Ref, names))), lambda ref: ref.name)[1:])


def slope(op, by, *names):
    """Its slope with respect to an argument, `a` for its result."""
    rule = (ACTIVATIONS | LOSSES)[op]
    return code(written(rule.vjp(Num(1.0), Ref("a"), *map(Ref, names))[by]))


def settings(row):
    """The settings of an optimiser or schedule with their defaults."""
    return ", ".join(code(f"{one.key} = {one.default:.6g}") for one in row.settings)


def symbols(row):
    """What its settings are called in formulas."""
    return [one.symbol for one in row.settings]


def activations():
    """What a unit may make of what it receives."""
    yield "| activation | settings | formula | slope |"
    yield "|---|---|---|---|"
    for name, row in ACTIVATIONS.items():
        arguments = ("x", *("L" * (name in WHOLE_LAYER)), *symbols(row))
        yield f"| `{name}` | {settings(row)} | {told(name, *arguments)} | {slope(name, 0, *arguments)} |"


def losses():
    """What an answer may cost."""
    yield "| loss | settings | formula for one output unit | total over the units | last layer |"
    yield "|---|---|---|---|---|"
    for name, loss in LOSSES.items():
        arguments = ("t", "y", *("L" * (loss.after in WHOLE_LAYER)), *symbols(loss))
        last = f"`{loss.after}`; `y` is what the unit receives" if loss.after else "any"
        yield f"| `{name}` | {settings(loss)} | {told(name, *arguments)} | {'mean' if loss.mean else 'sum'} | {last} |"


def optimisers():
    """How a gradient becomes a step."""
    yield "| optimizer | settings | kept for each weight |"
    yield "|---|---|---|"
    for name, row in OPTIMISERS.items():
        yield f"| `{name}` | {settings(row)} | {', '.join(code(kept.symbol) for kept in row.kept)} |"


def schedules():
    """How the learning rate changes."""
    yield "| schedule | settings | learning rate of a step |"
    yield "|---|---|---|"
    for name, row in SCHEDULES.items():
        yield f"| `{name}` | {settings(row)} | {code(written(row.rate)) if row.rate else ''} |"


def initialisers():
    """How first weights are drawn."""
    yield from ("| init |", "|---|", *(f"| `{name}` |" for name in INITIALISERS))


def templates():
    """Those that ship, with the comment at their top."""
    yield "| template | what it shows |"
    yield "|---|---|"
    for name, path in shipped().items():
        lines = path.read_text(encoding="utf-8").splitlines()
        about = " ".join(line[2:] for line in takewhile(lambda line: line.startswith("#"), lines))
        about = "What `new` writes: every key explained." if name == STARTER else about
        yield f"| `{name}` | **{load(name).title}.** {about} |"


def layers():
    """What a torch module may be made of."""
    yield "| torch.nn | as a call | in a workbook | only with |"
    yield "|---|---|---|---|"
    yield f"| `{LINEAR}` | | a layer, with the weights and biases it has | |"
    for name, row in ROWS.items():
        called = code(f"{row.function}()") if row.function else ""
        becomes = code(row.activation) if row.activation else "nothing: numbers pass as they are"
        becomes += f" with its {code(next(iter(row.settings)))}" if row.kept else ""
        yield f"| `{name}` | {called} | {becomes} | {code(row.only) if row.only and not row.kept else ''} |"


def torch_losses():
    """What torch calls the losses."""
    yield "| torch.nn | in a template | where the module ends with |"
    yield "|---|---|---|"
    for name, row in TORCH_LOSSES.items():
        yield f"| `{name}` | `{row.name}` | {' or '.join(map(code, row.after)) or f'anything but `{LOGARITHM}`'} |"


PAGES = {
    "templates.md": {
        "templates": templates,
        "activations": activations,
        "losses": losses,
        "optimisers": optimisers,
        "schedules": schedules,
        "initialisers": initialisers,
    },
    "pytorch.md": {"layers": layers, "losses": torch_losses},
}


def filled(page, text):
    """The page with every table as it should be."""
    for name, rows in PAGES[page].items():
        text, found = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda match, rows=rows: match[1] + "\n".join(rows()) + "\n" + match[2],
            text,
            flags=re.DOTALL,
        )
        if found != 1:
            raise SystemExit(f"{page}: has {found} tables named {name}")
    return text


if __name__ == "__main__":
    for page in PAGES:
        there = (FOLDER / page).read_text(encoding="utf-8")
        if sys.argv[1:] != ["--check"]:
            (FOLDER / page).write_text(filled(page, there), encoding="utf-8")
        elif filled(page, there) != there:
            raise SystemExit(f"{FOLDER / page}: is out of date; run python docs/tables.py")
