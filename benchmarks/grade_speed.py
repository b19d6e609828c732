"""`xlbackprop grade` of 200 hand-made workbooks and four bad files (promised: under a minute on two cores).

Beside the time it prints how much memory all its processes had together; each is held under 2 GB, whatever the file.
"""

import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from handmade.layouts import LAYOUTS
from handmade.mistakes import MISTAKES, mutant
from handmade.write import book, write

COUNT, SECONDS = 200, 60
command = [sys.executable, "-m", "xlbackprop"]


def submissions(folder: Path) -> None:
    """Two in three with a mistake, in every layout that people were seen to use."""
    draw = random.Random(1)
    kinds = list(MISTAKES)
    for n in range(COUNT):
        layout = LAYOUTS[n % len(LAYOUTS)]
        made = mutant(layout, n, draw.choice(kinds)) if n % 3 else None
        write(made.book if made else book(layout), folder / f"student{n}.xlsx")


def bad(folder: Path) -> None:
    """What is no workbook to judge."""
    (folder / "corrupt.xlsx").write_bytes((folder / "student0.xlsx").read_bytes()[:3_000])
    (folder / "empty.xlsx").write_bytes(b"")
    (folder / "~$student1.xlsx").write_bytes(bytes(165))
    bomb = zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with bomb, bomb.open("xl/workbook.xml", "w", force_zip64=True) as part:
        for _ in range(128):  # 2 GB
            part.write(bytes(1 << 24))


def memory(session: int) -> float:
    """GB that the processes of a session have in memory, as `ps` tells it."""
    told = subprocess.run(["ps", "-o", "rss=", "-s", str(session)], capture_output=True, text=True, check=False)
    return sum(map(int, told.stdout.split())) / 1e6


with tempfile.TemporaryDirectory() as name:
    folder = Path(name, "class")
    folder.mkdir()
    submissions(folder)
    bad(folder)
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "grade", str(folder), "-o", f"{name}/gradebook.xlsx", "--feedback", f"{name}/pages"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    most = 0.0
    while process.poll() is None:
        most = max(most, memory(process.pid))
        time.sleep(0.2)
    seconds = time.perf_counter() - start
    said, _ = process.communicate()
    size = Path(name, "gradebook.xlsx").stat().st_size / 1e6
    verdict = "ok" if seconds <= SECONDS else "TOO SLOW"
    print(f"grade, {COUNT} submissions and 4 bad files: {seconds:.1f} s (promised: at most {SECONDS}) {verdict}")
    print(f"all processes together {most:.2f} GB at most, gradebook {size:.1f} MB")
    print("\n".join(said.splitlines()[-4:]))
