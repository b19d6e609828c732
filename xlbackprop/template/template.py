"""Templates: a network described in a file, which is one of ours by name, or TOML, a form, or a built workbook."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path

from xlbackprop.errors import BadTemplate
from xlbackprop.maths.network import Network
from xlbackprop.template.lines import lines_of
from xlbackprop.template.reader import network_of
from xlbackprop.template.source import Source, Tree, nearest

FOLDERS = (Path(__file__).parents[1] / "templates", Path(__file__).parents[2] / "templates")  # installed; a checkout
STARTER = "starter"  # the template that `new` copies
WORKBOOK, TOML = ".xlsx", ".toml"


def shipped() -> dict[str, Path]:
    """The templates that come with the package, by name."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    return {path.stem: path for path in sorted(folder.glob(f"*{TOML}"))}


def load(name: str, replaced: Collection[str] = ()) -> Network:
    """The network of a template, by its name or its file's path; BadTemplate says what is wrong where in which file.

    replaced: keys of training that do not matter, because something else will stand in their place.
    """
    path = shipped().get(name, Path(name))
    if path.suffix.lower() == WORKBOOK:
        from xlbackprop.template.refill import tree_of  # reading a workbook needs much that reading TOML does not

        tree, source = tree_of(path)
        return network_of(tree, path.stem, source, replaced)
    text = _text(path, name)
    tree = _toml(text, name)
    try:
        return network_of(tree, path.stem, Source(name, {}), replaced)
    except BadTemplate:  # only now is it worth the time to find where everything stands
        places = {key: f":{line}" for key, line in lines_of(text).items()}
        return network_of(tree, path.stem, Source(name, places), replaced)


def write_starter(file: Path) -> None:
    """Write a template to start from, as TOML with comments or as a form; BadTemplate if that cannot be done."""
    text = shipped()[STARTER].read_text(encoding="utf-8").replace(f"THIS_FILE{TOML}", str(file))
    if file.suffix.lower() == WORKBOOK:
        from xlbackprop.template.blank import blank

        data = blank(_toml(text, STARTER), file)
    elif file.suffix == TOML:
        data = text.encode()
    else:
        names = " or ".join(str(file.with_suffix(suffix)) for suffix in (TOML, WORKBOOK))
        raise BadTemplate(f"{file}: a template's name ends in {TOML} or {WORKBOOK}; try {names}")
    try:
        with file.open("xb") as out:
            out.write(data)
    except FileExistsError:
        raise BadTemplate(f"{file}: is there already; choose another name, or remove it first") from None
    except OSError as error:
        raise BadTemplate(f"{file}: cannot be written ({error.strerror}); choose another place") from None


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadTemplate(
            f"{name}: no such template; use the path of a TOML file or workbook, or one of: {', '.join(shipped())}"
            f"{nearest(name, shipped())}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadTemplate(
            f"{name}: cannot be read as a text file ({_reason(error)}); templates are TOML or .xlsx"
        ) from None


def _toml(text: str, name: str) -> Tree:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers or brackets beyond all measure
        raise BadTemplate(f"{name}: is not TOML: {error}") from None


def _reason(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not UTF-8 text"
