"""What is wrong with a call, as one line and an exit status of 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from xlbackprop.errors import XlbackpropError

INTERRUPTED = 130  # as shells say of a program that Ctrl-C ended


class OneLineErrors(click.Group):
    """A group that prints what is wrong with a call as one line and exits with 2."""

    def main(  # type: ignore[override]  # click's has overloads for what it returns
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command, as a program unless told otherwise."""
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        try:
            sys.exit(super().main(args, prog_name, standalone_mode=False, **extra))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(2)
        except click.ClickException as error:
            _fail(f"{error.format_message()} See xlbackprop --help.", error.exit_code)
        except XlbackpropError as error:
            _fail(str(error), 2)
        except click.Abort:
            _fail("stopped by Ctrl-C; nothing was written", INTERRUPTED)


def _fail(what: str, code: int) -> NoReturn:
    click.echo(f"Error: {' '.join(what.split())}", err=True)
    sys.exit(code)
