"""The packages of the extras: there, or one line with the command that brings them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from xlbackprop.errors import NotInstalled

INSTALL = 'install with: pip install "xlbackprop[{extra}]"'


def check_installed(asker: str, *packages: str, extra: str = "cnn") -> None:
    """NotInstalled, with the command that helps, unless what `asker` needs is there and the first of it loads."""
    install = INSTALL.format(extra=extra)
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise NotInstalled(f"{asker} needs {' and '.join(missing)}; {install}")
    try:
        import_module(packages[0])
    except (ImportError, OSError) as error:
        raise NotInstalled(f"{packages[0]} does not load ({error}); {install}") from None
