"""`xlbackprop verify` against IronCalc's own load and evaluate (promised: at most three times that, plus start-up)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from _pairs import compare

ENGINE = "import sys, ironcalc; ironcalc.load_from_xlsx(sys.argv[1], 'en', 'UTC').evaluate()"
command = str(Path(sys.executable).with_name("xlbackprop"))
# Start-up is what importing the program and the libraries it needs takes.
START_UP = "import ironcalc, xlbackprop.proof.verify, xlbackprop.cli.console"
THREE_TIMES = f"{START_UP}\nimport sys\nfor _ in range(3): ironcalc.load_from_xlsx(sys.argv[1], 'en', 'UTC').evaluate()"
with tempfile.TemporaryDirectory() as folder:
    book = f"{folder}/book.xlsx"
    subprocess.run([command, "build", "-o", book], check=True, stdout=subprocess.DEVNULL)
    compare(
        "verify, against three evaluations with start-up",
        [command, "verify", book],
        [sys.executable, "-c", THREE_TIMES, book],
        at_most=1.0,
    )
