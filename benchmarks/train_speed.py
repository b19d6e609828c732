"""`train-cnn` against the reference notebook's loop, epoch about epoch on the same processor, each in its own process.

Usage: python benchmarks/train_speed.py [folder that holds or gets MNIST]
"""

import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from xlbackprop.cnn import DATA_DIR
from xlbackprop.cnn.data import DEVIATION, MEAN, load, standardised
from xlbackprop.cnn.judge import accuracy
from xlbackprop.cnn.memory import keep_freed_memory
from xlbackprop.cnn.model import ARCHS, build
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.recipe import RECIPES
from xlbackprop.cnn.state import first_state
from xlbackprop.cnn.train import batches, train_epoch

ROUNDS = 9  # the machine may have neighbours
FAST_EPOCHS = 3  # of `--recipe fast`, in which it is to reach 99.4 %
THEIR_EPOCHS = 20
ARCH = ARCHS["reference"]
CPU = torch.device("cpu")


def notebook(folder):
    """Trains an epoch as the notebook does, image by image through a DataLoader; gives its seconds each time."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,))])
    digits = datasets.MNIST(folder, train=True, transform=transform, download=True)
    loader = DataLoader(digits, batch_size=128, shuffle=True)
    net = build(ARCH)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    while True:
        start = time.perf_counter()
        net.train()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = functional.nll_loss(functional.log_softmax(net(images), dim=1), labels)
            loss.backward()
            optimizer.step()
        yield time.perf_counter() - start, None


def ours(folder, name, epochs):
    """Trains an epoch as `train-cnn` does, after the last anew from the first; gives its seconds and its accuracy."""
    keep_freed_memory()
    mnist, recipe = load(folder, None, 0, CPU), RECIPES[name]
    data, images = batches(mnist.training, recipe), standardised(mnist.judging.images)
    plan = Plan(ARCH, recipe, epochs, seed=1, digits=len(mnist.training), holdout=0)
    while True:
        state = first_state(ARCH, plan.seed, CPU, averaged=bool(recipe.average))
        for number in range(1, epochs + 1):
            row = train_epoch(state, plan, data, number, Crew(), lambda step, loss: None)
            yield row.seconds, accuracy(state.judged, images, mnist.judging.labels)


LOOPS = {
    "notebook": (notebook,),
    "best": (ours, "best", THEIR_EPOCHS),
    "fast": (ours, "fast", FAST_EPOCHS),
}
running = {}  # in each process: its loop


def next_epoch(name, folder):
    """One more epoch of a loop, in the process that is its own."""
    if not running:
        loop, *given = LOOPS[name]
        running[name] = loop(folder, *given)
    return next(running[name])


def told(what, ratio, at_most):
    """A line with a verdict."""
    print(f"{what}: ratio {ratio:.3f} (promised: at most {at_most}) {'ok' if ratio <= at_most else 'TOO SLOW'}")


def main():
    """Run the rounds and print the ratios."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else DATA_DIR.expanduser()
    load(folder, None, 0, CPU)  # so that nobody fetches while another is timed
    alone = {name: ProcessPoolExecutor(1, mp_context=get_context("spawn")) for name in LOOPS}
    rounds = [{name: alone[name].submit(next_epoch, name, folder).result() for name in LOOPS} for _ in range(ROUNDS)]
    seconds = [{name: spent for name, (spent, _) in one.items()} for one in rounds]
    print(f"seconds an epoch, {os.cpu_count()} cores, torch {torch.__version__}")
    for name in LOOPS:
        print(f"{name:>10}", *(f"{one[name]:6.2f}" for one in seconds))
    for name in ("best", "fast"):
        told(f"{name}, an epoch", statistics.median(one[name] / one["notebook"] for one in seconds), 0.33)
    spent = sum(one["fast"] for one in seconds[:FAST_EPOCHS])
    per_epoch = statistics.median(one["notebook"] for one in seconds)
    told(f"fast to {rounds[FAST_EPOCHS - 1]['fast'][1]:.2f} % in {spent:.1f} s", spent / per_epoch / THEIR_EPOCHS, 0.08)


if __name__ == "__main__":
    main()
