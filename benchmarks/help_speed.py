"""`xlbackprop --help` against a bare `import click` (promised: at most twice)."""

import sys
from pathlib import Path

from _pairs import compare

command = str(Path(sys.executable).with_name("xlbackprop"))
compare("help", [command, "--help"], [sys.executable, "-c", "import click"], at_most=2.0, runs=21)
