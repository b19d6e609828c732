"""A large net, 8-16-16-4 with 1,000 steps: cells per second of `build` and `verify`, and their peak memory.

`verify` is also held against IronCalc alone, which loads and evaluates on one core: it cannot be quicker than that.

Why 200,000 cells a second are not reached: of the 1.1 million formulas at one learning rate IronCalc alone took 5.8 s,
4.1 of them to load the file, 1.2 to evaluate it, 0.5 to hand its values over, which is 195,000 a second at best. Beside
it Python reads the same file in 5 to 6 s of processor time, and reckons and compares for 4 s. Another library for XML
saves nothing: on the largest sheet, 90 MB, parsing and walking every cell took ElementTree 1.9 to 2.3 s, lxml 6.1 2.0,
expat with handlers that do nothing 1.3; python-calamine 0.9 took 1.0, but gives no formulas. The rest is Python's own
work on each cell: its place, its formula, its number, and the checks of a file that comes from anybody.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "xlbackprop"]
TEMPLATE = str(Path(__file__).with_name("large.toml"))
ENGINE = "import sys, ironcalc; ironcalc.load_from_xlsx(sys.argv[1], 'en', 'UTC').evaluate()"
MEMORY = 400  # MB


def measured(command):
    """What a command prints, its seconds, and the most memory in MB of it or of one process that it waited for."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{command} ended with {status}")
        out.seek(0)
        return out.read(), time.perf_counter() - start, used.ru_maxrss / 1000


def told(what, cells, seconds, memory, wanted, most):
    """A line with a verdict."""
    rate = cells / seconds
    verdict = "ok" if rate >= wanted and memory <= most else "NOT REACHED"
    print(f"{what}: {rate:,.0f} cells a second (wanted: {wanted:,}), {memory:.0f} MB (at most {most}) {verdict}")


with tempfile.TemporaryDirectory() as folder:
    for rates in ("0.1", "0.1,0.2"):
        book = f"{folder}/large.xlsx"
        build = [*COMMAND, "build", "--template", TEMPLATE, "--lrs", rates, "-o", book, "--force"]
        _, building, build_memory = measured(build)
        verdict, verifying, verify_memory = measured([*COMMAND, "verify", "--json", book])
        _, alone, _ = measured([sys.executable, "-c", ENGINE, book])
        cells = json.loads(verdict)[0]["engines"][0]["cells"]
        print(f"{cells:,} formulas")
        told("  build", cells, building, build_memory, 100_000, MEMORY)
        told("  verify", cells, verifying, verify_memory, 200_000, 1000)
        print(f"  IronCalc alone: {cells / alone:,.0f} cells a second; verify takes {verifying / alone:.2f} times that")
