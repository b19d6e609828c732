"""Times two commands in turn, A B A B …, and gives the ratio of each pair: machines are noisy, ratios less so."""

import statistics
import subprocess
import time
from collections.abc import Sequence


def seconds(command: Sequence[str]) -> float:
    """How long the command takes as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(title: str, ours: Sequence[str], theirs: Sequence[str], at_most: float, runs: int = 9) -> None:
    """Print the median seconds of both and the median ratio beside what is promised."""
    seconds(ours), seconds(theirs)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    verdict = "ok" if ratio <= at_most else "TOO SLOW"
    print(f"{title}: {mine:.3f} s against {other:.3f} s, ratio {ratio:.2f} (promised: at most {at_most}) {verdict}")
