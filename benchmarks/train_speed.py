"""`train-cnn` against the reference notebook's loop, epoch about epoch in one process, on the same processor.

Usage: python benchmarks/train_speed.py [folder that holds or gets MNIST]
"""

import os
import statistics
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from xlbackprop.cnn import DATA_DIR
from xlbackprop.cnn.data import DEVIATION, MEAN, load, standardised
from xlbackprop.cnn.judge import accuracy
from xlbackprop.cnn.model import ARCHS, build
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.recipe import RECIPES
from xlbackprop.cnn.state import first_state
from xlbackprop.cnn.train import batches, train_epoch

ROUNDS = 3  # also the epochs of `--recipe fast` in which it is to reach 99.4 %
THEIR_EPOCHS = 20
ARCH = ARCHS["reference"]
CPU = torch.device("cpu")


def notebook(folder, workers):
    """Trains an epoch as the notebook does, image by image through a DataLoader; gives its seconds each time."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,))])
    digits = datasets.MNIST(folder, train=True, transform=transform, download=True)
    loader = DataLoader(digits, batch_size=128, shuffle=True, num_workers=workers)
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
        yield time.perf_counter() - start


def ours(mnist, name, epochs, reached):
    """Trains an epoch as `train-cnn` does; gives its seconds each time, and leaves its accuracy in `reached`."""
    recipe = RECIPES[name]
    data, images = batches(mnist.training, recipe), standardised(mnist.judging.images)
    plan = Plan(ARCH, recipe, epochs, seed=1, digits=len(mnist.training), holdout=0)
    state = first_state(ARCH, plan.seed, CPU, averaged=bool(recipe.average))
    for number in range(1, epochs + 1):
        row = train_epoch(state, plan, data, number, Crew(), lambda step, loss: None)
        reached[name] = accuracy(state.judged, images, mnist.judging.labels)
        yield row.seconds


def told(what, ratio, at_most):
    """A line with a verdict."""
    print(f"{what}: ratio {ratio:.3f} (promised: at most {at_most}) {'ok' if ratio <= at_most else 'TOO SLOW'}")


def main():
    """Run the rounds and print the ratios."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else DATA_DIR.expanduser()
    mnist = load(folder, None, 0, CPU)
    reached = {}
    loops = {
        "notebook": notebook(folder, 0),
        "notebook, 2 workers": notebook(folder, 2),
        "best": ours(mnist, "best", THEIR_EPOCHS, reached),
        "fast": ours(mnist, "fast", ROUNDS, reached),
    }
    rounds = [{name: next(loop) for name, loop in loops.items()} for _ in range(ROUNDS)]
    print(f"seconds an epoch, {os.cpu_count()} cores, torch {torch.__version__}")
    for name in loops:
        print(f"{name:>20}", *(f"{one[name]:6.2f}" for one in rounds))
    for name in ("best", "fast"):
        told(f"{name}, an epoch", statistics.median(one[name] / one["notebook"] for one in rounds), 0.33)
    spent = sum(one["fast"] for one in rounds)
    per_epoch = statistics.median(one["notebook"] for one in rounds)
    told(f"fast to {reached['fast']:.2f} % in {spent:.1f} s", spent / per_epoch / THEIR_EPOCHS, 0.08)


if __name__ == "__main__":
    main()
