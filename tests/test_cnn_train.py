"""Training: the steps that torch's own optimiser takes, the same weights again, and nothing lost when it is cut off."""

import dataclasses
import errno
import json
import math
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import one_error_line
from fake_mnist import TEST, TRAINING, Fake, fake

from xlbackprop.cli import main
from xlbackprop.cnn.console import print_result
from xlbackprop.cnn.errors import BadCheckpoint, Diverged
from xlbackprop.cnn.model import ARCHS, build
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.recipe import RECIPES, Moves, Recipe, learning_rate
from xlbackprop.errors import BadOption

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from safetensors.torch import save_file  # noqa: E402
from torch.nn import functional  # noqa: E402

from xlbackprop import extras  # noqa: E402
from xlbackprop.cnn import augment, checkpoint, fetch, judge, options, seeds, train  # noqa: E402
from xlbackprop.cnn.console import Silent, Watch  # noqa: E402
from xlbackprop.cnn.data import PAPER, Digits, load, standardised  # noqa: E402
from xlbackprop.cnn.machine import command  # noqa: E402
from xlbackprop.cnn.options import Options  # noqa: E402
from xlbackprop.cnn.parallel import Crew  # noqa: E402
from xlbackprop.cnn.result import Result, as_json  # noqa: E402
from xlbackprop.cnn.run import train_cnn  # noqa: E402
from xlbackprop.cnn.state import State, first_state, learnt  # noqa: E402

SHARED = Path(__file__).parents[2] / "shared" / "mnist"
CPU = torch.device("cpu")
EXACT = dataclasses.replace(RECIPES["fast"], bfloat16=False)
STEPS = 12  # per epoch of fake digits
NOTHING = Result(ARCHS["tiny"], RECIPES["fast"], 1, 1, 0, 10_000, (), {}, "", 0.0, "")  # interrupted at once


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two would wait for each other wherever another test keeps a core busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    return fake(tmp_path_factory.mktemp("fake"))


@pytest.fixture
def mnist(made: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Small digits that pass for MNIST in this process."""
    monkeypatch.setattr(fetch, "FILES", made.files)
    return made


@pytest.fixture
def digits(mnist: Fake) -> Digits:
    return load(mnist.data_dir, None, 0, CPU).training


def plan_of(recipe: Recipe, epochs: int = 2, arch: str = "tiny", seed: int = 1) -> Plan:
    return Plan(ARCHS[arch], recipe, epochs, seed, TRAINING, 0)


def start(plan: Plan) -> State:
    return first_state(plan.arch, plan.seed, CPU, averaged=bool(plan.recipe.average))


def epochs(plan: Plan, state: State, digits: Digits, *numbers: int) -> list[float]:
    """Train these epochs; their losses."""
    data = train.batches(digits, plan.recipe)
    return [train.train_epoch(state, plan, data, number, Crew(), lambda *_: None).loss for number in numbers]


@contextmanager
def nobody(*, leads: bool) -> Iterator[Watch]:
    yield Silent()


def trained(mnist: Fake, out: Path, tell: Callable[..., object] = nobody, **given: object) -> Result:
    asked = {
        "arch": "tiny",
        "recipe": "fast",
        "epochs": 2,
        "batch_size": 128,
        "data_dir": mnist.data_dir,
        "out": out,
        **given,
    }
    return train_cnn(Options(**asked), tell)  # type: ignore[arg-type]


# The learning rate


@pytest.mark.parametrize("steps", [4, 469, 9380])
@pytest.mark.parametrize("name", ["best", "fast"])
def test_one_cycle_climbs_to_its_peak_and_falls_to_nothing(name: str, steps: int) -> None:
    recipe = RECIPES[name]
    rates = [learning_rate(recipe, step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(recipe.peak)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert top + 1 == pytest.approx((recipe.warm_up or 0) * steps, abs=1)
    assert 0 < rates[-1] < recipe.peak * 16 / steps


def test_more_epochs_stretch_the_same_cycle() -> None:
    recipe = RECIPES["fast"]
    for step in range(300, 3000, 300):
        assert learning_rate(recipe, 2 * step, 6000) == pytest.approx(learning_rate(recipe, step, 3000), rel=0.01)


def test_the_notebooks_rate_stays() -> None:
    assert {learning_rate(RECIPES["notebook"], step, 100) for step in range(100)} == {0.01}


# The steps


@pytest.fixture
def double() -> Iterator[None]:
    """Training magnifies the last digit of float32 within a dozen steps."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("name", ["fast", "notebook"])
def test_the_steps_are_those_of_torchs_own_optimiser(name: str, digits: Digits) -> None:
    recipe = dataclasses.replace(RECIPES[name], batch_size=32, turn=0)
    plan = Plan(ARCHS["reference"], recipe, 2, 1, 6 * 32, 0)
    state, images = start(plan), (digits.images[: 6 * 32, None].double() / 255 - 0.1307) / 0.3081
    data = train.Batches(images, digits.labels, bfloat16=False)
    losses = [train.train_epoch(state, plan, data, number, Crew(), lambda *_: None).loss for number in (1, 2)]

    torch.manual_seed(plan.seed)
    net, found = build(plan.arch).train(), []
    kernels = [one for one in net.parameters() if one.dim() == 4]
    others = [one for one in net.parameters() if one.dim() != 4]
    groups = [{"params": kernels, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0}]
    optimiser = torch.optim.SGD(groups, lr=1, momentum=recipe.momentum, nesterov=recipe.nesterov)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=recipe.smoothing)
    for epoch in (1, 2):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(plan.seed_of(epoch)))
        for chosen in order.split(32):
            for group in optimiser.param_groups:
                group["lr"] = plan.rate(len(found))
            optimiser.zero_grad()
            loss = criterion(net(images[chosen]), digits.labels[chosen])
            loss.backward()
            optimiser.step()
            found.append(loss.item())
    assert losses == pytest.approx([sum(found[:6]) / 6, sum(found[6:]) / 6])
    ours = learnt(state.net)
    for at, theirs in learnt(net).items():
        assert torch.allclose(ours[at], theirs, rtol=1e-6, atol=1e-9), at


def test_the_average_follows_the_weights_and_is_what_is_judged(digits: Digits) -> None:
    plan = plan_of(dataclasses.replace(EXACT, average=0.9))
    state, data = start(plan), train.batches(digits, plan.recipe)
    seen = [state.values.clone()]
    train.train_epoch(state, plan, data, 1, Crew(), lambda *_: seen.append(state.values.clone()))
    expected = seen[0].double()
    for step, values in enumerate(seen[1:]):
        kept = min(0.9, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * values
    assert torch.allclose(state.average.double(), expected, atol=1e-5)
    judged = torch.cat(
        [one.permute(0, 2, 3, 1).flatten() if one.dim() == 4 else one for one in state.judged.parameters()]
    )
    assert torch.equal(judged, state.average[: len(judged)])
    assert not torch.equal(state.average, state.values)


def test_the_loss_of_every_recipe_falls(digits: Digits) -> None:
    for name, recipe in RECIPES.items():
        first, *_, last = epochs(plan_of(recipe, 3), start(plan_of(recipe, 3)), digits, 1, 2, 3)
        assert last < 0.9 * first, name


# Moved digits


def test_a_digit_moved_by_nothing_stays_as_it_is(digits: Digits) -> None:
    images = standardised(digits.images[:50])
    still = augment.draw(Moves(1, 1, 0, 0, 0, 0), 1, 50, torch.Generator().manual_seed(1))
    assert torch.allclose(augment.moved(images, still), images, atol=1e-4)


@pytest.mark.parametrize(("which", "right", "down"), [(2, 3, 0), (5, 0, 3)])
def test_a_shift_moves_by_whole_pixels_and_fills_with_paper(which: int, right: int, down: int, digits: Digits) -> None:
    images = standardised(digits.images[:5])
    matrices = torch.tensor([[1.0, 0, 0, 0, 1, 0]]).repeat(5, 1)
    matrices[:, which] = 3 * 2 / 28
    shifted = augment.moved(images, matrices.view(5, 2, 3))
    expected = torch.full_like(images, PAPER)
    expected[..., : 28 - down, : 28 - right] = images[..., down:, right:]
    assert torch.allclose(shifted, expected, atol=1e-3)


def test_only_some_are_moved() -> None:
    matrices = augment.draw(Moves(1, 1, 30, 0.3, 0.4, 5), 0.25, 4000, torch.Generator().manual_seed(1))
    still = (matrices == torch.tensor([[1.0, 0, 0], [0, 1, 0]])).all(dim=(1, 2))
    assert 0.72 < still.float().mean() < 0.78


def test_moves_go_where_torch_says() -> None:
    images = torch.rand(50, 1, 28, 28)
    matrices = augment.draw(Moves(1, 1, 30, 0.3, 0.4, 5), 1, 50, torch.Generator().manual_seed(1))
    grid = functional.affine_grid(matrices, [50, 1, 28, 28], align_corners=False)
    expected = functional.grid_sample(images - PAPER, grid, align_corners=False) + PAPER
    assert torch.allclose(augment.moved(images, matrices), expected, atol=1e-4)


def test_moves_stay_within_their_bounds_and_use_them_both_ways() -> None:
    moves = Moves(1, 1, rotate=10, scale=0.1, shear=0, shift=2)
    matrices = augment.draw(moves, 1, 4000, torch.Generator().manual_seed(1))
    angle = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    size = torch.linalg.det(matrices[:, :, :2]).sqrt()
    for found, least, most in ((angle, -10, 10), (size, 0.9, 1.1), (matrices[:, :, 2] * 14, -2, 2)):
        margin = (most - least) / 100
        assert least - 1e-3 <= found.min() < least + margin
        assert most - margin < found.max() <= most + 1e-3


def test_every_digit_of_a_batch_moves_its_own_way_and_the_same_again() -> None:
    first, again, other = (
        augment.draw(Moves(1, 1, 5, 0.1, 0.1, 2), 1, 64, torch.Generator().manual_seed(n)) for n in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert len(first.view(64, 6).unique(dim=0)) == 64


# The same again, in one go or in pieces


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(name: str, digits: Digits) -> None:
    found = []
    for seed in (1, 1, 2):
        plan = plan_of(RECIPES[name], seed=seed)
        state = start(plan)
        epochs(plan, state, digits, 1)
        found.append(state.average)
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


@pytest.mark.parametrize("stop", [0, 1, 2])
@pytest.mark.parametrize("name", RECIPES)
def test_a_resumed_training_ends_with_the_same_bits(name: str, stop: int, digits: Digits, tmp_path: Path) -> None:
    plan, path = plan_of(RECIPES[name], 3), tmp_path / "checkpoint"
    whole, pieces = start(plan), start(plan)
    epochs(plan, whole, digits, 1, 2, 3)
    data = train.batches(digits, plan.recipe)
    history = [train.train_epoch(pieces, plan, data, n, Crew(), lambda *_: None) for n in range(1, stop + 1)]
    checkpoint.save(path, plan, pieces, history, {})
    resumed = start(dataclasses.replace(plan, seed=7))  # whatever was in it is written over
    assert len(checkpoint.restore(checkpoint.load(path, plan), resumed)) == stop
    epochs(plan, resumed, digits, *range(stop + 1, 4))
    for vector, tensor in whole.saved.items():
        assert torch.equal(tensor, resumed.saved[vector]), vector


def test_every_epoch_of_every_seed_has_an_order_of_its_own() -> None:
    drawn = {plan_of(EXACT, seed=seed).seed_of(epoch) for seed in range(100) for epoch in range(options.MOST_EPOCHS)}
    assert len(drawn) == 100 * options.MOST_EPOCHS


def saved_epochs(out: Path) -> int:
    """How many epochs the first seed's checkpoint holds; -1 if there is none."""
    path = seeds.checkpoint_path(out, 1)
    return len(checkpoint.read(path).history) if path.exists() else -1


def wait_for_epoch(out: Path, number: int) -> None:
    limit = time.monotonic() + 60
    while saved_epochs(out) < number:
        assert time.monotonic() < limit, "no checkpoint came"
        time.sleep(0.01)


LONG = ("--arch", "tiny", "--recipe", "best", "--epochs", "6", "--batch-size", "32")


@pytest.fixture(scope="module")
def whole(made: Fake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a training that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "report.xlsx"
    done = made.run(*LONG, "-o", str(out))
    assert done.returncode == 0, done.stderr
    return out


def weights(out: Path) -> bytes:
    return out.with_suffix(".safetensors").read_bytes()


@pytest.mark.slow
def test_a_killed_training_is_resumed_to_the_same_weights(made: Fake, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.xlsx"
    process = made.start(*LONG, "-o", str(out))
    wait_for_epoch(out, 2)
    time.sleep(0.1)  # into the next epoch
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert saved_epochs(out) < 6
    done = made.run(*LONG, "-o", str(out), "--resume")
    assert done.returncode == 0, done.stderr
    assert weights(out) == weights(whole)


@pytest.mark.slow
def test_ctrl_c_leaves_checkpoint_report_and_json_of_what_was_done(made: Fake, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.xlsx"
    process = made.start(*LONG, "-o", str(out), "--json")
    wait_for_epoch(out, 1)
    process.send_signal(signal.SIGINT)
    told, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    rows = json.loads(told)["runs"][0]["epochs"]
    assert len(rows) == saved_epochs(out) < 6
    assert "Traceback" not in err
    done = made.run(*LONG, "-o", str(out), "--resume")
    assert done.returncode == 0, done.stderr
    assert weights(out) == weights(whole)


# Several processes


def test_the_processes_of_a_crew_share_a_batch_between_them() -> None:
    batch = torch.arange(12)
    for size in (1, 2, 3):
        shares = [Crew(rank, size).share(batch) for rank in range(size)]
        assert torch.equal(torch.cat(shares), batch)
        assert len({len(one) for one in shares}) == 1


@pytest.fixture(scope="module")
def whole_by_two(made: Fake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a training by two processes that nobody disturbed."""
    out = tmp_path_factory.mktemp("two") / "report.xlsx"
    done = made.run(*LONG, "-o", str(out), torchrun=2)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.slow
def test_two_processes_come_to_what_one_comes_to(whole: Path, whole_by_two: Path) -> None:
    alone, shared = (checkpoint.read(seeds.checkpoint_path(out, 1)).history for out in (whole, whole_by_two))
    for row, other in zip(alone, shared, strict=True):
        assert other.loss == pytest.approx(row.loss, rel=0.1)
        assert other.learning_rate == row.learning_rate
    assert shared[-1].accuracy == pytest.approx(alone[-1].accuracy, abs=3)
    assert files(whole.parent) == files(whole_by_two.parent)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no list of a process's children")
def test_a_torchrun_that_loses_a_process_restarts_from_the_checkpoint_to_the_same_weights(
    made: Fake, whole_by_two: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.xlsx"
    process = made.start(*LONG, "-o", str(out), torchrun=2)
    wait_for_epoch(out, 2)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err.count("epoch 1/6") == 1
    assert weights(out) == weights(whole_by_two)


@pytest.mark.slow
def test_a_bad_call_of_torchrun_is_told_once_a_try(made: Fake, tmp_path: Path) -> None:
    done = made.run("--batch-size", "127", "-o", str(tmp_path / "report.xlsx"), torchrun=2)
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if line.startswith("Error:")] == [
        "Error: --batch-size 127: cannot be shared evenly by 2 processes; try 126"
    ] * 2


# What is told


@pytest.mark.slow
def test_json_has_the_promised_shape_and_is_all_of_stdout(made: Fake, tmp_path: Path) -> None:
    learning = ("--arch", "tiny", "--recipe", "fast", "--epochs", "2", "--batch-size", "64")
    given = (*learning, "--runs", "2", "--seed", "4", "--json")
    done = made.run(*given, "-o", str(tmp_path / "report.xlsx"))
    told = json.loads(done.stdout)
    first_keys, others = ["parameters", "arch", "recipe", "runs", "mean", "std"], ["holdout", "judged", "complete"]
    assert list(told) == [*first_keys, *others, "report"]
    assert (told["holdout"], told["judged"], told["complete"]) == (0, TEST, True)
    assert told["report"] == str(tmp_path / "report.xlsx")
    assert (told["parameters"], told["arch"], told["recipe"]) == (4894, "tiny", "fast")
    assert [run["seed"] for run in told["runs"]] == [4, 5]
    for run in told["runs"]:
        assert list(run) == ["seed", "epochs", "final_accuracy", "weights"]
        assert run["weights"] == str(tmp_path / f"report.seed-{run['seed']}.safetensors")
        assert all(round(row["seconds"], 3) == row["seconds"] > 0 for row in run["epochs"])
        assert [row["epoch"] for row in run["epochs"]] == [1, 2]
        assert all(list(row) == ["epoch", "loss", "accuracy", "seconds"] for row in run["epochs"])
        assert run["final_accuracy"] == run["epochs"][-1]["accuracy"] > 20
    first, second = (run["final_accuracy"] for run in told["runs"])
    assert told["mean"] == pytest.approx((first + second) / 2)
    assert told["std"] == pytest.approx(abs(first - second) / math.sqrt(2))
    begun, *epochs_told = done.stderr.splitlines()
    assert begun == (
        "Training tiny (4,894 parameters), recipe fast: "
        f"2 epochs of {TRAINING:,} digits, seeds 4 to 5, on cpu with 1 thread"
    )
    assert len(epochs_told) == 4  # an epoch a line


def test_json_of_one_run_has_no_deviation_and_says_what_was_held_out(mnist: Fake, tmp_path: Path) -> None:
    told = as_json(trained(mnist, tmp_path / "report.xlsx", epochs=1, holdout=200), tmp_path / "report.xlsx")
    assert (told["std"], told["holdout"], told["judged"]) == (None, 200, 200)


def test_json_of_a_training_stopped_before_its_first_epoch_ended_names_no_files() -> None:
    told = as_json(NOTHING, Path("a.xlsx"))
    assert (told["runs"], told["mean"], told["std"], told["report"]) == ([], None, None, None)


@pytest.mark.slow
def test_the_command_of_a_report_gives_its_weights_again(made: Fake, tmp_path: Path) -> None:
    out = tmp_path / "my report.xlsx"
    made.run("--arch", "tiny", "--recipe", "fast", "--epochs", "1", "-o", str(out))
    before = weights(out)
    page = openpyxl.load_workbook(out)["Summary"]
    (command,) = [row[1].value for row in page.iter_rows(max_col=2) if row[0].value == "command"]
    threads, program, verb, *given = shlex.split(command)
    assert (threads, program, verb) == ("OMP_NUM_THREADS=1", "xlbackprop", "train-cnn")
    out.with_suffix(".safetensors").unlink()
    assert made.run(*given).returncode == 0
    assert weights(out) == before


def test_a_command_names_all_that_was_asked_otherwise() -> None:
    asked = Options(
        holdout=9, batch_size=64, device="cpu", data_dir=Path("my data"), mirror="http://a/", out=Path("b.xlsx")
    )
    told = shlex.split(command(asked, Crew(size=2), threads=3))
    assert told[:5] == ["OMP_NUM_THREADS=3", "torchrun", "--nproc-per-node", "2", "-m"]
    given = dict(zip(told[7::2], told[8::2], strict=True))
    assert given == {
        "--arch": "reference",
        "--recipe": "best",
        "--epochs": "20",
        "--seed": "1",
        "--runs": "1",
        "--batch-size": "64",
        "--holdout": "9",
        "--device": "cpu",
        "--data-dir": "my data",
        "--mirror": "http://a/",
        "-o": "b.xlsx",
    }


def test_a_resumed_report_says_so_and_keeps_the_number_of_threads(mnist: Fake, tmp_path: Path) -> None:
    out = tmp_path / "report.xlsx"
    assert not trained(mnist, out, epochs=1).resumed
    torch.set_num_threads(2)
    result = trained(mnist, out, epochs=1, resume=True)
    assert result.resumed
    assert result.command.startswith("OMP_NUM_THREADS=1 ")
    assert ", 1 thread, " in result.machine


def test_a_seed_that_goes_on_tells_where_and_whether_with_other_threads(
    mnist: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, told = tmp_path / "report.xlsx", Told()
    monkeypatch.setattr(told, "end", stop)
    trained(mnist, out, told.watching)
    monkeypatch.undo()
    monkeypatch.setattr(fetch, "FILES", mnist.files)
    torch.set_num_threads(2)
    for _ in range(2):
        trained(mnist, out, told.watching, resume=True)
    first, second = (line for line in told.lines if line.startswith("seed"))
    assert first.startswith("seed 1: goes on after epoch 1 of 2, trained with other threads: only OMP_NUM_THREADS=1 ")
    assert second == "seed 1: is trained already"


def test_ctrl_c_between_two_seeds_loses_nothing(mnist: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, true, count = tmp_path / "report.xlsx", judge.scores, iter(range(9))

    def scores(*given: object) -> object:
        if next(count) == 2:  # after the second epoch's own judging
            raise KeyboardInterrupt
        return true(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(judge, "scores", scores)
    result = trained(mnist, out, runs=2)
    assert [(run.seed, len(run.epochs)) for run in result.runs] == [(1, 2)]
    assert not result.complete
    assert out.exists()
    assert result.weights[0].exists()


class Told(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    @contextmanager
    def watching(self, *, leads: bool) -> Iterator[Watch]:
        yield self


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_saved_weights_give_the_accuracy_that_is_claimed(mnist: Fake, tmp_path: Path) -> None:
    result = trained(mnist, tmp_path / "report.xlsx", recipe="best", epochs=3)
    net = checkpoint.load_weights(result.weights[0])
    judging = load(mnist.data_dir, None, 0, CPU).judging
    assert judge.accuracy(net, standardised(judging.images), judging.labels) == result.mean


def test_confusion_and_mistakes_agree_with_the_accuracy(mnist: Fake, tmp_path: Path) -> None:
    (run,) = trained(mnist, tmp_path / "report.xlsx", epochs=1).runs
    judging = load(mnist.data_dir, None, 0, CPU).judging
    right = sum(run.confusion[k][k] for k in range(10))
    assert sum(map(sum, run.confusion)) == TEST
    assert 100 * right / TEST == pytest.approx(run.final_accuracy)
    assert len(run.mistakes) == TEST - right > 0
    for one in run.mistakes:
        assert one.truth == judging.labels[one.index] != one.answer
        assert 0.1 <= one.probability <= 1
        assert (one.image == judging.images[one.index].numpy()).all()
    for truth in range(10):
        assert sum(run.confusion[truth]) == int((judging.labels == truth).sum())


def test_a_holdout_is_what_judges_and_mistakes_are_counted_from_its_place(mnist: Fake, tmp_path: Path) -> None:
    result = trained(mnist, tmp_path / "report.xlsx", holdout=200)
    assert (result.judged, result.holdout) == (200, 200)
    assert all(TRAINING - 200 <= one.index < TRAINING for one in result.runs[0].mistakes)


def test_accuracy_is_of_the_last_epoch_not_of_the_best(mnist: Fake, tmp_path: Path) -> None:
    result = trained(mnist, tmp_path / "report.xlsx", epochs=4)
    assert result.mean == result.runs[0].epochs[-1].accuracy


# What goes wrong


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--epochs", "0"], "--epochs 0: must be from 1 to 1,000"),
        (["--runs", "0"], "--runs 0: must be from 1 to 100"),
        (["--seed", "-1"], "--seed -1: must be"),
        (["--batch-size", "0"], "--batch-size 0: must be"),
        (["--holdout", "60000"], "--holdout 60000: must be"),
        (["--device", "tpu"], "--device tpu: is unknown; choose auto, cuda, mps or cpu"),
        (["--arch", "big"], "--arch big: is unknown; choose reference, small or tiny"),
        (["--recipe", "worst"], "--recipe worst: is unknown; choose best, fade, fast or notebook"),
        (["--mirror", "example.org"], "--mirror example.org: is no URL"),
        (["--mirror", "file:///here"], "--mirror file:///here: is no URL that begins with http"),
        (["-o", "there/is/no.xlsx"], "there is no folder there/is"),
        (["-o", "report.txt"], "try -o report.xlsx"),
        (["-o", "."], "is a folder"),
        (["-o", "mine.xlsx"], "has been changed since it was written, or is not ours"),
        (["-o", "/proc/report.xlsx"], "cannot write in /proc"),
        (["--resume"], "has no checkpoint to resume"),
        (["--mirror", "http://127.0.0.1:9", "--data-dir", "nowhere"], "http://127.0.0.1:9/train-images"),
    ],
)
def test_a_bad_call_is_one_line_and_2_before_anything_is_trained(
    given: list[str], told: str, made: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch, "FILES", made.files)
    monkeypatch.setattr(train, "train_epoch", None)
    (tmp_path / "mine.xlsx").write_text("mine")
    out = [] if "-o" in given else ["-o", "report.xlsx"]
    done = CliRunner().invoke(main, ["train-cnn", "--data-dir", str(made.data_dir), *out, *given])
    assert done.exit_code == 2, done.output
    *before, last = done.stderr.splitlines(keepends=True)
    assert told in one_error_line(last)
    assert [line.split()[0] for line in before] == ["Fetching"] * ("--data-dir" in given)
    assert done.stdout == ""
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--device cuda: torch finds none here"):
        train_cnn(Options(device="cuda", out=tmp_path / "report.xlsx"), nobody)


def test_without_torch_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    done = CliRunner().invoke(main, ["train-cnn", "-o", str(tmp_path / "report.xlsx")])
    assert done.exit_code == 2
    assert 'pip install "xlbackprop[cnn]"' in one_error_line(done.stderr)


def test_a_torch_that_does_not_load_is_told_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    done = CliRunner().invoke(main, ["train-cnn", "-o", str(tmp_path / "report.xlsx")])
    assert done.exit_code == 2
    assert 'pip install "xlbackprop[cnn]"' in one_error_line(done.stderr)


@pytest.mark.parametrize(("epoch", "step"), [(1, 1), (1, 7), (2, 3)])
def test_a_loss_that_is_no_number_stops_at_its_step_and_keeps_the_last_good_checkpoint(
    epoch: int, step: int, mnist: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, true = tmp_path / "report.xlsx", train._slopes
    count = iter(range(1, 1000))
    bad = (epoch - 1) * STEPS + step

    def slopes(*given: object, **named: object) -> object:
        return true(*given, **named) * (math.nan if next(count) == bad else 1)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "_slopes", slopes)
    with pytest.raises(Diverged, match=rf"at step {bad} \(step {step} of epoch {epoch}\)"):
        trained(mnist, out)
    assert saved_epochs(out) == epoch - 1
    monkeypatch.setattr(train, "_slopes", true)
    assert trained(mnist, out, resume=True).complete


def test_a_full_disk_loses_no_earlier_checkpoint(mnist: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, true, count = tmp_path / "report.xlsx", os.fsync, iter(range(100))

    def fsync(handle: int) -> None:
        if next(count) == 2:  # of the second epoch's checkpoint
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        true(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(BadOption, match="No space left on device"):
        trained(mnist, out)
    assert saved_epochs(out) == 1
    monkeypatch.setattr(os, "fsync", true)
    again = trained(mnist, tmp_path / "again.xlsx").weights[0].read_bytes()
    assert trained(mnist, out, resume=True).weights[0].read_bytes() == again


OTHERWISE = {
    "arch": ({"arch": "small"}, "its arch is tiny, not small"),
    "recipe": ({"recipe": "best"}, "its recipe is fast, not best"),
    "epochs": ({"epochs": 3}, "its epochs is 1, not 3"),
    "batch size": ({"batch_size": 64}, "its batch size is 128, not 64"),
    "holdout": ({"holdout": 100}, "its holdout is 0, not 100"),
}


@pytest.fixture(scope="module")
def finished(made: Fake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a training of one epoch, with its checkpoint beside it; not to be written to."""
    out = tmp_path_factory.mktemp("finished") / "report.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "FILES", made.files)
        trained(made, out, epochs=1)
    return out


def copied(finished: Path, to: Path) -> Path:
    shutil.copytree(options.checkpoints(finished), options.checkpoints(to / finished.name))
    return to / finished.name


@pytest.mark.parametrize("what", OTHERWISE)
def test_another_training_is_not_resumed_and_the_difference_is_named(
    what: str, mnist: Fake, finished: Path, tmp_path: Path
) -> None:
    given, told = OTHERWISE[what]
    with pytest.raises(BadCheckpoint, match=told):
        trained(mnist, copied(finished, tmp_path), resume=True, **{"epochs": 1, **given})


def test_another_seeds_checkpoint_is_not_resumed(mnist: Fake, finished: Path, tmp_path: Path) -> None:
    out = copied(finished, tmp_path)
    seeds.checkpoint_path(out, 1).rename(seeds.checkpoint_path(out, 2))
    with pytest.raises(BadCheckpoint, match="its seed is 1, not 2"):
        trained(mnist, out, resume=True, epochs=1, seed=2)


def test_a_recipe_that_was_changed_meanwhile_is_told(
    mnist: Fake, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "fast", dataclasses.replace(RECIPES["fast"], peak=0.3))
    with pytest.raises(BadCheckpoint, match=r"its peak is 0\.1, not 0\.15"):
        trained(mnist, copied(finished, tmp_path), resume=True, epochs=1)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[:-10],
    "empty": lambda data: b"",
    "a bit of a weight": lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
    "a figure of the header": lambda data: data.replace(b'step\\": 12', b'step\\": 13'),
    "no checkpoint at all": lambda data: b"PK\x03\x04 this is something else",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_is_not_resumed(damage: str, mnist: Fake, finished: Path, tmp_path: Path) -> None:
    path = seeds.checkpoint_path(copied(finished, tmp_path), 1)
    data = path.read_bytes()
    path.write_bytes(DAMAGE[damage](data))
    assert path.read_bytes() != data
    with pytest.raises(BadCheckpoint, match="is damaged"):
        trained(mnist, tmp_path / finished.name, resume=True, epochs=1)


def test_weights_of_a_training_are_no_checkpoint(mnist: Fake, finished: Path, tmp_path: Path) -> None:
    out = copied(finished, tmp_path)
    shutil.copy(finished.with_suffix(".safetensors"), seeds.checkpoint_path(out, 1))
    with pytest.raises(BadCheckpoint, match="is damaged"):
        trained(mnist, out, resume=True, epochs=1)


def test_what_holds_no_weights_of_ours_is_not_loaded(finished: Path, tmp_path: Path) -> None:
    damaged, other = tmp_path / "damaged.safetensors", tmp_path / "other.safetensors"
    damaged.write_bytes(finished.with_suffix(".safetensors").read_bytes()[:-1])
    save_file({"weight": torch.zeros(2)}, other)
    for path in (damaged, other, seeds.checkpoint_path(finished, 1)):
        with pytest.raises(BadCheckpoint, match="holds no weights of train-cnn"):
            checkpoint.load_weights(path)
    with pytest.raises(BadCheckpoint, match=r"missing\.safetensors: cannot be loaded \(No such file"):
        checkpoint.load_weights(tmp_path / "missing.safetensors")


# The real digits


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the four published files are not in ../shared/mnist")
def test_one_real_epoch_on_all_of_mnist_reaches_98_percent(tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in SHARED.glob("*.gz"):
        shutil.copy(path, raw)
    result = train_cnn(Options(recipe="fast", epochs=1, data_dir=tmp_path, out=tmp_path / "report.xlsx"), nobody)
    assert result.judged == 10_000
    assert result.mean >= 98


def test_a_training_stopped_before_its_first_epoch_ended_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(NOTHING, Path("a.xlsx"))
    assert capsys.readouterr().out == "Interrupted before the first epoch ended: nothing was written.\n"
