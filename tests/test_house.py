"""The house keeps its rooms: who may look into which, who may call which library, and what a quick command never loads.

Floors, module by module, are held against docs/design.md elsewhere; here are the walls that no renumbering may move.
"""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import xlbackprop
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES

PACKAGE = Path(xlbackprop.__file__).parent
PROJECT = Path(__file__).parent.parent / "pyproject.toml"

# A room, which is a folder or a module beside them, and the rooms it may look into besides itself.
GROUND = {"errors", "extras"}
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "extras": {"errors"},
    "shown": set(),
    "grid": set(),
    "files": GROUND,
    "maths": set(),
    "pages": GROUND | {"maths", "shown", "grid"},
    "writing": GROUND | {"maths", "shown", "grid", "pages", "files"},
    "reading": GROUND | {"grid"},
    "template": GROUND | {"maths", "shown", "grid", "pages", "writing", "reading"},
    "asking": GROUND | {"maths", "template"},
    "engines": GROUND | {"grid", "reading"},
    "proof": GROUND | {"maths", "shown", "grid", "pages", "reading", "engines"},
    "build": GROUND | {"maths", "shown", "pages", "files", "writing"},
    "judge": GROUND | {"maths", "shown", "grid", "pages", "files", "writing", "reading", "engines", "build"},
    "exercise": GROUND
    | {"maths", "shown", "grid", "pages", "files", "writing", "reading", "engines", "asking", "proof", "build"}
    | {"judge"},
    "verdict": GROUND | {"maths", "pages", "reading", "proof", "judge", "exercise"},
    "grade": GROUND
    | {"maths", "shown", "grid", "pages", "files", "writing", "reading", "template", "asking", "build", "judge"}
    | {"exercise"},
}
# The rooms inside `judge`, and which of them each may look into besides itself.
JUDGE: dict[str, set[str]] = {
    "findings": set(),
    "told": {"findings"},
    "typed": set(),
    "woven": {"findings", "typed"},
    "network": {"typed"},
    "why": {"findings", "typed", "network"},
    "meant": {"typed", "network"},
    "studied": {"typed", "network", "why", "meant"},
    "faults": {"findings", "told", "typed", "network", "why", "meant", "studied"},
    "report": {"findings", "told", "typed"},
    "calculated": set(),
    "judge": {"findings", "typed", "woven", "faults", "calculated"},
}
DOORS = {"cli", "__main__"}  # these may look into every room
OTHER = {"cnn", "receptive", ""}  # another wing of the house

COMMANDS = ("build", "exercise", "grade", "train_cnn", "verify")  # modules of the command line

# Who may import a library that is not Python's own. Whatever is not here is imported by nobody.
LIBRARIES: dict[str, set[str]] = {
    "click": {"cli", *(f"cli.{name}" for name in ("console", "errors", "options", *COMMANDS))},
    "joblib": {"grade.spread"},
    "distributed": {"grade.spread"},
    "jinja2": {"grade.feedback"},
    "rich": {"cli.console"},
    "numpy": {
        *("asking.data", "asking.weights", "exercise.marking"),
        *("proof.compare", "proof.evidence", "proof.lanes", "proof.witness"),
        *(
            "judge.network.numbers",
            "judge.network.points",
            "judge.network.rate",
            "judge.why.culprits",
            "judge.why.edits",
            "judge.why.factors",
        ),
    },
    "torch": {"asking.traced", "proof.witness"},
    "safetensors": {"asking.weights"},
    "xlsxwriter": {"writing.workbook", "writing.formula_sheet", "writing.charts"},
    "PIL": {"writing.picture"},
    "matplotlib": {"writing.images"},
    "openpyxl": {"judge.typed.formula", "reading.saved"},
    "ironcalc": {"engines.ironcalc"},
}
DISTRIBUTIONS = {"PIL": "pillow"}  # where the name to install is not the name to import
EXTRA = {"torch", "safetensors", "distributed"}  # `pip install .` must not bring it

HEAVY = {"torch", "torchvision", "safetensors", "matplotlib", "openpyxl", "numpy", "ironcalc"}


def modules() -> dict[str, Path]:
    """Every module by its name inside the package; "" is the package itself."""
    paths = {path: path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    return {".".join(part for part in parts if part != "__init__"): path for path, parts in paths.items()}


@cache
def imports(path: Path) -> frozenset[str]:
    """The full names of what a module imports, also inside functions; not what is there for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def ours(path: Path) -> set[str]:
    """The first part of each module of ours that is imported: sheets, engines, plan."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("xlbackprop.")}


def room_of(module: str) -> str:
    return module.partition(".")[0]


def in_house(module: str) -> bool:
    return room_of(module) not in OTHER


def test_every_module_has_one_room() -> None:
    assert {room_of(name) for name in modules() if in_house(name)} - DOORS == set(ROOMS)


def test_a_module_looks_only_into_rooms_it_may_look_into() -> None:
    strays = []
    for name, path in modules().items():
        if (room := room_of(name)) in ROOMS:
            strays += [(name, other) for other in ours(path) - ROOMS[room] - {room}]
    assert strays == []


def test_the_rooms_of_the_judge_look_only_into_those_they_may_look_into() -> None:
    strays = []
    for name, path in modules().items():
        if name.startswith("judge."):
            room = name.split(".")[1]
            seen = {one.split(".")[2] for one in imports(path) if one.startswith("xlbackprop.judge.")}
            strays += [(name, other) for other in seen - JUDGE[room] - {room}]
    assert strays == []


def test_only_the_command_line_knows_the_other_wing() -> None:
    knowing = [name for name, path in modules().items() if in_house(name) and ours(path) & OTHER]
    assert {room_of(name) for name in knowing} <= {"cli"}


@pytest.mark.parametrize("rooms", [ROOMS, JUDGE], ids=["house", "judge"])
def test_no_rooms_look_into_each_other(rooms: dict[str, set[str]]) -> None:
    """The rooms can be put in a row so that each looks only to those before it."""
    placed: set[str] = set()
    while ready := {room for room, seen in rooms.items() if room not in placed and seen <= placed}:
        placed |= ready
    assert placed == set(rooms)


def test_activations_and_losses_are_named_only_where_their_rows_stand() -> None:
    """So that a new one touches nothing else: its row in the rules, its second writing, and what torch calls it."""
    rows = {name for name, rule in {**ACTIVATIONS, **LOSSES}.items() if rule.body}  # the others: a spreadsheet's own
    naming = {
        (module, node.value)
        for module, path in modules().items()
        if in_house(module) and module not in {"maths.rules", "proof.witness", "asking.pytorch"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in rows
    }
    assert naming == set()


def test_each_library_is_called_from_its_own_room() -> None:
    found: dict[str, set[str]] = {}
    for name, path in modules().items():
        if in_house(name):
            for library in {one.split(".")[0] for one in imports(path)} - {*sys.stdlib_module_names, "xlbackprop"}:
                found.setdefault(library, set()).add(name)
    assert found == LIBRARIES


def test_pip_brings_every_library_that_is_called_and_no_other() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    brought = {requirement.split(">")[0].split("~")[0] for requirement in project["dependencies"]}
    needed = {DISTRIBUTIONS.get(library, library) for library in LIBRARIES if library not in EXTRA}
    assert needed == brought


# What a command loads


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The top-level modules that a command has loaded when it ends, however it ends."""
    command = [sys.executable, "-X", "importtime", "-m", "xlbackprop", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["build", "--help"], ["verify", "--help"], ["exercise", "--help"]], ids=" ".join
)
def test_help_loads_click_and_nothing_heavier(tmp_path: Path, arguments: list[str]) -> None:
    names = loaded(tmp_path, *arguments)
    assert "click" in names
    assert names & {*LIBRARIES, *HEAVY} == {"click"}


def test_build_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    names = loaded(tmp_path, "build", "--steps", "2", "--lrs", "0.5,1", "-o", "out.xlsx")
    assert (tmp_path / "out.xlsx").exists()
    assert names & HEAVY == set()
    assert "xlsxwriter" in names


def test_exercise_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    names = loaded(tmp_path, "exercise", "--steps", "2")
    assert (tmp_path / "exercises" / "Key.xlsx").exists()
    assert names & HEAVY == set()


def test_pictures_load_matplotlib_and_so_the_test_above_can_fail(tmp_path: Path) -> None:
    names = loaded(tmp_path, "build", "--steps", "2", "--lrs", "0.5", "-o", "out.xlsx", "--images", "pictures")
    assert "matplotlib" in names
    assert names & {"torch", "openpyxl", "ironcalc"} == set()
