"""The curves of a training: loss, accuracy, error and learning rate, epoch by epoch, with each seed and their band."""

from __future__ import annotations

from collections.abc import Callable

from xlbackprop.cnn.places import EPOCH_HEADER, TRAINING, Places, on, span
from xlbackprop.pages.look import HUES, QUIET
from xlbackprop.pages.page import Chart, Place
from xlbackprop.writing.charts import BAND, STRONG, THIN

Series = tuple[str, str, str, str]
FLOORS = (99, 98, 97, 95, 90, 80, 50)  # percent, where an axis of accuracies may begin
MANY = 12  # seeds; more lines than that are a thicket, and the band says it


def columns(places: Places) -> dict[str, int]:
    """Where each quantity stands among the epochs; with several seeds its mean, with lowest and highest behind it."""
    names = ("rate", "loss", "accuracy", "error", "seconds")
    if places.seeds == 1:
        return dict(zip(names, (2, 3, 4, 5, 6), strict=True))
    return dict(zip(names, (2, 3, 6, 9, 10), strict=True))


def there(places: Places) -> bool:
    """Whether there is a curve to draw: a single epoch is a dot."""
    return places.epochs > 1


def loss(places: Places, place: Place, size: tuple[int, int]) -> Chart:
    """Of the training digits, as trained on."""
    return _curve(places, place, size, "loss", "Training loss", "cross-entropy", places.loss)


def accuracy(places: Places, place: Place, size: tuple[int, int]) -> Chart:
    """Of the judging digits."""
    least = min(row.accuracy for run in places.result.runs for row in run.epochs)
    floor = next((floor for floor in FLOORS if floor <= least), 0)
    return _curve(
        places, place, size, "accuracy", f"Accuracy on {judges(places)} digits", "%", places.accuracy, (floor, 100)
    )


def error(places: Places, place: Place, size: tuple[int, int]) -> Chart:
    """What accuracy leaves, where a hundredth can still be seen."""
    return _curve(places, place, size, "error", "Error, logarithmic", "% wrong", None, logarithmic=True)


def rate(places: Places, place: Place, size: tuple[int, int]) -> Chart:
    """The learning rate of each epoch's last step."""
    return _curve(places, place, size, "rate", "Learning rate at the end of each epoch", "learning rate", None)


def judges(places: Places) -> str:
    """Which digits judge: 10,000 test."""
    return f"{places.result.judged:,} {'held-out' if places.result.holdout else 'test'}"


PARTS = {"loss": "loss", "accuracy": "output", "error": "output", "rate": "input"}
FORMATS = {"loss": "0.0##", "accuracy": "0.0#", "error": "0.0#", "rate": "0.0##"}


def _curve(
    places: Places,
    place: Place,
    size: tuple[int, int],
    name: str,
    title: str,
    y_title: str,
    of_seed: Callable[[int], int] | None,
    y_range: tuple[float, float] | None = None,
    *,
    logarithmic: bool = False,
) -> Chart:
    hue, column = HUES[PARTS[name]], columns(places)[name]
    last = EPOCH_HEADER + places.epochs
    epochs = span((EPOCH_HEADER + 1, 1), (last, 1), TRAINING)

    def overview(at: int, colour: str) -> Series:
        return (
            on(TRAINING, (EPOCH_HEADER, at)),
            epochs,
            span((EPOCH_HEADER + 1, at), (last, at), TRAINING),
            colour,
        )

    drawn: list[tuple[Series, str]] = []
    if of_seed and places.seeds > 1:
        for k in range(places.seeds if places.seeds <= MANY else 0):
            at = of_seed(k)
            called = on(TRAINING, places.each_seed if k == 0 else (places.seeds_header, at))
            drawn.append(((called, epochs, places.epochs_of(at, TRAINING), QUIET), THIN))
        drawn += [(overview(column + n, hue), BAND) for n in (1, 2)]
    drawn.append((overview(column, hue), STRONG))
    band = len(drawn) > 1
    return Chart(
        place=place,
        size=size,
        title=title,
        x_title="epoch",
        y_title=y_title,
        series=tuple(series for series, _ in drawn),
        description=f"Line chart over the epochs: {title}" + (", each seed, their mean and their range" * band),
        x_last=places.epochs,
        logarithmic=logarithmic,
        legend=band,
        lines=tuple(word for _, word in drawn),
        markers=places.epochs <= 30,
        y_range=y_range,
        y_format=FORMATS[name],
    )
