"""Explanations as people type them beside a table, correct; names of columns stand in brackets."""

from __future__ import annotations

from openpyxl.utils.cell import coordinate_from_string

FORWARD = (
    "[h1] = [w1]*[i1] + [w2]*[i2]",
    "[h2] = [w3]*[i1] + [w4]*[i2]",
    "[a_h1] = σ([h1]) = 1/(1 + exp(-[h1]))",
    "[a_h2] = σ([h2]) = 1/(1 + exp(-[h2]))",
    "[o1] = [w5]*[a_h1] + [w6]*[a_h2]",
    "[o2] = [w7]*[a_h1] + [w8]*[a_h2]",
    "[a_o1] = σ([o1])",
    "[a_o2] = σ([o2])",
    "[E_total] = [E1] + [E2]",
    "[E1] = 1/2 * ([t1]-[a_o1])^2",
    "[E2] = 1/2 * ([t2]-[a_o2])^2",
)
LOCAL = (
    "∂E1/∂[a_o1] = ∂(1/2 * ([t1]-[a_o1])^2)/∂[a_o1] = [a_o1] - [t1]",
    "∂[a_o1]/∂[o1] = [a_o1]*(1-[a_o1])",
    "∂[o1]/∂[w5] = [a_h1]",
    "∂[o1]/∂[w6] = [a_h2]",
)
BACK = (
    "∂E1/∂[a_h1] = ∂E1/∂[a_o1] * ∂[a_o1]/∂[o1] * ∂[o1]/∂[a_h1] = ([a_o1]-[t1])*[a_o1]*(1-[a_o1])*[w5]",
    "∂E2/∂[a_h1] = ∂E2/∂[a_o2] * ∂[a_o2]/∂[o2] * ∂[o2]/∂[a_h1] = ([a_o2]-[t2])*[a_o2]*(1-[a_o2])*[w7]",
)
OUTPUT = (
    "∂E_total/∂[w5] = ∂(E1+E2)/∂[w5] = ∂E1/∂[w5] = ([a_o1]-[t1])*[a_o1]*(1-[a_o1])*[a_h1]",
    "∂E_total/∂[w6] = ([a_o1]-[t1])*[a_o1]*(1-[a_o1])*[a_h2]",
    "∂E_total/∂[w7] = ([a_o2]-[t2])*[a_o2]*(1-[a_o2])*[a_h1]",
    "∂E_total/∂[w8] = ([a_o2]-[t2])*[a_o2]*(1-[a_o2])*[a_h2]",
)
ERROR1, ERROR2 = "([a_o1]-[t1])*[a_o1]*(1-[a_o1])", "([a_o2]-[t2])*[a_o2]*(1-[a_o2])"
HIDDEN = (
    f"∂E_total/∂[w1] = ({ERROR1}*[w5] + {ERROR2}*[w7])*[a_h1]*(1-[a_h1])*[i1]",
    f"∂E_total/∂[w2] = ({ERROR1}*[w5] + {ERROR2}*[w7])*[a_h1]*(1-[a_h1])*[i2]",
    f"∂E_total/∂[w3] = ({ERROR1}*[w6] + {ERROR2}*[w8])*[a_h2]*(1-[a_h2])*[i1]",
    f"∂E_total/∂[w4] = ({ERROR1}*[w6] + {ERROR2}*[w8])*[a_h2]*(1-[a_h2])*[i2]",
)
WORDS = (
    "Backpropagation, step by step: forward pass, loss, gradients, update",
    "Our net has 2 inputs, 2 hidden neurons, 2 outputs, and no bias",
    "w_new = w_old - η * ∂E/∂w, for each weight",
)
JOINED = ("[h1] = [w1]*[i1] + [w2]*[i2], [h2] = [w3]*[i1] + [w4]*[i2]",)


def below(at: str, lines: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Lines in the cells of a column, from one cell down.

    >>> below("K3", ("one", "two"))
    (('K3', 'one'), ('K4', 'two'))
    """
    column, row = coordinate_from_string(at)
    return tuple((f"{column}{row + k}", line) for k, line in enumerate(lines))
