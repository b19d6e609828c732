"""The command line: parse, call one function, print. Heavy imports wait behind the command that needs them."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from xlbackprop.cnn import DATA_DIR, REPORT
from xlbackprop.errors import XlbackpropError

if TYPE_CHECKING:
    from xlbackprop.maths.network import Network

DEFAULT_OUT = Path("workbooks/Backpropagation.xlsx")
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
            _fail("stopped by Ctrl-C; nothing was written", 130)


def _fail(what: str, code: int) -> NoReturn:
    click.echo(f"Error: {' '.join(what.split())}", err=True)
    sys.exit(code)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xlbackprop")
def main() -> None:
    """Turn a neural network into a spreadsheet that trains itself by live formulas, and prove every cell right."""


@main.command()
@click.option(
    "--lrs", metavar="RATES", help="Learning rates, one sheet each, like 0.1,0.5,1. [default: the template's]"
)
@click.option(
    "--steps", type=int, metavar="N", help="Steps of gradient descent on each sheet. [default: the template's]"
)
@click.option("--template", metavar="NAME|FILE", help="The network to train. [default: classic]")
@click.option("--torch", metavar="MODULE:OBJECT", help="Instead: a PyTorch module, with the weights it has.")
@click.option("--data", type=click.Path(path_type=Path), metavar="FILE", help="What it learns, from a .csv or .npz.")
@click.option("--weights", type=click.Path(path_type=Path), metavar="FILE", help="Its first weights, of safetensors.")
@click.option("--loss", metavar="NAME", help="Its loss, like cross-entropy or CrossEntropyLoss.")
@click.option("--optimizer", metavar="NAME", help="Its optimizer, like sgd or Adam.")
@click.option("--batch", metavar="NAME", help='Whether a step learns from all samples, full, or "one by one".')
@click.option(
    "-o", "out", type=click.Path(path_type=Path), metavar="FILE", help=f"Where to write. [default: {DEFAULT_OUT}]"
)
@click.option(
    "--images", type=click.Path(path_type=Path), metavar="DIR", help="Also write the loss curves as pictures."
)
@click.option("--force", is_flag=True, help="Write over a workbook that someone has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def build(
    lrs: str | None,
    steps: int | None,
    out: Path | None,
    images: Path | None,
    force: bool,
    as_json: bool,
    **parts: Any,
) -> None:
    """Write a workbook that trains a network by formulas.

    \b
    Example: xlbackprop build --lrs 0.1,0.2,0.5,0.8,1,2
    """  # noqa: D301 - click reads \b as "keep these lines"
    gc.disable()  # a build makes a hundred thousand small objects, all of them in use until the process ends
    from xlbackprop import build as building
    from xlbackprop.asking.asked import Asked
    from xlbackprop.asking.asked import network as asked_for

    rates = None if lrs is None else building.parse_rates(lrs)
    network = asked_for(Asked(**parts, rates=rates, steps=steps))
    folders = {"-o": DEFAULT_OUT.parent} if out is None else {}
    folders |= {"--images": images} if images is not None else {}
    out = out or DEFAULT_OUT
    run = building.build(network, network.learning_rates, network.steps, out, force=force, folders=folders)
    pictures: list[Path] = []
    if images is not None:
        from xlbackprop.writing.images import write_images

        pictures = write_images(run, images)
    if as_json:
        click.echo(json.dumps(building.report(run, out, pictures), indent=2, ensure_ascii=False))
    else:
        from xlbackprop.console import print_build

        print_build(run, building.series(run), out, pictures)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def templates(as_json: bool) -> None:
    """List the networks that come with the program, for build --template."""
    from xlbackprop.template.template import load, shipped

    titles = {name: load(name).title for name in shipped()}
    if as_json:
        click.echo(json.dumps(titles, indent=2, ensure_ascii=False))
    else:
        from xlbackprop.console import print_templates

        print_templates(titles)


@main.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def new(file: Path) -> None:
    """Write a template of your own to start from, every line explained: FILE.toml, or a form to fill in, FILE.xlsx.

    \b
    Example: xlbackprop new mine.toml
    """  # noqa: D301
    from xlbackprop.template.template import write_starter

    write_starter(file)
    click.echo(f"Wrote {file}")
    click.echo(f"Change it, then: xlbackprop build --template {file} -o {file.with_name('My_network.xlsx')}")


def _loaded(template: str | None) -> Network | None:
    if template is None:
        return None
    from xlbackprop.template.template import load

    return load(template)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--engine",
    default="ironcalc",
    show_default=True,
    type=click.Choice(["ironcalc", "libreoffice", "gnumeric", "all"]),
    help="Which program recalculates the workbook.",
)
@click.option(
    "--template", metavar="NAME|FILE", help="The assignment, whose first values a hand-made table should have."
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write a workbook with the findings, and the wrong cells marked in a copy of the table.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def verify(files: tuple[Path, ...], engine: str, template: str | None, report: Path | None, as_json: bool) -> None:
    """Judge workbooks: those that build wrote, and those that people made by hand, in whatever layout.

    Every formula of a hand-made table is compared with what belongs there. The file itself is only read.
    Exits with 0 if every cell is right, 1 if something is wrong, 2 if a file cannot be judged.

    \b
    Example: xlbackprop verify workbooks/Backpropagation.xlsx --engine all
    """  # noqa: D301
    gc.disable()  # as in build
    from xlbackprop import verdict as judging

    if report is not None:
        from xlbackprop.judge.report import check_report

        if len(files) > 1:
            raise click.UsageError("--report: is about one workbook; name one FILE.")
        check_report(report, *files)
    words = [judging.word_on(file, engine, _loaded(template)) for file in files]
    for word in words:
        for line in word.notes:
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps([judging.as_json(word) for word in words], indent=2, ensure_ascii=False))
    else:
        from xlbackprop.console import print_judgement, print_verdict

        for word in words:
            if word.verdict:
                print_verdict(word.verdict)
            elif not word.notes:
                print_judgement(word.judgement)
    if report is not None and words[0].judgement.readable:
        from xlbackprop.judge.report import write_report

        write_report(words[0].judgement, files[0], report)
        click.echo(f"Wrote {report}", err=as_json)
    sys.exit(max(word.exit_code for word in words))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="FOLDER|FILES…")
@click.option(
    "-o",
    "out",
    type=click.Path(path_type=Path),
    default=Path("gradebook.xlsx"),
    show_default=True,
    metavar="FILE",
    help="Where to write the gradebook.",
)
@click.option(
    "--rubric", type=click.Path(path_type=Path), metavar="FILE", help="Points, in TOML. [default: --show-rubric]"
)
@click.option("--show-rubric", is_flag=True, help="Print the rubric that comes with the program, to start from.")
@click.option("--template", metavar="NAME|FILE", help="The assignment, whose first values every table should have.")
@click.option(
    "--students",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv of names: says who handed in nothing.",
)
@click.option("--feedback", type=click.Path(path_type=Path), metavar="DIR", help="Also write a page for each student.")
@click.option(
    "--format", "form", type=click.Choice(["html", "md"]), default="html", show_default=True, help="Of these pages."
)
@click.option("--no-corrections", is_flag=True, help="Pages say what is wrong, and leave out what belongs there.")
@click.option("--jobs", type=int, default=-1, metavar="N", help="Files judged at a time. [default: one for each core]")
@click.option("--dask", metavar="tcp://HOST:PORT", help="Judge on the workers of this Dask scheduler instead.")
@click.option(
    "--time-limit", "seconds", type=float, default=60, show_default=True, metavar="SECONDS", help="For one file."
)
@click.option("--force", is_flag=True, help="Write over a gradebook that someone has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each submission instead of a table.")
def grade(paths: tuple[Path, ...], show_rubric: bool, no_corrections: bool, as_json: bool, **given: Any) -> None:
    """Judge a class: a gradebook with scores, what was found in each submission, and hints at identical work.

    A folder is searched for spreadsheets, also below it; a file that cannot be read gets a line that says why.
    Exits with 0 when the grading worked, whatever the verdicts; with 2 when the call is wrong.

    \b
    Example: xlbackprop grade submissions -o gradebook.xlsx --feedback pages
    """  # noqa: D301 - as in build
    if show_rubric:
        from xlbackprop.grade.rubric import SHIPPED

        click.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    if not paths:
        raise click.UsageError("Missing argument 'FOLDER|FILES…'.")
    from xlbackprop.console import counting, print_grades
    from xlbackprop.grade.run import Asked, lines
    from xlbackprop.grade.run import grade as graded

    with counting("Judging") as watch:
        places = graded(Asked(paths, corrections=not no_corrections, **given), watch)
    for note in places.notes:
        click.echo(note, err=True)
    if as_json:
        for line in lines(places):
            click.echo(json.dumps(line, ensure_ascii=False))
    else:
        print_grades(places, given["out"], given["feedback"])


@main.command()
@click.option("--template", default="classic", show_default=True, metavar="NAME|FILE", help="The network.")
@click.option(
    "--students", type=click.Path(path_type=Path), metavar="FILE", help="A .csv of names: a workbook for each of them."
)
@click.option(
    "--blank",
    multiple=True,
    metavar="KINDS",
    help="The columns to fill in: forward, loss, gradients, updates. [default: gradients]",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="Decides the numbers of each student."
)
@click.option("--lrs", metavar="RATE", help="The learning rate. [default: the template's, in the middle]")
@click.option("--steps", type=int, metavar="N", help="Rows of the table. [default: the template's, at most 20]")
@click.option(
    "-o", "out", type=click.Path(path_type=Path), default=Path("exercises"), show_default=True, metavar="DIR",
    help="The folder to write in.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Write over workbooks that someone has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def exercise(
    template: str, blank: tuple[str, ...], lrs: str | None, out: Path, force: bool, as_json: bool, **given: Any
) -> None:
    """Write a workbook to fill in for each student, with numbers of their own, and a key for the teacher.

    Cells turn green when they are right and red when they are wrong.

    \b
    Example: xlbackprop exercise --students roster.csv --blank gradients,updates -o exercises
    """  # noqa: D301 - as in build
    gc.disable()  # as in build
    from xlbackprop.exercise.blanks import GRADIENTS, parse
    from xlbackprop.exercise.handout import Asked, hand_out, one_rate
    from xlbackprop.template.template import load

    rate = None if lrs is None else one_rate(lrs)
    asked = Asked(load(template), template, blank=parse(blank or (GRADIENTS,)), rate=rate, **given)
    *written, key = hand_out(asked, out, force=force)
    if as_json:
        told = {"exercises": [str(path) for path in written], "key": str(key)}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(f"Wrote {len(written)} {'exercise' if len(written) == 1 else 'exercises'} in {out}")
        click.echo(f"Wrote {key}")


@main.command("train-cnn")
@click.option("--epochs", type=int, metavar="N", help="Epochs of training. [default: 20, or 6 with --recipe fast]")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Decides all that is drawn.")
@click.option(
    "--runs", type=int, default=1, show_default=True, metavar="N", help="Train that many seeds, from --seed on."
)
@click.option(
    "--arch", default="reference", show_default=True, metavar="NAME", help="The net: reference, small or tiny."
)
@click.option("--recipe", default="best", show_default=True, metavar="NAME", help="best, fade, fast or notebook.")
@click.option("--batch-size", type=int, metavar="N", help="Digits a step. [default: the recipe's, 128]")
@click.option("--device", default="auto", show_default=True, metavar="NAME", help="auto, cpu, cuda or mps.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), metavar="DIR", help=f"Where MNIST is, or goes. [default: {DATA_DIR}]"
)
@click.option("--mirror", metavar="URL", help="Fetch MNIST from there.")
@click.option(
    "--holdout",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="Judge on the last N training digits instead of the test set, to tune.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoints of an interrupted training.")
@click.option(
    "-o",
    "out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The report; weights go beside it. [default: {REPORT}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def train_cnn(out: Path | None, data_dir: Path | None, as_json: bool, **given: Any) -> None:
    """Train a convolutional network on MNIST, and write its report and weights.

    \b
    Example: xlbackprop train-cnn --recipe fast --epochs 3
    """  # noqa: D301 - as in build
    from xlbackprop.cnn.options import Options
    from xlbackprop.cnn.run import train_cnn as train

    options = Options(out=out or REPORT, data_dir=data_dir or DATA_DIR, **given)
    result = train(options)
    if as_json:
        from xlbackprop.cnn.result import as_json as told

        click.echo(json.dumps(told(result, options.out), indent=2))
    else:
        from xlbackprop.cnn.console import print_result

        print_result(result, options.out)
    sys.exit(0 if result.complete else INTERRUPTED)
