"""How recipes compare on training digits that they have not seen: fold after fold of 10,000, trained on the others.

Usage: OMP_NUM_THREADS=1 python benchmarks/folds.py RECIPE [ARCH] [folder that holds or gets MNIST]
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional

from xlbackprop.cnn import DATA_DIR
from xlbackprop.cnn.data import Digits, load, standardised
from xlbackprop.cnn.judge import scores
from xlbackprop.cnn.memory import keep_freed_memory
from xlbackprop.cnn.model import ARCHS
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.recipe import RECIPES
from xlbackprop.cnn.state import first_state
from xlbackprop.cnn.train import batches, train_epoch

FOLD, FOLDS = 10_000, 4
SHUFFLE = 2026  # the seed of the order in which digits go to folds
FIRST_SEED = 100  # of the first fold's net; no seed of RESULTS.md
CPU = torch.device("cpu")


def main():
    """Print the mistakes and the cross-entropy of each fold."""
    recipe, arch = RECIPES[sys.argv[1]], ARCHS[sys.argv[2] if sys.argv[2:] else "reference"]
    keep_freed_memory()
    folder = Path(sys.argv[3]) if sys.argv[3:] else DATA_DIR.expanduser()
    digits = load(folder, None, 0, CPU).training
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(SHUFFLE))
    for fold in range(FOLDS):
        held = order[fold * FOLD : (fold + 1) * FOLD]
        kept = torch.cat([order[: fold * FOLD], order[(fold + 1) * FOLD :]])
        data = batches(Digits(digits.images[kept], digits.labels[kept]), recipe)
        plan = Plan(arch, recipe, recipe.epochs, FIRST_SEED + fold, digits=len(kept), holdout=FOLD)
        state = first_state(arch, plan.seed, CPU, averaged=bool(recipe.average))
        for number in range(1, recipe.epochs + 1):
            train_epoch(state, plan, data, number, Crew(), lambda step, loss: None)
        answers, truth = scores(state.judged, standardised(digits.images[held])), digits.labels[held]
        wrong = int((answers.argmax(1) != truth).sum())
        print(f"{recipe.name}, {arch.name}, fold {fold}: {wrong} of {FOLD:,} wrong,", end=" ")
        print(f"cross-entropy {functional.cross_entropy(answers, truth):.4f}", flush=True)


if __name__ == "__main__":
    main()
