"""Labels as people write them: each spelling is one canonical name, and prose is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlbackprop.judge.typed.labels import LONGEST, canonical, slope

SPELLINGS = {
    "t1": (
        *("t1", "T1", "t_1", "t 1", "t₁", "t[1]", "t01", "target1", "Target 1", "target_1", "Target (1)", "targ1"),
        *("y1", "Y_1", "desired 1", "expected1", "actual 1", "label1", "target o1", "t1 ="),
    ),
    "i1": (
        *("i1", "I1", "i_1", "i₁", "x1", "X_1", "X[1]", "x₁", "in1", "inp1", "Input 1", "input_1", "feature 1", "i1:"),
    ),
    "i2": ("i₂", "i-2", " i2 ", "Input 2"),
    "i10": ("i10", "x_10", "Input 10"),
    "w1": (
        *("w1", "W1", "w_1", "w 1", "w₁", "w¹", "ｗ１", "𝑤1", "w01", "w(1)", "weight1", "Weight 1", "weight_1", "w1 "),
        *("Wt1", "wt_1", "w^1", "$w_1$", "theta1", "θ_1", "w1.", "Gewicht 1", "poids1", "Peso 1"),
    ),
    "w8": ("w8", "W₈", "Weight 8"),
    "w12": ("w12", "W₁₂", "w_12"),
    "w1_2": ("w1_2", "w1,2", "w_1_2", "w 1.2"),
    "w1_1_2": (
        *("w1_1_2", "W1[1,2]", "w1_12", "w^(1)_12", "W(1)12", "w_1_12", "w1 12", "w_h12", "wh12", "w_i1h2", "w(x1,h2)"),
        *("w_i1→h2", "w i1-h2", "w_ih_12", "weight from i1 to h2"),
    ),
    "w2_1_2": ("W2[1,2]", "w^(2)_12", "w_o12", "wo12", "w_h1o2", "w(h1, o2)"),
    "v3": ("v3", "V_3"),
    "b1": ("b1", "B1", "b_1", "b₁", "b(1)", "bias1", "Bias 1", "bias", "b"),
    "b2": ("b2", "bias 2", "b^(2)"),
    "b12": ("b1_2", "b1[2]", "b^(1)_2"),
    "b_h1": ("b_h1", "bh1", "bias_h1", "bias h1"),
    "b_o2": ("b_o2", "bias_o2"),
    "b_h1_2": ("b_h1_2", "bias_h1_2"),
    "h1": (
        *("h1", "H1", "h_1", "h₁", "hidden1", "Hidden 1", "node1", "net_h1", "neth1", "net h1", "netH1", "h1_net"),
        *(
            "h1 (net)",
            "h1_in",
            "h1in",
            "h1 in",
            "h_in1",
            "in_h1",
            "inh1",
            "hin1",
            "z_h1",
            "zh1",
            "sum_h1",
            "n_h1",
            "z1",
            "net1",
        ),
    ),
    "h1_2": ("h1_2", "h1,2", "H1_2"),
    "h2_1": ("h2_1", "h2.1"),
    "a_h1": (
        *("a_h1", "A_H1", "a-h1", "a_{h1}", "ah1", "a h1", "a(h1)", "act_h1", "act(h1)", "activation_h1"),
        *("activated h1", "out_h1", "outh1", "out h1", "Out(h1)", "out_h₁", "output_h1", "h1_out", "h1 out"),
        *("h1out", "h1_act", "σ(h1)", "𝜎(h1)", "σ_h1", "sigmoid(h1)", "sigmoid_h1", "sig(h1)", "h1_sigmoid"),
        *("f(h1)", "s(h1)", "tanh(h1)", "ReLU(h1)", "gelu(h1)", "a1", "act_1"),
    ),
    "a_h1_2": ("a_h1_2", "out_h1_2", "act_h1,2"),
    "o1": (
        *("o1", "O1", "o_1", "o₁", "out1", "output1", "Output 1", "net_o1", "neto1", "net o1", "o1_net", "o1 (net)"),
        *("o1_in", "in_o1", "z_o1", "zo1", "sum_o1", "n_o1"),
    ),
    "a_o1": (
        *("a_o1", "A_O1", "a_01", "ao1", "act_o1", "act_01", "out_o1", "out_01", "outo1", "Out(o1)", "o1_out"),
        *("σ(o1)", "sigmoid(o1)", "softmax(o1)", "o1_act", "ŷ1", "ŷ_1", "yhat1", "y_hat_1", "pred1", "Prediction 1"),
    ),
    "a_o2": ("a_o2", "a_02", "p2"),
    "E1": (
        *("E1", "e1", "E_1", "E 1", "E₁", "E1 =", "E[1]", "E_o1", "E_01", "E(o1)", "Eo1", "Error 1", "error_o1"),
        *("err1", "loss1", "Loss 1", "L1", "J1", "cost1", "MSE1", "BCE1", "SE1"),
    ),
    "E_total": (
        *("E_total", "E_Total", "E_TOTAL", "E_tot", "Etot", "Etotal", "Etotal =", "E total", "E-total", "E_{total}"),
        *("E (total)", "E_T", "E", "Total Error", "Error Total", "total error", "Total Loss", "L_total", "loss"),
        *("LOSS", "Error", "Err", "Cost", "Total cost", "MSE", "Total", "∑E", "ΣE", "E_sum", "E1 + E2"),
    ),
    "dE/dw1": (
        *("dE/dw1", "∂E/∂w1", "∂E_total/∂w1", "∂E_Total/∂W1", "∂E_tot/∂w1", "∂Etotal/∂w_1", "∂E_t/∂w1", "∂E/∂w(1)"),
        *("E∂w1", "E∂W1", "∂E∂w1", "∂E∂W1", "E_∂w1", "δE_tot/δw1", "δE_tot/δw₁", "ΔE/Δw1", "∆E/∆w1", "𝜕E/𝜕w1"),
        *("𝛿E/𝛿w1", "∂𝐸/∂𝑤1", "∂E / ∂w1", "∂ E_total / ∂ w1", "∂E∕∂w1", "∂E⁄∂w1", "∂E÷∂w1", "∂E/∂w1 =", "∂E/w1"),
        *("Etotaldw1", "dEdw1", "dE_dw1", "dE/dW₁", "dE_total/dw1", "dE_tot/dw1", "d(E)/d(w1)", "dE/d w1", "DE/DW1"),
        *("dL/dw1", "dJ/dw1", "dC/dw1", "dLoss/dw1", "∂Error/∂w1", "partial E/partial w1", "dw1", "dW1", "d_w1"),
        *(
            "∂w1",
            "Δw1",
            "δw1",
            "∇w1",
            "grad_w1",
            "grad(w1)",
            "gw1",
            "gradient w1",
            "gradient of w1",
            "w1_grad",
            "w1 gradient",
        ),
    ),
    "dE/dw5": ("E∂W5", "∂E/∂w₅", "dE/dWeight5"),
    "dE/dw12": ("∂E/∂w12", "dw12"),
    "dE/dw1_1_2": ("∂E/∂W1[1,2]", "∂E/∂w_i1h2", "∂E_total/∂w_h12", "dE/dw1_12"),
    "dE/db1": ("∂E/∂b1", "∂E_total/∂b1", "db1", "∂E/∂bias1", "dE/db", "∂E/∂b₁ ="),
    "dE/db_h1": ("∂E/∂b_h1", "db_h1"),
    "lr": (
        *("lr", "LR", "LR =", "LR=", "LR:", "LR (η)", "LR (η) =", "η", "η =", "η=", "ͷ", "n", "n =", "α", "alpha ="),
        *("eta", "eta=", "Learning Rate", "Learning rate:", "LEARNING RATE", "learning_rate", "learning-rate", "L.R."),
        *("learningRate=", "Learning Rate (η) :", "Learning Rate (LR)", "η (learning rate)", "step size", "Rate"),
    ),
    "step": (
        *("step", "Step", "Steps", "Step #", "Step No.", "iteration", "Iterations", "iter", "Epoch", "epoch #", "#"),
        *("No.", "S. No.", "Sl No", "Sr. No.", "index", "Row", "round"),
    ),
}
NO_LABELS = (
    # titles, and words that only sound like one
    *("Backpropagation", "Back Propagation", "weights", "Weights", "weight", "notes", "Notes:", "Formulae", "Legend"),
    *("Derivatives", "Gradients", "Inputs", "Input", "Targets", "Target", "Hidden layer", "Output layer", "Outputs"),
    *("Hidden", "Neurons", "sigmoid", "Activation", "ReLU", "Loss function", "cross-entropy", "Loss vs step"),
    *("errors", "Sum of errors", "Learning rates", "max epochs", "Session 6", "Sheet1", "Table 1", "Figure 2"),
    *("No. 1", "∂E1/∂w1", "dE2/dw1", "∂E₁/∂w₁"),  # the last three are parts of slopes, of one output
    *("Question 1", "Q1", "Layer 1", "Version 1", "Group 7", "note 1", "Student", "Name: Ada", "delta", "h", "i", "o"),
    # a learning rate, a step, several weights: with more than the name
    *("LR 0.1", "L.R. 0.1", "LR = 0.5", "Learning Rate 1", "Epoch 1", "Step 1", "Iteration 10", "Row 3", "E2E"),
    *("w1..w8", "w1-w8", "w1 to w4", "w1, w2", "h1 and h2", "see w1", "new w1", "w1 (old)", "updated w1", "w1+"),
    # numbers, dates, nothing, numbers that no unit has
    *("", " ", "-", "=", "1", "0.5", "2021-01-03", "03/01/2021", "1 January", "w0", "i0", "w123", "h100", "D1"),
    # other slopes than a weight's: columns of nobody's table, though they may help
    *("∂E1/∂a_o1", "∂a_o1/∂o1", "∂o1/∂w5", "∂E_total/∂a_h1", "∂E1/∂a_h1", "∂h1/∂w1", "δ_o1", "delta_o1", "dh1"),
    *("f'(h1)", "f’(o1)", "σ′(h1)", "a'_h1", "tanh' (o2)"),
    # explanations
    *("h1 = w1*i1 + w2*i2", "E1 = 1/2 * (t1-a_o1)^2", "E_total = E1 + E2", "a_h1 = sigmoid(h1)", "w5*a_h1+w6*a_h2"),
    *("a_h1 = σ(h1) = 1/(1 + exp(-h1))", "∂E1/∂a_o1 = a_o1 - t1", "σ(h1) = 1/1+exp(-h1)", "E = 0.5*(t-o)^2", "i1 * w1"),
)
SLOPES = {
    "∂E1/∂a_o1": "dE1/da_o1",
    "∂E₂/∂a_o₂": "dE2/da_o2",
    "∂E1/∂a_h1": "dE1/da_h1",
    "∂ E1 / ∂ a_01": "dE1/da_o1",
    "δE1/δout_o1": "dE1/da_o1",
    "dE1/da_o1": "dE1/da_o1",
    "d(E1)/d(a_o1)": "dE1/da_o1",
    "∂a_o1/∂o1": "da_o1/do1",
    "∂out_o1/∂net_o1": "da_o1/do1",
    "∂o1/∂a_h1": "do1/da_h1",
    "∂o1/∂w5": "do1/dw5",
    "∂h1/∂w1": "dh1/dw1",
    "∂E1/∂w5": "dE1/dw5",
    "∂E_total/∂a_h1": "dE/da_h1",
    "∂E/∂h1": "dE/dh1",
    "∂E_total/∂w5": "dE/dw5",
    "∂E/∂b1": "dE/db1",
}
NO_SLOPES = ("h1", "dw1", "E∂w1", "∂/∂", "d/d", "∂E1/∂", "∂E1/∂a_o1 = a_o1 - t1", "∂E/∂oi", "∂x/∂y", "", "delta")
NAMES = re.compile(
    r"(t|i|o|a_o|E|v)\d+|w\d+(_\d+){0,2}|b\d+|b_(h\d+(_\d+)?|o\d+)|(a_)?h\d+(_\d+)?|dE/d[wvb].*|E_total|lr|step"
)
ENDED = {
    "w1": ("w1 =", "w1:", "W[1]", "w_{1}", '"w1"', "ω1", "Ω₁", "omega1", r"$\omega_1$", "Weight w1", "w1 (weight)"),
    "b1": ("b1 =", "b1:", "bias ="),
    "b2": ("bias 2:", "Bias b2"),
    "h1": ("h1 (before)",),
    "b_h1": ("b_h1 =",),
    "a_h1": ("leaky ReLU(h1)", "h_out1", "h1 (after)"),
    "dE/dw2": ("∂E/∂ω2",),
    "t1": ("t_o1",),
    "dE/dw1": ("dMSE/dw1",),
}
READ = [(label, name) for table in (SPELLINGS, ENDED) for name, labels in table.items() for label in labels]


@pytest.mark.parametrize(("label", "name"), READ)
def test_a_label_is_read_as_what_it_means(label: str, name: str) -> None:
    assert canonical(label) == name


@pytest.mark.parametrize("text", NO_LABELS)
def test_what_is_no_label_is_not_read_as_one(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(("label", "name"), SLOPES.items())
def test_a_slope_is_read_as_one_column_by_another(label: str, name: str) -> None:
    assert slope(label) == name


@pytest.mark.parametrize("text", NO_SLOPES)
def test_what_is_no_slope_is_not_read_as_one(text: str) -> None:
    assert slope(text) is None


@pytest.mark.parametrize("name", [*SPELLINGS, "dE/dw1_2", "dE/dv3", "dE/db_o1", "dE/db_h1_2", "b_o1", "E2", "a_h2_1"])
def test_a_canonical_name_is_its_own(name: str) -> None:
    assert canonical(name) == name


@given(st.sampled_from(READ), st.text(" \t\u00a0\u3000", max_size=3))
def test_blanks_round_a_label_change_nothing(read: tuple[str, str], blanks: str) -> None:
    label, name = read
    assert canonical(blanks + label + blanks) == name


@given(st.sampled_from([(label, name) for label, name in READ if label.isascii()]))
def test_capitals_change_nothing(read: tuple[str, str]) -> None:
    label, name = read
    assert canonical(label.upper()) == canonical(label.lower()) == name


SIGNS = st.text("wWbhaotiEex∂δΔd/_=:()[]{}.,0123456789₁² \t+*^-−ŷση", max_size=12)


@given(st.one_of(st.text(), SIGNS))
def test_whatever_stands_there_is_a_name_or_none(text: str) -> None:
    found = canonical(text)
    assert found is None or NAMES.fullmatch(found)
    assert found is None or canonical(found) == found
    assert slope(text) is None or "/d" in str(slope(text))


@given(st.sampled_from(READ), st.integers(1, 5))
def test_a_text_too_long_for_a_label_is_prose(read: tuple[str, str], more: int) -> None:
    label = read[0]
    assert canonical(label + " " * (LONGEST + more - len(label))) is None
