"""Where everything stands in the report, so that its sheets can refer to each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xlbackprop.cnn.model import CLASSES, ReceptiveRow, receptive_rows
from xlbackprop.cnn.result import Result
from xlbackprop.pages.layout import a1, quoted
from xlbackprop.pages.page import Place

SUMMARY, FIELD, ARCHITECTURE = "Summary", "Receptive field", "Architecture"
TRAINING, CONFUSION, MISTAKES = "Training", "Confusion matrix", "Mistakes"
SHEETS = (SUMMARY, FIELD, ARCHITECTURE, TRAINING, CONFUSION, MISTAKES)

FIELD_COLUMNS = (  # the reference's, in its order, from column A on
    *("layer", "n_in", "r_in", "stride", "padding", "kernel", "j_in", "j_out", "r_out", "n_out"),
    *("ch_in", "ch_out", "parameters"),
)
FIELD_FIRST = 7  # row of the first layer
BESIDE_FIELD = len(FIELD_COLUMNS) + 1  # the first column right of the table
YOURS = ("n_in", "stride", "padding", "kernel", "ch_in", "ch_out")  # what may be changed in some row of it
TRAINED = {name: BESIDE_FIELD + 4 + n for n, name in enumerate(YOURS)}  # where that stands as it was trained
EDITED = max(TRAINED.values()) + 1  # how many cells of a row are not as trained
ARCHITECTURE_FIRST = 7
PARAMETERS, MULTIPLY_ADDS = 3, 4  # columns of Architecture
EPOCH_HEADER = 7  # row of the heading of the epochs
CHART_ROWS = 23  # as many as the charts beside the epochs are high
SEED_HEADER = 22  # row of the heading of the seeds on Summary
SEED, ENDED, LAST_LOSS, LAST_ACCURACY, COUNTED, OFF, SECONDS = range(6, 13)  # columns of the seeds on Summary
MATRIX: Place = (8, 2)  # the count of zeros that were read as zeros
PICKED: Place = (5, 2)  # the seed whose matrix is shown
PICKED_NUMBER: Place = (5, 4)  # its number among the seeds, counted from 1
SEED_PITCH = CLASSES + 2  # rows between the matrices of two seeds


def on(sheet: str, place: Place) -> str:
    """A cell as a formula of any sheet names it.

    >>> on(FIELD, (7, 9))
    "'Receptive field'!$I$7"
    """
    return f"{quoted(sheet)}!{a1(*place, absolute=True)}"


def span(first: Place, last: Place, sheet: str | None = None) -> str:
    """A range as a formula names it.

    >>> span((7, 2), (26, 2), "Training")
    'Training!$B$7:$B$26'
    """
    where = f"{a1(*first, absolute=True)}:{a1(*last, absolute=True)}"
    return where if sheet is None else f"{quoted(sheet)}!{where}"


@dataclass(frozen=True)
class Places:
    """The places that depend on how many layers, seeds and epochs there are."""

    result: Result

    @cached_property
    def field_rows(self) -> list[ReceptiveRow]:
        """The rows of the receptive-field table."""
        return receptive_rows(self.result.arch)

    @property
    def field_total(self) -> Place:
        """The sum of all parameters, under the table."""
        return FIELD_FIRST + len(self.field_rows), 1 + FIELD_COLUMNS.index("parameters")

    @property
    def trained_parameters(self) -> Place:
        """The same sum as it was trained: a number, not a formula."""
        return self.field_total[0], TRAINED["ch_out"]

    @property
    def edited(self) -> Place:
        """How many cells of the receptive-field table are not as trained."""
        return self.field_total[0], EDITED

    @property
    def architecture_total(self) -> int:
        """The row of the totals of the architecture."""
        return ARCHITECTURE_FIRST + len(self.result.arch.layers)

    @property
    def seeds(self) -> int:
        """How many runs there are."""
        return len(self.result.runs)

    @property
    def epochs(self) -> int:
        """How many epochs the longest run has."""
        return max(len(run.epochs) for run in self.result.runs)

    @property
    def seeds_header(self) -> int:
        """The row of the heading of the epochs seed by seed; with one seed that is the only table."""
        return EPOCH_HEADER if self.seeds == 1 else max(EPOCH_HEADER + self.epochs, EPOCH_HEADER + CHART_ROWS) + 3

    @property
    def each_seed(self) -> Place:
        """The heading of the epochs seed by seed, which the legend of a chart shows for all their lines."""
        return self.seeds_header - 2, 1

    def loss(self, k: int) -> int:
        """The column of the losses of seed k."""
        return 3 if self.seeds == 1 else 2 + k

    def accuracy(self, k: int) -> int:
        """The column of the accuracies of seed k."""
        return 4 if self.seeds == 1 else 2 + self.seeds + k

    def seconds(self, k: int) -> int:
        """The column of the seconds of seed k."""
        return 6 if self.seeds == 1 else 2 + 2 * self.seeds + k

    def epochs_of(self, column: int, sheet: str | None = None, *, header: bool = False) -> str:
        """All epochs of a seed's column; with its heading for INDEX, which needs two cells in Gnumeric."""
        top = self.seeds_header
        return span((top + (not header), column), (top + self.epochs, column), sheet)

    def seed_row(self, k: int) -> int:
        """The row of a seed on Summary."""
        return SEED_HEADER + 1 + k

    def seeds_of(self, column: int, sheet: str | None = None) -> str:
        """All seeds' cells of a column of Summary."""
        return span((self.seed_row(0), column), (self.seed_row(self.seeds - 1), column), sheet)

    @property
    def mean(self) -> Place:
        """The mean accuracy, on Summary."""
        return SEED_HEADER + self.seeds + 1, COUNTED

    @property
    def deviation(self) -> Place:
        """The deviation of the accuracies, on Summary."""
        return SEED_HEADER + self.seeds + 2, COUNTED

    @property
    def all_seconds(self) -> Place:
        """The seconds of training of all seeds, on Summary."""
        return self.mean[0], SECONDS

    @property
    def counts(self) -> int:
        """The row of the first seed's first count, below the matrix that is shown; with one seed, in the matrix."""
        return MATRIX[0] if self.seeds == 1 else MATRIX[0] + CLASSES + 8

    @property
    def matrix_total(self) -> Place:
        """The number of digits in the matrix that is shown; missed ones and accuracy are right of it."""
        return MATRIX[0] + CLASSES, MATRIX[1] + CLASSES
